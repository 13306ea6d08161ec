#include "tests/web/parts.h"

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {
        answers_part,  broken_part, failures_part,  limits_part, proxies_part,
        retries_part,  output_part, streaming_part, nginx_part,
#ifdef WITH_CRAWL
        crawling_part,
#endif
    };

    return suite_main("web", parts, sizeof(parts) / sizeof(parts[0]), argc, argv);
}

#include "tests/conformance/parts.h"

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {
        answers_part, stream_part, flow_part,  limits_part, stop_part,    cancel_part,
        stats_part,   listen_part, loops_part, null_part,   prefork_part,
    };

    return suite_main("conformance", parts, sizeof(parts) / sizeof(parts[0]), argc, argv);
}

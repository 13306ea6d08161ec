#include "clients/web/options.h"

#include "common/number.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
    CONCURRENCY_MAX = 20000,
    SECONDS_MAX = 1000000,
    RETRIES_MAX = 100,
    REDIRECTS_MAX = 1000,
    DEPTH_MAX = 1000000,
    PAGES_MAX = 100000000,
};

enum option_name {
    BACKEND = 256,
    ENGINE,
    PER_HOST,
    TIMEOUT,
    CONNECT_TIMEOUT,
    STALL_TIMEOUT,
    RETRIES,
    RETRY_WAIT,
    REDIRECTS,
    COMPRESSED,
    HTTP2,
    PROXY,
    CACERT,
    INSECURE,
    USER_AGENT,
    CRAWL,
    DEPTH,
    MAX_PAGES,
    OUTPUT_DIR,
    JSON,
    CSV,
    QUIET,
    LIST_BACKENDS,
    HELP,
    VERSION,
};

static const struct option long_options[] = {
    {"backend", required_argument, NULL, BACKEND},
    {"engine", required_argument, NULL, ENGINE},
    {"concurrency", required_argument, NULL, 'c'},
    {"per-host", required_argument, NULL, PER_HOST},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"connect-timeout", required_argument, NULL, CONNECT_TIMEOUT},
    {"stall-timeout", required_argument, NULL, STALL_TIMEOUT},
    {"retries", required_argument, NULL, RETRIES},
    {"retry-wait", required_argument, NULL, RETRY_WAIT},
    {"redirects", required_argument, NULL, REDIRECTS},
    {"compressed", no_argument, NULL, COMPRESSED},
    {"http2", optional_argument, NULL, HTTP2},
    {"proxy", required_argument, NULL, PROXY},
    {"cacert", required_argument, NULL, CACERT},
    {"insecure", no_argument, NULL, INSECURE},
    {"user-agent", required_argument, NULL, USER_AGENT},
    {"crawl", no_argument, NULL, CRAWL},
    {"depth", required_argument, NULL, DEPTH},
    {"max-pages", required_argument, NULL, MAX_PAGES},
    {"input", required_argument, NULL, 'i'},
    {"output-dir", required_argument, NULL, OUTPUT_DIR},
    {"json", no_argument, NULL, JSON},
    {"csv", no_argument, NULL, CSV},
    {"quiet", no_argument, NULL, QUIET},
    {"list-backends", no_argument, NULL, LIST_BACKENDS},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

void web_options_print_help(void)
{
    fputs(
        "Usage: webclient [--backend=NAME] [-c N] [option...] [-i FILE] [URL...]\n"
        "Fetches URLs concurrently: a line STATUS BYTES SECONDS URL for each as it completes.\n"
        "\n"
        "How:\n"
        "  --backend=NAME         the concurrency strategy (multi); --list-backends names them\n"
        "  --engine=NAME          of the coroutines: poller, uv, event (poller)\n"
        "  -c, --concurrency N    URLs under way at a time (10)\n"
        "  --per-host N           of these, at most so many of one host (0: no limit)\n"
        "  --http2[=prior-knowledge]\n"
        "                         HTTP/2 over TLS; with prior-knowledge without TLS as well\n"
        "What:\n"
        "  -i, --input FILE       a file with a URL on each line; - for standard input\n"
        "  --redirects N          follow up to N redirects (10)\n"
        "  --compressed           ask for compressed answers, and unpack them\n"
        "  --user-agent TEXT      what to call itself (webclient/VERSION)\n"
        "  --crawl                follow links as well, on the same host, as robots.txt allows\n"
        "  --depth N              up to N links away from the URLs to begin with (5)\n"
        "  --max-pages N          up to N pages in all (1000)\n"
        "When to give up:\n"
        "  --timeout S            after S seconds for all of an attempt (0: never)\n"
        "  --connect-timeout S    after S seconds without a connection (30)\n"
        "  --stall-timeout S      after S seconds without a byte (60)\n"
        "  --retries N            try again N times what may work the next time (0)\n"
        "  --retry-wait S         wait S seconds before that, then twice as long, ... (1)\n"
        "Whom to trust:\n"
        "  --cacert FILE          certificates of the authorities that count (the system's)\n"
        "  --insecure             any certificate will do\n"
        "  --proxy URL            go through this proxy ($http_proxy, $https_proxy)\n"
        "Output:\n"
        "  --output-dir DIR       put each body into a file there\n"
        "  --json                 a JSON object on a line for each URL, and one for all\n"
        "  --csv                  comma-separated values\n"
        "  --quiet                no progress, no summary\n"
        "  --list-backends        what is built in; with --json as JSON\n"
        "  -h, --help, --version\n"
        "\n"
        "Exit status: 0 when all were answered below 400, 1 when any was not, 2 for wrong usage.\n",
        stdout);
}

static int complain(const char *name, const char *text, const char *wanted)
{
    fprintf(stderr, "webclient: %s %s: %s wanted\n", name, text, wanted);
    return -EINVAL;
}

static int read_number(const char *name, long minimum, long maximum, unsigned *value)
{
    char wanted[64];
    long number;

    if (number_parse(optarg, minimum, maximum, &number) == 0) {
        *value = (unsigned)number;
        return 0;
    }
    snprintf(wanted, sizeof(wanted), "a number from %ld to %ld is", minimum, maximum);
    return complain(name, optarg, wanted);
}

/* Any time above 0 is at least a millisecond. */
static int read_seconds(const char *name, long *ms)
{
    char wanted[64];
    double seconds;

    if (number_parse_real(optarg, 0, SECONDS_MAX, &seconds) == 0) {
        *ms = (long)(seconds * 1000);
        if (*ms == 0 && seconds > 0)
            *ms = 1;
        return 0;
    }
    snprintf(wanted, sizeof(wanted), "seconds from 0 to %d are", SECONDS_MAX);
    return complain(name, optarg, wanted);
}

static int read_backend(const struct strategy **strategy)
{
    *strategy = strategy_find(optarg);
    if (*strategy != NULL)
        return 0;
    fprintf(stderr, "webclient: unknown backend '%s'; known are", optarg);
    for (size_t i = 0; strategies[i] != NULL; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", strategies[i]->name);
    fputc('\n', stderr);
    return -EINVAL;
}

static int read_engine(const char **engine)
{
    static const char *const known[] = {"poller", "uv", "event"};

    *engine = optarg;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(optarg, known[i]) == 0)
            return 0;
    }
    return complain("--engine", optarg, "one of poller, uv, event is");
}

static int read_http(enum http_choice *http)
{
    if (optarg != NULL && strcmp(optarg, "prior-knowledge") != 0)
        return complain("--http2", optarg, "nothing or prior-knowledge is");
    *http = optarg != NULL ? HTTP_2_PRIOR_KNOWLEDGE : HTTP_2;
    return 0;
}

static int read_limit(struct settings *settings, int option)
{
    switch (option) {
    case 'c':
        return read_number("-c", 1, CONCURRENCY_MAX, &settings->concurrency);
    case PER_HOST:
        return read_number("--per-host", 0, CONCURRENCY_MAX, &settings->per_host);
    case TIMEOUT:
        return read_seconds("--timeout", &settings->timeout_ms);
    case CONNECT_TIMEOUT:
        return read_seconds("--connect-timeout", &settings->connect_timeout_ms);
    case STALL_TIMEOUT:
        return read_seconds("--stall-timeout", &settings->stall_timeout_ms);
    case RETRIES:
        return read_number("--retries", 0, RETRIES_MAX, &settings->retries);
    case RETRY_WAIT:
        return read_seconds("--retry-wait", &settings->retry_wait_ms);
    case REDIRECTS:
        return read_number("--redirects", 0, REDIRECTS_MAX, &settings->redirects);
    default:
        return -EINVAL; /* getopt_long has said why */
    }
}

static int read_setting(struct settings *settings, int option)
{
    switch (option) {
    case ENGINE:
        return read_engine(&settings->engine);
    case COMPRESSED:
        settings->compressed = true;
        return 0;
    case HTTP2:
        return read_http(&settings->http);
    case PROXY:
        settings->proxy = optarg;
        return 0;
    case CACERT:
        settings->ca_file = optarg;
        return 0;
    case INSECURE:
        settings->insecure = true;
        return 0;
    case USER_AGENT:
        settings->user_agent = optarg;
        return 0;
    case OUTPUT_DIR:
        settings->directory = optarg;
        return optarg[0] != '\0' ? 0 : complain("--output-dir", "''", "a directory is");
    default:
        return read_limit(settings, option);
    }
}

static int read_crawl(struct web_options *options, int option)
{
    unsigned number = 0;
    int error;

    if (option == DEPTH)
        return read_number("--depth", 0, DEPTH_MAX, &options->crawling.depth);
    error = read_number("--max-pages", 1, PAGES_MAX, &number);
    options->crawling.pages = number;
    return error;
}

/* robots.txt calls a crawler by the first word of what it calls itself. */
static int name_crawler(struct web_options *options)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    const char *agent = options->settings.user_agent;
    size_t length = strspn(agent, letters);

    if (!options->crawl)
        return 0;
    if (length == 0 || length >= sizeof(options->product))
        return complain("--user-agent", agent,
                        "with --crawl, a name of letters, '-' and '_' for robots.txt is");
    memcpy(options->product, agent, length);
    options->product[length] = '\0';
    options->crawling.product = options->product;
    return 0;
}

static int read_option(struct web_options *options, int option)
{
    switch (option) {
    case BACKEND:
        return read_backend(&options->strategy);
    case 'i':
        options->input = optarg;
        return 0;
    case JSON:
        options->format = FORMAT_JSON;
        return 0;
    case CSV:
        options->format = FORMAT_CSV;
        return 0;
    case QUIET:
        options->quiet = true;
        return 0;
    case LIST_BACKENDS:
        options->action = WEB_LIST;
        return 0;
    case CRAWL:
        options->crawl = true;
        return 0;
    case DEPTH:
    case MAX_PAGES:
        return read_crawl(options, option);
    case HELP:
    case 'h':
        options->action = WEB_HELP;
        return 0;
    case VERSION:
        options->action = WEB_VERSION;
        return 0;
    default:
        return read_setting(&options->settings, option);
    }
}

static void set_defaults(struct web_options *options)
{
    *options = (struct web_options){
        .action = WEB_FETCH,
        .strategy = strategy_find("multi"),
        .crawling = {.depth = 5, .pages = 1000},
        .settings =
            {
                .concurrency = 10,
                .connect_timeout_ms = 30000,
                .stall_timeout_ms = 60000,
                .retry_wait_ms = 1000,
                .redirects = 10,
                .user_agent = "webclient/" VERSION_TEXT,
            },
    };
}

int web_options_parse(struct web_options *options, int argc, char **argv)
{
    int option, error = 0;

    set_defaults(options);
    while (error == 0 && (option = getopt_long(argc, argv, "c:i:h", long_options, NULL)) != -1)
        error = read_option(options, option);
    options->urls = argv + optind;
    if (error == 0)
        error = name_crawler(options);
    if (error == 0 && options->action == WEB_FETCH && options->input == NULL && optind == argc) {
        fputs("webclient: nothing to fetch: URLs are wanted, or -i FILE\n", stderr);
        error = -EINVAL;
    }
    if (error != 0)
        fputs("Try 'webclient --help'.\n", stderr);
    return error;
}

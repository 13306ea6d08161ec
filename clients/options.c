#include "clients/options.h"

#include "clients/answers.h"
#include "common/number.h"
#include "lib/poll/spin.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
    DEFAULT_PORT = 25000,
    DEFAULT_SLOW_N = 40,
    MOST_SECONDS = 1000000,
    MOST_SEED = 2147483647,
};

enum long_only {
    OPTION_HOST = 256,
    OPTION_PORT,
    OPTION_UNIX,
    OPTION_RATE,
    OPTION_JSON,
    OPTION_SEED,
    OPTION_IDLE,
    OPTION_SPIN,
    OPTION_THINK,
    OPTION_CHURN,
    OPTION_PATIENCE,
    OPTION_VERSION
};

static const struct option LONG_OPTIONS[] = {
    {"host", required_argument, NULL, OPTION_HOST},
    {"port", required_argument, NULL, OPTION_PORT},
    {"unix", required_argument, NULL, OPTION_UNIX},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"spin", required_argument, NULL, OPTION_SPIN},
    {"think", required_argument, NULL, OPTION_THINK},
    {"churn", no_argument, NULL, OPTION_CHURN},
    {"patience", required_argument, NULL, OPTION_PATIENCE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"number", required_argument, NULL, 'n'},
    {"connections", required_argument, NULL, 'c'},
    {"duration", required_argument, NULL, 'd'},
    {"pipeline", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static const char HELP[] =
    "Usage: fibclient fast|slow|load [options]\n"
    "Loads a Fibonacci server and checks every answer.\n"
    "\n"
    "  fast  prints requests per second, each second\n"
    "  slow  prints seconds per request, each request\n"
    "  load  prints a summary at the end\n"
    "\n"
    "Where:\n"
    "      --host ADDR           the server's address or name (127.0.0.1)\n"
    "      --port N              its port (25000)\n"
    "      --unix PATH           its Unix socket instead\n"
    "What:\n"
    "  -n, --number N            ask for F(N), 0 to 93 (1; slow: 40)\n"
    "  -c, --connections N       connections, 1 to 20000 (1)\n"
    "  -p, --pipeline N          requests under way per connection, 1 to 10000 (1)\n"
    "      --rate R              open loop: R requests per second in all, at random times that\n"
    "                            do not wait for answers; latency counts from when one was due\n"
    "      --seed N              of those times (1)\n"
    "      --idle N              open N more connections that are asked once and stay idle (0)\n"
    "      --spin US             closed loop: look for answers for so long before sleeping (0)\n"
    "      --think SECONDS       closed loop: pause between an answer and the next request (0)\n"
    "      --churn               closed loop: a new connection for each write of requests;\n"
    "                            latency counts from before it is opened\n"
    "      --patience SECONDS    how long to wait for a connection to be opened (10)\n"
    "  -d, --duration SECONDS    how long (until interrupted)\n"
    "Output:\n"
    "      --json                one JSON object on one line, at the end\n"
    "  -h, --help                this text\n"
    "      --version             the version\n"
    "\n"
    "Exit status: 0; 1 where an answer was wrong, missing or extra or the server cannot be\n"
    "reached; 2 for wrong usage.\n";

struct parser {
    struct client_options *options;
    char *problem;
    bool host_given;
    bool port_given;
    bool n_given;
    bool mode_given;
};

const char *options_help(void)
{
    return HELP;
}

const char *options_mode_name(enum client_mode mode)
{
    static const char *const NAMES[] = {"fast", "slow", "load"};

    return NAMES[mode];
}

static int wrong_value(struct parser *parser, const char *option, const char *text,
                       const char *right)
{
    snprintf(parser->problem, OPTIONS_PROBLEM_TEXT, "%s '%s' is wrong: it takes %s", option, text,
             right);
    return -EINVAL;
}

static int parse_whole(struct parser *parser, const char *option, long minimum, long maximum,
                       unsigned *value)
{
    char right[64];
    long parsed;

    if (number_parse(optarg, minimum, maximum, &parsed) == 0) {
        *value = (unsigned)parsed;
        return 0;
    }
    snprintf(right, sizeof(right), "a whole number from %ld to %ld", minimum, maximum);
    return wrong_value(parser, option, optarg, right);
}

static int parse_real(struct parser *parser, const char *option, double minimum, long maximum,
                      double *value)
{
    char right[64];

    if (number_parse_real(optarg, minimum, (double)maximum, value) == 0)
        return 0;
    snprintf(right, sizeof(right), "a number from %g to %ld", minimum, maximum);
    return wrong_value(parser, option, optarg, right);
}

static int parse_text(struct parser *parser, const char *option, const char *right,
                      const char **value)
{
    if (optarg[0] == '\0')
        return wrong_value(parser, option, optarg, right);
    *value = optarg;
    return 0;
}

static int parse_unix(struct parser *parser)
{
    struct address address;
    int error = address_unix(&address, optarg);

    if (error == -ENAMETOOLONG)
        return wrong_value(parser, "--unix", optarg, "a path of at most 107 bytes");
    return parse_text(parser, "--unix", "the path of a Unix socket", &parser->options->unix_path);
}

static int parse_option(struct parser *parser, int option)
{
    struct client_options *options = parser->options;
    struct load_options *load = &options->load;
    unsigned seed;
    int error;

    switch (option) {
    case OPTION_HOST:
        parser->host_given = true;
        return parse_text(parser, "--host", "an address or a name", &options->host);
    case OPTION_PORT:
        parser->port_given = true;
        return parse_whole(parser, "--port", 1, 65535, &options->port);
    case OPTION_UNIX:
        return parse_unix(parser);
    case 'n':
        parser->n_given = true;
        return parse_whole(parser, "-n", 0, LARGEST_N, &load->n);
    case 'c':
        return parse_whole(parser, "-c", 1, LOAD_MOST_CONNECTIONS, &load->connections);
    case 'p':
        return parse_whole(parser, "-p", 1, LOAD_MOST_PIPELINE, &load->pipeline);
    case 'd':
        return parse_real(parser, "-d", 0.001, MOST_SECONDS, &load->seconds);
    case OPTION_RATE:
        return parse_real(parser, "--rate", 0.001, LOAD_MOST_RATE, &load->rate);
    case OPTION_IDLE:
        return parse_whole(parser, "--idle", 0, LOAD_MOST_CONNECTIONS, &load->idle);
    case OPTION_SPIN:
        return parse_whole(parser, "--spin", 0, SPIN_MOST_US, &load->spin_us);
    case OPTION_THINK:
        return parse_real(parser, "--think", 0, LOAD_MOST_THINK, &load->think);
    case OPTION_PATIENCE:
        return parse_real(parser, "--patience", 0.1, MOST_SECONDS, &load->patience);
    case OPTION_CHURN:
        load->churn = true;
        return 0;
    case OPTION_SEED:
        error = parse_whole(parser, "--seed", 0, MOST_SEED, &seed);
        if (error == 0)
            load->seed = seed;
        return error;
    default:
        options->json = true;
        return 0;
    }
}

static int parse_mode(struct parser *parser, const char *text)
{
    for (int mode = CLIENT_FAST; mode <= CLIENT_LOAD; mode++) {
        if (strcmp(text, options_mode_name((enum client_mode)mode)) != 0)
            continue;
        parser->options->mode = (enum client_mode)mode;
        parser->mode_given = true;
        return 0;
    }
    snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
             "unknown mode '%s': it must be fast, slow or load", text);
    return -EINVAL;
}

/* The kinds of loop exclude each other. */
static int check_loop(struct parser *parser)
{
    const struct load_options *load = &parser->options->load;

    if ((load->rate > 0) + (load->think > 0) + load->churn > 1) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 "--rate, --think and --churn are different loops: give one of them");
        return -EINVAL;
    }
    if (load->think > 0 && load->pipeline > 1) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 "--think goes with one request under way: -p must be 1, not %u", load->pipeline);
        return -EINVAL;
    }
    return 0;
}

static int check_together(struct parser *parser)
{
    struct load_options *load = &parser->options->load;

    if (!parser->mode_given) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 "no mode given: it must be fast, slow or load");
        return -EINVAL;
    }
    if (parser->options->unix_path != NULL && (parser->host_given || parser->port_given)) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 "--unix takes the place of --host and --port: give one or the other");
        return -EINVAL;
    }
    if (load->connections + load->idle > LOAD_MOST_CONNECTIONS) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 "-c and --idle together are %u connections: at most %d are possible",
                 load->connections + load->idle, LOAD_MOST_CONNECTIONS);
        return -EINVAL;
    }
    if ((unsigned long)load->connections * load->pipeline > LOAD_MOST_UNDER_WAY) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 "-c %u times -p %u is more than the %d requests that can be under way at once",
                 load->connections, load->pipeline, LOAD_MOST_UNDER_WAY);
        return -EINVAL;
    }
    if (!parser->n_given)
        load->n = parser->options->mode == CLIENT_SLOW ? DEFAULT_SLOW_N : 1;
    return check_loop(parser);
}

/* What getopt_long found wrong: '?' an unknown option, ':' a missing value. */
static void explain(struct parser *parser, int option, const char *word)
{
    if (option == ':')
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT, "%s needs a value", word);
    else if (optopt != 0 && strncmp(word, "--", 2) != 0)
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT, "unknown option '-%c'", optopt);
    else
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                 optopt != 0 ? "%s takes no value" : "unknown or ambiguous option '%s'", word);
}

static enum options_outcome parse_words(struct parser *parser, int argc, char **argv)
{
    int option;

    optind = 0;
    opterr = 0;
    /* '-' hands over the mode in its place among the options. */
    while ((option = getopt_long(argc, argv, "-:n:c:p:d:h", LONG_OPTIONS, NULL)) != -1) {
        if (option == 'h')
            return OPTIONS_HELP;
        if (option == OPTION_VERSION)
            return OPTIONS_VERSION;
        if (option == '?' || option == ':') {
            explain(parser, option, argv[optind - 1]);
            return OPTIONS_WRONG;
        }
        if (option != 1) {
            if (parse_option(parser, option) < 0)
                return OPTIONS_WRONG;
            continue;
        }
        if (parser->mode_given) {
            snprintf(parser->problem, OPTIONS_PROBLEM_TEXT,
                     "'%s' is one word too many: one mode, then options", optarg);
            return OPTIONS_WRONG;
        }
        if (parse_mode(parser, optarg) < 0)
            return OPTIONS_WRONG;
    }
    if (optind < argc) {
        snprintf(parser->problem, OPTIONS_PROBLEM_TEXT, "'%s' is one word too many", argv[optind]);
        return OPTIONS_WRONG;
    }
    return check_together(parser) < 0 ? OPTIONS_WRONG : OPTIONS_RUN;
}

enum options_outcome options_parse(struct client_options *options, int argc, char **argv,
                                   char problem[static OPTIONS_PROBLEM_TEXT])
{
    struct parser parser = {.options = options, .problem = problem};

    *options = (struct client_options){
        .host = "127.0.0.1",
        .port = DEFAULT_PORT,
        .load = {.connections = 1, .pipeline = 1, .seed = 1, .stop_descriptor = -1},
    };
    problem[0] = '\0';
    return parse_words(&parser, argc, argv);
}

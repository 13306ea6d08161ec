#include "bench/options.h"

#include "bench/arguments.h"
#include "bench/memory.h"
#include "common/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 1000, WORKERS_MOST = 1024, SLOW_N_MOST = 50 };

/* Above 2^53 a JSON number would not hold it. */
static const long SEED_MOST = 9007199254740991;

const char run_help[] =
    "Usage: fibbench run [options] -o FILE\n"
    "Measures servers against each other, or web clients, and writes the results to FILE.\n"
    "\n"
    "      --profile NAME     quick (2 minutes), table (20 minutes), full (an hour); web: web\n"
    "                         clients instead of servers (6 minutes); default quick\n"
    "What is measured:\n"
    "      --backends LIST    these backends of fibserver instead of the profile's rows; each may\n"
    "                         have options of its own: 'sync,uv --offload=always'; none: no one\n"
    "      --variant 'LABEL=COMMAND with {port}'\n"
    "                         adds a row: any command that speaks the protocol; may be repeated\n"
    "      --peers[=LIST]     adds the servers in other languages that `fibbench peers` lists, or\n"
    "                         these of them; what is not installed is left out\n"
    "      --connect HOST:PORT\n"
    "                         adds a row: a server that already runs; may be repeated\n"
    "      --scenarios LIST   what the clients do (by the profile); see --list-scenarios\n"
    "      --scenario-file FILE\n"
    "                         adds scenarios, or replaces those of the same name; may be repeated\n"
    "With the profile web these are strategies of webclient ('multi --http2', and with https URLs\n"
    "'multi --tls', get them through nginx), programs that fetch lists of URLs (a --variant has\n"
    "{urls} or {config} in it, and {concurrency}), and scenarios of URLs.\n"
    "How:\n"
    "      --rounds N         how often each row is measured, 1 to 1000 (by the profile)\n"
    "      --duration S       window of the fast scenarios in seconds (by the profile)\n"
    "      --placement NAME   same, same+pool, split, split+pool or free (same+pool where there\n"
    "                         are two CPUs, else same)\n"
    "      --seed N           of the order of the rows (by chance, and recorded)\n"
    "      --slow-n N         what a slow client asks for, 1 to 50 (so that it takes 0.2 s)\n"
    "      --peers-slow-n LANGUAGE=N,...\n"
    "                         the same for the peers in a language: 'python=31,node=36'\n"
    "      --workers N        threads, processes or loops of a server (CPUs, at least 2)\n"
    "      --no-passes        no memory per connection and system calls per request of the rows\n"
    "      --server PATH, --client PATH\n"
    "                         the fibserver and the fibclient to run (beside fibbench, else PATH)\n"
    "      --noise-file FILE  where the noise of earlier runs is kept (in "
    "~/.local/state/fibbench)\n"
    "And:\n"
    "      --list-scenarios   print what scenarios there are; with --json as a file of them\n"
    "      --dry-run          print what would be done, and how long it takes\n"
    "      --resume           go on from an interrupted run\n"
    "  -o, --output FILE      where the results go\n"
    "      --json             print the results (or the plan) as one line of JSON\n"
    "  -h, --help             this text\n";

enum {
    OPTION_PROFILE = 256,
    OPTION_BACKENDS,
    OPTION_VARIANT,
    OPTION_CONNECT,
    OPTION_PEERS,
    OPTION_PEERS_SLOW_N,
    OPTION_SCENARIOS,
    OPTION_SCENARIO_FILE,
    OPTION_LIST_SCENARIOS,
    OPTION_ROUNDS,
    OPTION_DURATION,
    OPTION_PLACEMENT,
    OPTION_SEED,
    OPTION_SLOW_N,
    OPTION_WORKERS,
    OPTION_NO_PASSES,
    OPTION_SERVER,
    OPTION_CLIENT,
    OPTION_NOISE_FILE,
    OPTION_DRY_RUN,
    OPTION_RESUME,
    OPTION_JSON,
    OPTION_OF_DIFF,
};

static const struct option long_options[] = {
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"backends", required_argument, NULL, OPTION_BACKENDS},
    {"variant", required_argument, NULL, OPTION_VARIANT},
    {"connect", required_argument, NULL, OPTION_CONNECT},
    {"peers", optional_argument, NULL, OPTION_PEERS},
    {"peers-slow-n", required_argument, NULL, OPTION_PEERS_SLOW_N},
    {"scenarios", required_argument, NULL, OPTION_SCENARIOS},
    {"scenario-file", required_argument, NULL, OPTION_SCENARIO_FILE},
    {"list-scenarios", no_argument, NULL, OPTION_LIST_SCENARIOS},
    {"rounds", required_argument, NULL, OPTION_ROUNDS},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"placement", required_argument, NULL, OPTION_PLACEMENT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"slow-n", required_argument, NULL, OPTION_SLOW_N},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"no-passes", no_argument, NULL, OPTION_NO_PASSES},
    {"server", required_argument, NULL, OPTION_SERVER},
    {"client", required_argument, NULL, OPTION_CLIENT},
    {"noise-file", required_argument, NULL, OPTION_NOISE_FILE},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"output", required_argument, NULL, 'o'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"of-diff", no_argument, NULL, OPTION_OF_DIFF},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int parse_whole(const char *name, long minimum, long maximum, long *value,
                       struct problem *problem)
{
    if (number_parse(optarg, minimum, maximum, value) == 0)
        return 0;
    return problem_set(problem, -EINVAL, "%s takes a whole number of %ld to %ld, not '%s'", name,
                       minimum, maximum, optarg);
}

static int parse_unsigned(const char *name, long maximum, unsigned *value, struct problem *problem)
{
    long parsed = 0;
    int error = parse_whole(name, 1, maximum, &parsed, problem);

    *value = (unsigned)parsed;
    return error;
}

static int parse_seed(struct run_options *options, struct problem *problem)
{
    long seed = 0;
    int error = parse_whole("--seed", 0, SEED_MOST, &seed, problem);

    options->seed = (uint64_t)seed;
    options->seed_given = true;
    return error;
}

static int parse_duration(struct run_options *options, struct problem *problem)
{
    if (number_parse_real(optarg, 0.01, 3600, &options->duration) == 0)
        return 0;
    return problem_set(problem, -EINVAL, "--duration takes seconds, 0.01 to 3600, not '%s'",
                       optarg);
}

static void append(const char ***list, size_t *count)
{
    *list = memory_grown(*list, *count, sizeof(**list));
    (*list)[(*count)++] = optarg;
}

/* Options that change what is measured. */
static int parse_plan_option(struct run_options *options, int option, struct problem *problem)
{
    options->plan_given = true;
    switch (option) {
    case OPTION_PROFILE:
        options->profile = optarg;
        return 0;
    case OPTION_BACKENDS:
        options->backends = optarg;
        return 0;
    case OPTION_VARIANT:
        append(&options->variants, &options->variant_count);
        return 0;
    case OPTION_CONNECT:
        append(&options->addresses, &options->address_count);
        return 0;
    case OPTION_PEERS:
        options->peers = optarg != NULL ? optarg : "all";
        return 0;
    case OPTION_PEERS_SLOW_N:
        options->peers_slow_n = optarg;
        return 0;
    case OPTION_SCENARIOS:
        options->scenarios = optarg;
        return 0;
    case OPTION_SCENARIO_FILE:
        append(&options->scenario_files, &options->scenario_file_count);
        return 0;
    case OPTION_PLACEMENT:
        options->placement = optarg;
        return 0;
    case OPTION_ROUNDS:
        return parse_unsigned("--rounds", ROUNDS_MOST, &options->rounds, problem);
    case OPTION_SLOW_N:
        return parse_unsigned("--slow-n", SLOW_N_MOST, &options->slow_n, problem);
    case OPTION_WORKERS:
        return parse_unsigned("--workers", WORKERS_MOST, &options->workers, problem);
    case OPTION_NO_PASSES:
        options->no_passes = true;
        return 0;
    case OPTION_SEED:
        return parse_seed(options, problem);
    default:
        return parse_duration(options, problem);
    }
}

/* Its value is optional; since nothing but options stands here, a word behind it can only be that.
 */
static void take_word_of_peers(int option, int count, char **arguments)
{
    if (option == OPTION_PEERS && optarg == NULL && optind < count && arguments[optind][0] != '-')
        optarg = arguments[optind++];
}

static int parse_option(struct run_options *options, int option, struct problem *problem)
{
    switch (option) {
    case OPTION_SERVER:
        options->server = optarg;
        return 0;
    case OPTION_CLIENT:
        options->client = optarg;
        return 0;
    case OPTION_NOISE_FILE:
        options->noise_file = optarg;
        return 0;
    case OPTION_DRY_RUN:
        options->dry_run = true;
        return 0;
    case OPTION_LIST_SCENARIOS:
        options->list_scenarios = true;
        return 0;
    case OPTION_RESUME:
        options->resume = true;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case OPTION_OF_DIFF:
        options->of_diff = true;
        return 0;
    case 'o':
        options->output = optarg;
        return 0;
    case 'h':
        options->help = true;
        return 0;
    default:
        return parse_plan_option(options, option, problem);
    }
}

int run_options_parse(struct run_options *options, int count, char **arguments,
                      struct problem *problem)
{
    int option, error = 0;

    *options = (struct run_options){.profile = "quick"};
    arguments_begin();
    while (error == 0 && !options->help &&
           (option = arguments_next(count, arguments, "+:o:h", long_options, problem)) != 0) {
        take_word_of_peers(option, count, arguments);
        error = option > 0 ? parse_option(options, option, problem) : option;
    }
    if (error < 0 || options->help)
        return error;
    if (optind < count)
        return problem_set(problem, -EINVAL, "'%s' is no option", arguments[optind]);
    if (options->output == NULL && !options->dry_run && !options->list_scenarios)
        return problem_set(problem, -EINVAL, "-o FILE is missing: where the results go");
    return 0;
}

void run_options_finish(struct run_options *options)
{
    free(options->variants);
    free(options->addresses);
    free(options->scenario_files);
    *options = (struct run_options){0};
}

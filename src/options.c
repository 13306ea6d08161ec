#include "src/options.h"

#include "common/cpulist.h"
#include "common/number.h"
#include "lib/poll/spin.h"
#include "src/shared.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum option_name {
    BACKEND = 256,
    HOST,
    PORT,
    UNIX,
    WORKERS,
    POOL_CPUS,
    OFFLOAD,
    POLLER,
    SPIN,
    FRAMING,
    MAX_N,
    MAX_CONNECTIONS,
    IDLE_TIMEOUT,
    GRACE,
    BACKLOG,
    STACK_SIZE,
    STATS,
    LIST_BACKENDS,
    JSON,
    HELP,
    VERSION,
};

static const struct option long_options[] = {
    {"backend", required_argument, NULL, BACKEND},
    {"host", required_argument, NULL, HOST},
    {"port", required_argument, NULL, PORT},
    {"unix", required_argument, NULL, UNIX},
    {"workers", required_argument, NULL, WORKERS},
    {"pool-cpus", required_argument, NULL, POOL_CPUS},
    {"offload", required_argument, NULL, OFFLOAD},
    {"poller", required_argument, NULL, POLLER},
    {"spin", required_argument, NULL, SPIN},
    {"framing", required_argument, NULL, FRAMING},
    {"max-n", required_argument, NULL, MAX_N},
    {"max-connections", required_argument, NULL, MAX_CONNECTIONS},
    {"idle-timeout", required_argument, NULL, IDLE_TIMEOUT},
    {"grace", required_argument, NULL, GRACE},
    {"backlog", required_argument, NULL, BACKLOG},
    {"stack-size", required_argument, NULL, STACK_SIZE},
    {"stats", no_argument, NULL, STATS},
    {"list-backends", no_argument, NULL, LIST_BACKENDS},
    {"json", no_argument, NULL, JSON},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

enum {
    SECONDS_MAX = 1000000,
    WORKERS_MAX = SHARED_LOOPS_MAX,
    STACK_KIB_MAX = 1024 * 1024,
    CONNECTIONS_MAX = 10000000
};

void options_print_help(void)
{
    fputs("Usage: fibserver [--backend=NAME] [--port N] [option...]\n"
          "Answers fib(n) over TCP: a line with n in, a line with F(n) out.\n"
          "\n"
          "  --backend=NAME         the concurrency strategy (uv); --list-backends names them\n"
          "  --host ADDR            the address to listen on (127.0.0.1)\n"
          "  --port N               the port, 0 for a free one (25000)\n"
          "  --unix PATH            listen on a Unix socket instead\n"
          "  --workers N            threads, processes or loops (the number of CPUs, at least 2)\n"
          "  --pool-cpus LIST       the CPUs that pool threads may use, like 0,2-3 (all)\n"
          "  --offload=MODE         requests for the pool: auto, always, never (auto)\n"
          "  --poller=NAME          of the hand-written loops: select, poll, epoll (epoll)\n"
          "  --spin US              of these loops: look for so long before sleeping (0)\n"
          "  --framing=MODE         line, or packet: the end of a read ends a request (line)\n"
          "  --max-n N              the largest n that is computed, at most 93 (50)\n"
          "  --max-connections N    one more is refused (20000)\n"
          "  --idle-timeout S       close a connection that is idle for S seconds, 0: never (0)\n"
          "  --grace S              how long a stop waits for answers under way (5)\n"
          "  --backlog N            the listen backlog (4096)\n"
          "  --stack-size KIB       the stack of a thread or coroutine (the backend's choice)\n"
          "  --stats                at exit, print counters as JSON on stderr\n"
          "  --list-backends        what is built in; with --json as JSON\n"
          "  --help, --version\n"
          "\n"
          "SIGTERM or SIGINT: answer what has been read, then exit; a second one: exit at once.\n",
          stdout);
}

static int complain_number(const char *name, const char *text, long minimum, long maximum)
{
    fprintf(stderr, "fibserver: --%s %s: a number from %ld to %ld is wanted\n", name, text, minimum,
            maximum);
    return -EINVAL;
}

static int read_number(const char *name, const char *text, long minimum, long maximum, long *value)
{
    return number_parse(text, minimum, maximum, value) < 0
               ? complain_number(name, text, minimum, maximum)
               : 0;
}

static int read_unsigned(const char *name, const char *text, long minimum, long maximum,
                         unsigned *value)
{
    long number;
    int error = read_number(name, text, minimum, maximum, &number);

    if (error == 0)
        *value = (unsigned)number;
    return error;
}

/* Seconds as a user writes them, a fraction allowed, into milliseconds; any time above 0 is at
 * least one. */
static int read_seconds(const char *name, const char *text, long *ms)
{
    double seconds;

    if (number_parse_real(text, 0, SECONDS_MAX, &seconds) < 0) {
        fprintf(stderr, "fibserver: --%s %s: seconds from 0 to %d are wanted\n", name, text,
                SECONDS_MAX);
        return -EINVAL;
    }
    *ms = (long)(seconds * 1000);
    if (*ms == 0 && seconds > 0)
        *ms = 1;
    return 0;
}

static int complain_choice(const char *name, const char *text, const char *choices)
{
    fprintf(stderr, "fibserver: --%s=%s: one of %s is wanted\n", name, text, choices);
    return -EINVAL;
}

static int read_backend(const char *text, const struct backend **backend)
{
    *backend = backend_find(text);
    if (*backend != NULL)
        return 0;
    fprintf(stderr, "fibserver: unknown backend '%s'; known are", text);
    for (size_t i = 0; backends[i] != NULL; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", backends[i]->name);
    fputc('\n', stderr);
    return -EINVAL;
}

static int read_framing(const char *text, bool *packet)
{
    if (strcmp(text, "line") != 0 && strcmp(text, "packet") != 0)
        return complain_choice("framing", text, "line, packet");
    *packet = strcmp(text, "packet") == 0;
    return 0;
}

static int read_pool_cpus(const char *text, struct server_limits *limits)
{
    cpu_set_t usable;

    limits->pool_cpus_set = true;
    if (cpulist_parse(text, &limits->pool_cpus) == 0 &&
        (sched_getaffinity(1, sizeof(usable), &usable) < 0 ||
         (CPU_AND(&usable, &usable, &limits->pool_cpus), CPU_COUNT(&usable) > 0)))
        return 0;
    fprintf(stderr,
            "fibserver: --pool-cpus %s: a list of CPUs of this machine is wanted, like 0,2-3\n",
            text);
    return -EINVAL;
}

static int read_limit(struct server_limits *limits, int option, const char *text)
{
    unsigned number;
    long kib;
    int error;

    switch (option) {
    case WORKERS:
        return read_unsigned("workers", text, 1, WORKERS_MAX, &limits->workers);
    case POOL_CPUS:
        return read_pool_cpus(text, limits);
    case POLLER:
        return poller_kind_parse(text, &limits->poller) < 0
                   ? complain_choice("poller", text, "select, poll, epoll")
                   : 0;
    case SPIN:
        return read_number("spin", text, 0, SPIN_MOST_US, &limits->spin_us);
    case MAX_CONNECTIONS:
        return read_number("max-connections", text, 1, CONNECTIONS_MAX, &limits->max_connections);
    case IDLE_TIMEOUT:
        return read_seconds("idle-timeout", text, &limits->idle_timeout_ms);
    case GRACE:
        return read_seconds("grace", text, &limits->grace_ms);
    case BACKLOG:
        error = read_unsigned("backlog", text, 1, INT_MAX, &number);
        if (error == 0)
            limits->backlog = (int)number;
        return error;
    case STACK_SIZE:
        error = read_number("stack-size", text, 16, STACK_KIB_MAX, &kib);
        if (error == 0)
            limits->stack_size = (size_t)kib * 1024;
        return error;
    default:
        return -EINVAL; /* getopt_long has said why */
    }
}

static int read_option(struct options *options, int option, const char *text)
{
    switch (option) {
    case BACKEND:
        return read_backend(text, &options->backend);
    case HOST:
        options->host = text;
        return 0;
    case PORT:
        return read_unsigned("port", text, 0, 65535, &options->port);
    case UNIX:
        options->unix_path = text;
        return 0;
    case OFFLOAD:
        return offload_mode_parse(text, &options->offload) < 0
                   ? complain_choice("offload", text, "auto, always, never")
                   : 0;
    case FRAMING:
        return read_framing(text, &options->packet);
    case MAX_N:
        return read_unsigned("max-n", text, 0, FIB_MAX, &options->max_n);
    case STATS:
        options->stats = true;
        return 0;
    case LIST_BACKENDS:
        options->action = ACTION_LIST;
        return 0;
    case JSON:
        options->json = true;
        return 0;
    case HELP:
        options->action = ACTION_HELP;
        return 0;
    case VERSION:
        options->action = ACTION_VERSION;
        return 0;
    default:
        return read_limit(&options->limits, option, text);
    }
}

static unsigned default_workers(void)
{
    cpu_set_t cpus;
    int count = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;

    return count > 2 ? (unsigned)count : 2;
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .action = ACTION_SERVE,
        .host = "127.0.0.1",
        .port = 25000,
        .offload = OFFLOAD_AUTO,
        .max_n = 50,
        .limits = {.max_connections = 20000,
                   .grace_ms = 5000,
                   .backlog = 4096,
                   .workers = default_workers(),
                   .poller = POLLER_EPOLL},
    };
}

int options_parse(struct options *options, int argc, char **argv)
{
    int option, error;

    set_defaults(options);
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        error = read_option(options, option == 'h' ? HELP : option, optarg);
        if (error < 0)
            goto wrong;
    }
    if (optind < argc) {
        fprintf(stderr, "fibserver: unexpected argument '%s'; options begin with --\n",
                argv[optind]);
        goto wrong;
    }
    if (options->backend == NULL)
        options->backend = backend_find("uv");
    return 0;

wrong:
    fputs("Try 'fibserver --help'.\n", stderr);
    return -EINVAL;
}

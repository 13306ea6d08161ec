#include "tests/harness/server.h"

#include "common/clock.h"
#include "tests/harness/assertions.h"
#include "tests/harness/client.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGUMENTS_MAX = 40,
    COMPLAINT_SIZE = 512 * 1024,
    COMPUTING_NS = 15 * 1000 * 1000,
    PATH_SIZE = 96,
    CHILDREN_MAX = 256,
};

static void read_port(struct server *server)
{
    const char *colon = strrchr(server->line, ':');
    char *end = NULL;

    server->port = colon != NULL ? (int)strtol(colon + 1, &end, 10) : 0;
    if (server->port <= 0 || server->port > 65535 || *end != '\0')
        fixture_fail(server->fixture, "no port in the line '%s'", server->line);
}

static void read_address(struct server *server)
{
    char expected[128];

    snprintf(expected, sizeof(expected), "fibserver: %s listening on ",
             server->fixture->subject->backend);
    if (strncmp(server->line, expected, strlen(expected)) != 0)
        fixture_fail(server->fixture, "said '%s', not '%s…'", server->line, expected);
    if (server->address.any.sa_family == AF_UNIX) {
        if (strcmp(server->line + strlen(expected), server->address.path.sun_path) != 0)
            fixture_fail(server->fixture, "listens on another path: '%s'", server->line);
        return;
    }
    read_port(server);
    if (strstr(server->line, "[::1]:") != NULL) {
        server->address.ip6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                                    .sin6_port = htons((uint16_t)server->port),
                                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        server->address_length = sizeof(server->address.ip6);
    } else {
        server->address.ip4 = (struct sockaddr_in){.sin_family = AF_INET,
                                                   .sin_port = htons((uint16_t)server->port),
                                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        server->address_length = sizeof(server->address.ip4);
    }
}

/* The value behind the option, NULL where it is not among the options. */
static const char *option_value(const char *const *options, const char *option)
{
    for (; *options != NULL; options++)
        if (strcmp(*options, option) == 0)
            return options[1];
    return NULL;
}

/* Fills in where to listen, unless the options say it. */
static size_t listen_arguments(struct server *server, const char *const *options, char **argv)
{
    struct sockaddr_un *path = &server->address.path;
    const char *given = option_value(options, "--unix");
    char name[32];

    if (given == NULL && option_value(options, "--port") != NULL)
        return 0;
    if (given == NULL && !server->fixture->subject->unix_socket) {
        argv[0] = (char *)"--port";
        argv[1] = (char *)"0";
        return 2;
    }
    path->sun_family = AF_UNIX;
    server->address_length = sizeof(*path);
    if (given != NULL) {
        snprintf(path->sun_path, sizeof(path->sun_path), "%s", given);
        return 0;
    }
    snprintf(name, sizeof(name), "server-%p", (void *)server);
    fixture_path(server->fixture, name, path->sun_path, sizeof(path->sun_path));
    argv[0] = (char *)"--unix";
    argv[1] = path->sun_path;
    return 2;
}

/* Returns false where the server has ended instead. */
static bool await_line(struct server *server)
{
    int64_t begin = clock_ns();
    long length =
        process_read_line(&server->process, server->line, sizeof(server->line), DEADLINE_MS);

    server->ready_seconds = (double)(clock_ns() - begin) / 1e9;
    if (length > 0)
        return true;
    if (length == -EPIPE && process_wait(&server->process, DEADLINE_MS) == 0)
        return false;
    fixture_fail(server->fixture, "no line from the server: %s",
                 length == 0 ? "empty" : strerror((int)-length));
}

static struct server *launch(struct fixture *fixture, unsigned descriptors,
                             const char *const *options)
{
    struct subject *subject = fixture->subject;
    struct server *server = calloc(1, sizeof(*server));
    char *argv[ARGUMENTS_MAX + 1], backend[64];
    size_t count = 0;
    int error;

    if (server == NULL)
        fixture_fail(fixture, "out of memory");
    server->fixture = fixture;
    server->process.pid = server->process.handle = -1;
    server->next = fixture->servers;
    fixture->servers = server;
    snprintf(backend, sizeof(backend), "--backend=%s", subject->backend);
    argv[count++] = (char *)subject->program;
    argv[count++] = backend;
    count += listen_arguments(server, options, argv + count);
    for (size_t i = 0; i < subject->extra_count && count < ARGUMENTS_MAX; i++)
        argv[count++] = (char *)subject->extra[i];
    while (*options != NULL && count < ARGUMENTS_MAX)
        argv[count++] = (char *)*options++;
    argv[count] = NULL;
    error = process_start_in(&server->process, argv, descriptors, fixture->environment);
    if (error != 0)
        fixture_fail(fixture, "cannot start %s: %s", argv[0], strerror(-error));
    return server;
}

struct server *server_start_with(struct fixture *fixture, unsigned descriptors,
                                 const char *const *options)
{
    struct server *server = launch(fixture, descriptors, options);

    if (!await_line(server))
        fixture_fail(server->fixture, "the server did not start: wait status 0x%x",
                     (unsigned)server->process.status);
    read_address(server);
    return server;
}

bool server_try_start(struct fixture *fixture, struct server **server)
{
    *server = launch(fixture, 0, (const char *const[]){"--stats", NULL});
    if (!await_line(*server))
        return false;
    read_address(*server);
    return true;
}

void server_signal(struct server *server, int signal)
{
    if (kill(server->process.pid, signal) != 0)
        fixture_fail(server->fixture, "kill: %s", strerror(errno));
}

struct sent_signal {
    const struct server *server;
    int number;
};

static bool is_taken(void *argument)
{
    const struct sent_signal *sent = argument;

    return !process_signal_pending(sent->server->process.pid, sent->number);
}

void server_signal_taken(struct server *server, int signal)
{
    struct sent_signal sent = {server, signal};

    server_signal(server, signal);
    if (!wait_until(is_taken, &sent, DEADLINE_MS))
        fixture_fail(server->fixture, "signal %d is not taken", signal);
}

static int64_t stats_number(const struct server *server, const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsNumber(item) || item->valuedouble < 0)
        fixture_fail(server->fixture, "the --stats line has no good number \"%s\"", name);
    return (int64_t)item->valuedouble;
}

static void parse_loops(const struct server *server, const cJSON *object,
                        struct server_stats *stats)
{
    const cJSON *loops = cJSON_GetObjectItemCaseSensitive(object, "accepted_per_loop"), *loop;

    cJSON_ArrayForEach(loop, loops)
    {
        int64_t accepted = cJSON_IsNumber(loop) ? (int64_t)loop->valuedouble : -1;

        if (accepted < 0)
            fixture_fail(server->fixture, "accepted_per_loop has no good number");
        if (stats->loops == 0 || accepted < stats->accepted_least)
            stats->accepted_least = accepted;
        stats->accepted += accepted;
        stats->loops++;
    }
}

static struct server_stats parse_stats(const struct server *server, const cJSON *object)
{
    const cJSON *backend = cJSON_GetObjectItemCaseSensitive(object, "backend");
    struct server_stats stats;

    if (!cJSON_IsString(backend) ||
        strcmp(backend->valuestring, server->fixture->subject->backend) != 0)
        fixture_fail(server->fixture, "the --stats line names another backend");
    stats = (struct server_stats){
        .connections = stats_number(server, object, "connections"),
        .refused = stats_number(server, object, "refused"),
        .requests = stats_number(server, object, "requests"),
        .errors = stats_number(server, object, "errors"),
        .cancelled = stats_number(server, object, "cancelled"),
        .dropped = stats_number(server, object, "dropped"),
        .peak_connections = stats_number(server, object, "peak_connections"),
    };
    parse_loops(server, object, &stats);
    return stats;
}

static struct server_stats read_stats(const struct server *server)
{
    static const struct server_stats nothing;
    char complaint[COMPLAINT_SIZE], *line;
    size_t length = process_read_complaint(&server->process, complaint, sizeof(complaint));
    struct server_stats stats = nothing;
    cJSON *object;

    if (length == 0 || complaint[length - 1] != '\n')
        fixture_fail(server->fixture, "standard error does not end with a line of --stats");
    complaint[length - 1] = '\0';
    line = strrchr(complaint, '\n');
    line = line != NULL ? line + 1 : complaint;
    object = cJSON_ParseWithOpts(line, NULL, true);
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        fixture_fail(server->fixture, "the last line of standard error is no JSON object: '%s'",
                     line);
    }
    stats = parse_stats(server, object);
    cJSON_Delete(object);
    return stats;
}

/* Whoever the server left behind has become a child of this process, a subreaper. */
static void expect_nobody_left(const struct server *server)
{
    const struct server *other;
    pid_t children[CHILDREN_MAX];
    size_t count = process_children(getpid(), children, CHILDREN_MAX);

    for (size_t i = 0; i < count; i++) {
        for (other = server->fixture->servers; other != NULL; other = other->next)
            if (other->process.pid == children[i])
                break;
        if (other != NULL)
            continue;
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
        fixture_fail(server->fixture, "the server has left process %d behind", (int)children[i]);
    }
}

struct server_stats server_wait(struct server *server)
{
    struct process *process = &server->process;
    char more[256];

    if (process_wait(process, DEADLINE_MS) != 0)
        fixture_fail(server->fixture, "the server does not end");
    if (WIFSIGNALED(process->status))
        fixture_fail(server->fixture, "the server died of signal %d (%s)",
                     WTERMSIG(process->status), strsignal(WTERMSIG(process->status)));
    if (WEXITSTATUS(process->status) != 0)
        fixture_fail(server->fixture, "the server's exit status is %d",
                     WEXITSTATUS(process->status));
    expect_nobody_left(server);
    if (process_read_output(process, more, sizeof(more), DEADLINE_MS) != 0)
        fixture_fail(server->fixture, "more than one line on standard output: '%s'", more);
    return read_stats(server);
}

struct server_stats server_stop(struct server *server)
{
    struct client *client;

    for (client = server->fixture->clients; client != NULL; client = client->next)
        if (client->server == server)
            client_close(client);
    return server_terminate(server);
}

struct server_stats server_terminate(struct server *server)
{
    server_signal(server, SIGTERM);
    return server_wait(server);
}

void server_expect_quiet(struct server *server)
{
    char complaint[COMPLAINT_SIZE];

    if (process_wait(&server->process, 0) == 0)
        fixture_fail(server->fixture, "the server has ended");
    if (process_read_complaint(&server->process, complaint, sizeof(complaint)) > 0)
        fixture_fail(server->fixture, "the server has complained");
}

int64_t server_cpu_ns(const struct server *server)
{
    return process_cpu_ns(server->process.pid);
}

struct cpu_mark {
    const struct server *server;
    int64_t from;
};

static bool has_computed(void *argument)
{
    const struct cpu_mark *mark = argument;

    return server_cpu_ns(mark->server) - mark->from > COMPUTING_NS;
}

void server_expect_computing(struct server *server, int64_t mark_ns)
{
    struct cpu_mark mark = {.server = server, .from = mark_ns};

    if (!wait_until(has_computed, &mark, DEADLINE_MS))
        fixture_fail(server->fixture, "the server does not compute");
}

static int64_t cpu_during(const struct server *server, int milliseconds)
{
    int64_t before = server_cpu_ns(server);

    pause_ms(milliseconds);
    return server_cpu_ns(server) - before;
}

struct idle_mark {
    const struct server *server;
    int milliseconds;
};

static bool is_idle(void *argument)
{
    const struct idle_mark *mark = argument;

    return cpu_during(mark->server, mark->milliseconds) <
           mark->milliseconds * INT64_C(1000000) / 10;
}

void server_expect_idle(struct server *server, int milliseconds)
{
    struct idle_mark mark = {.server = server, .milliseconds = milliseconds};

    if (!wait_until(is_idle, &mark, DEADLINE_MS))
        fixture_fail(server->fixture, "the server goes on using the processor");
}

void server_expect_no_cpu(struct server *server, int milliseconds)
{
    int64_t used = cpu_during(server, milliseconds);

    if (used > (int64_t)milliseconds * 1000000 / 10)
        fixture_fail(server->fixture, "used %.0f ms of processor time in %d ms with nothing to do",
                     (double)used / 1e6, milliseconds);
}

int server_descriptors(const struct server *server)
{
    pid_t children[CHILDREN_MAX];
    size_t count = process_children(server->process.pid, children, CHILDREN_MAX);
    int sum = process_descriptors(server->process.pid);

    for (size_t i = 0; i < count; i++)
        sum += process_descriptors(children[i]);
    return sum;
}

struct descriptor_mark {
    const struct server *server;
    int most;
};

static bool descriptors_are_back(void *argument)
{
    const struct descriptor_mark *mark = argument;

    return server_descriptors(mark->server) <= mark->most;
}

void server_expect_descriptors(struct server *server, int most)
{
    struct descriptor_mark mark = {.server = server, .most = most};

    if (!wait_until(descriptors_are_back, &mark, DEADLINE_MS))
        fixture_fail(server->fixture, "%d descriptors are open, %d were before",
                     server_descriptors(server), most);
}

void server_destroy(struct server *server)
{
    pid_t children[CHILDREN_MAX];
    size_t count = process_children(server->process.pid, children, CHILDREN_MAX);

    process_finish(&server->process);
    /* Its orphans are this process's children now. */
    for (size_t i = 0; i < count; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    free(server);
}

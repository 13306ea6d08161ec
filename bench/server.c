#include "bench/server.h"

#include "bench/memory.h"
#include "bench/words.h"
#include "common/clock.h"
#include "common/cpulist.h"
#include "common/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    START_LIMIT = 10000,
    STOP_LIMIT = 7000,
    LINE_LIMIT = 1000,
    PROBE_INTERVAL = 20,
    FIXED_ARGUMENTS = 8,
};

static const char READY[] = "listening on ";

struct server {
    struct supervisor *supervisor;
    const struct variant *variant;
    const struct server_program *program; /* while it starts; NULL: the variant says it all */
    struct process *process;              /* NULL: it already ran */
    char *host;
    unsigned port;
};

/* count: of the arguments, without the NULL behind them. */
static int start(struct server *server, const struct server_setup *setup,
                 const char *const *arguments, size_t count, struct problem *problem)
{
    const char **words = memory_zeroed(TRACE_WORDS + count + 1, sizeof(*words));
    size_t before = setup->counter != NULL ? TRACE_WORDS : 0;
    int error;

    if (before > 0)
        memcpy(words, trace_counter_words(setup->counter), before * sizeof(*words));
    memcpy(words + before, arguments, count * sizeof(*words));
    error = process_create(&server->process, server->supervisor, words,
                           setup->placement->pinned ? &setup->placement->server : NULL, problem);
    free(words);
    return error;
}

static int start_built_in(struct server *server, const struct server_setup *setup,
                          struct problem *problem)
{
    const struct variant *variant = server->variant;
    const char **arguments =
        memory_zeroed(FIXED_ARGUMENTS + variant->option_count, sizeof(*arguments));
    char backend[128], workers[32], pool[512] = "--pool-cpus=";
    size_t count = 0;
    int error;

    snprintf(backend, sizeof(backend), "--backend=%s", variant->backend);
    snprintf(workers, sizeof(workers), "--workers=%u", setup->workers);
    arguments[count++] = setup->program;
    arguments[count++] = backend;
    arguments[count++] = "--host=127.0.0.1";
    arguments[count++] = "--port=0";
    arguments[count++] = workers;
    if (variant_has_pool(variant) && setup->placement->pool_apart) {
        const size_t length = strlen(pool);

        cpulist_format(&setup->placement->pool, pool + length, sizeof(pool) - length);
        arguments[count++] = pool;
    }
    for (size_t i = 0; i < variant->option_count; i++)
        arguments[count++] = variant->options[i];
    error = start(server, setup, arguments, count, problem);
    free(arguments);
    return error;
}

int server_free_port(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int error = 0, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0)
        return -errno;
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        error = -errno;
    *port = ntohs(address.sin_port);
    close(listener);
    return error;
}

static char *with_port(const char *command, unsigned port)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", port);
    return words_replaced(command, "{port}", number);
}

/* exec: so that the command is the child itself, and gets the signals. */
static int start_command(struct server *server, const struct server_setup *setup,
                         struct problem *problem)
{
    char *command, *line;
    int error = server_free_port(&server->port);

    if (error < 0)
        return problem_set(problem, error, "there is no free port: %s", strerror(-error));
    command = with_port(server->variant->command, server->port);
    line = memory_printf("exec %s", command);
    error = start(server, setup, (const char *[]){"/bin/sh", "-c", line}, 3, problem);
    free(line);
    free(command);
    return error;
}

/* Blocks for a tenth of a second at most, which only a full backlog takes. */
static bool port_accepts(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    struct timeval limit = {.tv_usec = 100000};
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool accepts = probe >= 0 &&
                   setsockopt(probe, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
                   connect(probe, (struct sockaddr *)&address, sizeof(address)) == 0;

    if (probe >= 0)
        close(probe);
    return accepts;
}

static bool serves(const struct server *server)
{
    if (server->program != NULL)
        return server->program->is_ready(server->program->context);
    return server->variant->kind == VARIANT_COMMAND && port_accepts(server->port);
}

static bool spoke_or_died(const void *data)
{
    const struct server *server = data;
    char *line = process_line_with(server->process, READY);
    bool spoke = line != NULL;

    free(line);
    return spoke || process_has_exited(server->process);
}

/* Takes address and port out of the line "fibserver: BACKEND listening on ADDR:PORT". */
static int read_ready_line(struct server *server, struct problem *problem)
{
    char *line = process_line_with(server->process, READY);
    char *address = strstr(line, READY) + strlen(READY), *colon;
    long port;

    address[strcspn(address, " \r")] = '\0';
    colon = strrchr(address, ':');
    if (colon == NULL || number_parse(colon + 1, 1, 65535, &port) < 0) {
        problem_set(problem, -EPROTO, "its line names no port: %s", line);
        free(line);
        return -EPROTO;
    }
    *colon = '\0';
    if (address[0] == '[' && colon[-1] == ']') {
        address++;
        colon[-1] = '\0';
    }
    server->host = memory_text(address);
    server->port = (unsigned)port;
    free(line);
    return 0;
}

static void describe_end(const struct server *server, struct problem *problem)
{
    char *words = process_last_line(server->process, PROCESS_ERRORS);
    char end[128];

    process_describe_end(process_end(server->process), end, sizeof(end));
    problem_set(problem, 0, "it %s%s%s", end, words[0] != '\0' ? ": " : "", words);
    free(words);
}

/* Returns 0 once it is ready. */
static int await_ready(struct server *server, struct problem *problem)
{
    bool built_in = server->variant->kind == VARIANT_BUILT_IN;
    int64_t deadline = clock_ms() + START_LIMIT;
    int error;

    do {
        error = supervisor_wait(server->supervisor, spoke_or_died, server, PROBE_INTERVAL);
        if (error == -ETIMEDOUT && serves(server))
            return 0;
    } while (error == -ETIMEDOUT && clock_ms() < deadline);
    if (error == -ETIMEDOUT)
        return problem_set(problem, error, "it did not say within %d s that it listens",
                           START_LIMIT / 1000);
    if (error < 0)
        return error;
    if (process_has_exited(server->process)) {
        (void)supervisor_wait(server->supervisor, process_is_finished, server->process, 200);
        describe_end(server, problem);
        return -ECHILD;
    }
    return built_in ? read_ready_line(server, problem) : 0;
}

/* What follows its start, whichever kind it is. Takes the server over. */
static int finish_start(struct server **server, struct server *created, int error,
                        struct problem *problem)
{
    if (error == 0 && created->process != NULL)
        error = await_ready(created, problem);
    if (error < 0) {
        server_destroy(created);
        return error;
    }
    if (created->host == NULL)
        created->host =
            memory_text(created->variant->host != NULL ? created->variant->host : "127.0.0.1");
    *server = created;
    return 0;
}

int server_create_web(struct server **server, struct supervisor *supervisor,
                      const struct server_setup *setup, struct problem *problem)
{
    static const struct variant webserver = {.kind = VARIANT_BUILT_IN};
    const char *arguments[] = {setup->program, "--host=127.0.0.1", "--port=0", "--stats"};
    struct server *created = memory_zeroed(1, sizeof(*created));
    int error;

    created->supervisor = supervisor;
    created->variant = &webserver;
    error = start(created, setup, arguments, sizeof(arguments) / sizeof(arguments[0]), problem);
    return finish_start(server, created, error, problem);
}

int server_create_program(struct server **server, struct supervisor *supervisor,
                          const struct server_setup *setup, const struct server_program *program,
                          struct problem *problem)
{
    static const struct variant command = {.kind = VARIANT_COMMAND};
    struct server *created = memory_zeroed(1, sizeof(*created));
    size_t count = 0;
    int error;

    created->supervisor = supervisor;
    created->variant = &command;
    created->program = program;
    created->port = program->port;
    while (program->arguments[count] != NULL)
        count++;
    error = start(created, setup, program->arguments, count, problem);
    error = finish_start(server, created, error, problem);
    if (error == 0)
        created->program = NULL;
    return error;
}

int server_create(struct server **server, struct supervisor *supervisor,
                  const struct server_setup *setup, const struct variant *variant,
                  struct problem *problem)
{
    struct server *created = memory_zeroed(1, sizeof(*created));
    int error = 0;

    created->supervisor = supervisor;
    created->variant = variant;
    created->port = variant->port;
    if (variant->kind == VARIANT_BUILT_IN)
        error = start_built_in(created, setup, problem);
    else if (variant->kind == VARIANT_COMMAND)
        error = start_command(created, setup, problem);
    return finish_start(server, created, error, problem);
}

void server_destroy(struct server *server)
{
    if (server == NULL)
        return;
    process_destroy(server->process);
    free(server->host);
    free(server);
}

const char *server_host(const struct server *server)
{
    return server->host;
}

unsigned server_port(const struct server *server)
{
    return server->port;
}

pid_t server_process(const struct server *server)
{
    if (server->process == NULL || process_has_exited(server->process))
        return 0;
    return process_number(server->process);
}

bool server_has_died(const struct server *server)
{
    return server->process != NULL && process_has_exited(server->process);
}

static bool has_died(const void *data)
{
    return server_has_died(data);
}

bool server_dies_within(struct server *server, int64_t milliseconds)
{
    if (server->process != NULL)
        (void)supervisor_wait(server->supervisor, has_died, server, milliseconds);
    return server_has_died(server);
}

/* A command of the user's need not handle SIGTERM. */
static bool is_clean(const struct server *server, const struct server_end *end)
{
    if (end->killed)
        return false;
    if (server->variant->kind == VARIANT_COMMAND &&
        (end->process.signal == SIGTERM || end->process.status == 128 + SIGTERM))
        return true;
    return end->process.signal == 0 && end->process.status == 0;
}

/* An interruption while it ends is no reason not to let it; only a second one is. */
static void stop_process(struct server *server, struct server_end *end, struct problem *problem)
{
    int error;

    process_signal(server->process, SIGTERM);
    error = supervisor_wait_to_clean_up(server->supervisor, has_died, server, STOP_LIMIT);
    if (error == -EINTR)
        error = supervisor_wait_to_clean_up(server->supervisor, has_died, server, STOP_LIMIT);
    end->killed = error < 0;
    end->cut_short = error == -EINTR;
    if (!end->killed)
        return;
    process_signal(server->process, SIGKILL);
    if (end->cut_short)
        problem_set(problem, 0, "it was killed at the second interruption");
    else
        problem_set(problem, 0, "it did not end within %d s of SIGTERM and was killed",
                    STOP_LIMIT / 1000);
    while (supervisor_wait_to_clean_up(server->supervisor, has_died, server, 1000) < 0)
        ;
}

static void end_process(struct server *server, struct server_end *end, struct problem *problem)
{
    *end = (struct server_end){.clean = true};
    if (server->process == NULL)
        return;
    stop_process(server, end, problem);
    end->process = process_end(server->process);
    end->clean = is_clean(server, end);
    if (!end->clean && !end->killed)
        describe_end(server, problem);
}

void server_stop(struct server *server, struct server_end *end, struct problem *problem)
{
    end_process(server, end, problem);
    server_destroy(server);
}

void server_stop_and_read(struct server *server, struct server_end *end, char **line,
                          struct problem *problem)
{
    end_process(server, end, problem);
    if (server->process == NULL) {
        *line = memory_text("");
    } else {
        (void)supervisor_wait_to_clean_up(server->supervisor, process_is_finished, server->process,
                                          LINE_LIMIT);
        *line = process_last_line(server->process, PROCESS_OUTPUT);
    }
    server_destroy(server);
}

cJSON *server_end_to_json(const struct server_end *end)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "status", end->process.status);
    cJSON_AddNumberToObject(object, "signal", end->process.signal);
    cJSON_AddBoolToObject(object, "killed", end->killed);
    cJSON_AddBoolToObject(object, "clean", end->clean);
    return object;
}

void server_bury(struct server *server, struct server_end *end, struct problem *problem)
{
    (void)supervisor_wait(server->supervisor, process_is_finished, server->process, 200);
    *end = (struct server_end){.process = process_end(server->process)};
    describe_end(server, problem);
    server_destroy(server);
}

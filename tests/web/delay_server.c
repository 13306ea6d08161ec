#include "tests/web/delay_server.h"

#include "tests/harness/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct delay_server {
    struct process process;
    char url[256];
};

static const char *find_program(const struct fixture *fixture)
{
    static const char option[] = "--webserver=";

    for (size_t i = 0; i < fixture->subject->extra_count; i++)
        if (strncmp(fixture->subject->extra[i], option, strlen(option)) == 0)
            return fixture->subject->extra[i] + strlen(option);
    return NULL;
}

static void delay_server_stop(void *argument)
{
    struct delay_server *server = argument;

    process_finish(&server->process);
    free(server);
}

const char *delay_server_start(struct fixture *fixture)
{
    const char *program = find_program(fixture);
    const char *const argv[] = {program, "--port", "0", NULL};
    char line[256], address[128];
    struct delay_server *server;

    if (program == NULL)
        fixture_skip(fixture, "webserver is not built");
    server = calloc(1, sizeof(*server));
    if (server == NULL)
        abort();
    if (process_start(&server->process, (char *const *)argv, 0) != 0)
        fixture_fail(fixture, "cannot start %s", program);
    fixture_defer(fixture, delay_server_stop, server);
    if (process_read_line(&server->process, line, sizeof(line), DEADLINE_MS) < 0 ||
        sscanf(line, "webserver: listening on %127s", address) != 1)
        fixture_fail(fixture, "webserver does not say where it listens");
    snprintf(server->url, sizeof(server->url), "http://%s", address);
    return server->url;
}

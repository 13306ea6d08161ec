#include "tests/fault/witness.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum {
    /* What allocators, caches of stacks and threads' arenas may keep of a crowd. */
    KEPT_MEMORY = 32 << 20,
    WINDOW_MS = 15,
};

void ask_for_one(struct client *client)
{
    client_send(client, "1\n");
    client_expect_line(client, "1");
}

void witness_begin(struct witness *witness, struct server *server)
{
    struct client *client = client_connect(server);

    ask_for_one(client);
    *witness = (struct witness){
        .server = server,
        .client = client,
        .descriptors = server_descriptors(server),
        .resident = process_resident(server->process.pid),
        .answers = 1,
    };
    if (!server->fixture->subject->concurrent) {
        client_close(client);
        witness->client = NULL;
    }
}

void witness_ask(struct witness *witness)
{
    if (witness->client == NULL)
        return;
    ask_for_one(witness->client);
    witness->answers++;
}

bool server_is_at_rest(void *argument)
{
    const struct server *server = argument;
    int64_t before = server_cpu_ns(server);

    pause_ms(WINDOW_MS);
    return server_cpu_ns(server) - before < WINDOW_MS * 1000000 / 10;
}

/* Sanitizers keep what is freed, to find who uses it nevertheless. */
static bool memory_is_back(void *argument)
{
    const struct witness *witness = argument;

    return SLOWNESS > 1 ||
           process_resident(witness->server->process.pid) < witness->resident + KEPT_MEMORY;
}

void witness_end(struct witness *witness)
{
    if (witness->client == NULL)
        witness->client = client_connect(witness->server);
    ask_for_one(witness->client);
    server_expect_descriptors(witness->server, witness->descriptors);
    ask_for_one(witness->client);
    witness->answers += 2;
    if (!wait_until(server_is_at_rest, witness->server, DEADLINE_MS))
        fixture_fail(witness->server->fixture, "the server goes on using the processor");
    if (!wait_until(memory_is_back, witness, DEADLINE_MS))
        fixture_fail(witness->server->fixture,
                     "%" PRId64 " KiB of memory are in use, %" PRId64 " were before",
                     process_resident(witness->server->process.pid) / 1024,
                     witness->resident / 1024);
}

void witness_end_and_stop(struct witness *witness)
{
    struct server_stats stats;

    witness_end(witness);
    stats = server_stop(witness->server);
    if (stats.requests < witness->answers)
        fixture_fail(witness->server->fixture,
                     "--stats counts %" PRId64 " requests, %" PRId64 " were answered",
                     stats.requests, witness->answers);
    if (stats.connections < 1 || stats.peak_connections < 1 ||
        stats.peak_connections > stats.connections || stats.dropped != 0)
        fixture_fail(witness->server->fixture,
                     "--stats: %" PRId64 " connections, %" PRId64 " at most, %" PRId64 " dropped",
                     stats.connections, stats.peak_connections, stats.dropped);
}

static bool is_asleep_or_dead(void *argument)
{
    struct server *server = argument;

    return process_is_asleep(server->process.pid) || process_wait(&server->process, 0) == 0;
}

bool server_settles(struct server *server)
{
    if (!wait_until(is_asleep_or_dead, server, DEADLINE_MS))
        fixture_fail(server->fixture, "the server has nothing to do and does not sleep");
    return process_wait(&server->process, 0) != 0;
}

void fill_pipeline(struct client *client)
{
    enum { ATTEMPTS = 2000, PATIENCE_MS = 10 };
    static char bytes[64 * 1024];
    int refusals = 0;

    for (size_t i = 0; i < sizeof(bytes); i += 2)
        memcpy(bytes + i, "1\n", 2);
    for (int i = 0; i < ATTEMPTS && refusals < PATIENCE_MS; i++) {
        if (client_try_send(client, bytes, sizeof(bytes)) > 0) {
            refusals = 0;
        } else {
            refusals++;
            pause_ms(1);
        }
    }
}

#include "tests/conformance/firehose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void firehose_open(struct firehose *firehose, struct server *server, unsigned n)
{
    char line[8];

    firehose->client = client_connect(server);
    firehose->line_length = (size_t)snprintf(line, sizeof(line), "%u\n", n);
    firehose->block_length = 0;
    firehose->at = 0;
    firehose->answers = 0;
    snprintf(firehose->answer, sizeof(firehose->answer), "%llu", (unsigned long long)fibonacci(n));
    while (firehose->block_length + firehose->line_length <= sizeof(firehose->block)) {
        memcpy(firehose->block + firehose->block_length, line, firehose->line_length);
        firehose->block_length += firehose->line_length;
    }
}

bool firehose_pump(struct firehose *firehose)
{
    struct client *client = firehose->client;
    enum client_line result;
    char *line;
    long sent = client_try_send(client, firehose->block + firehose->at,
                                firehose->block_length - firehose->at);

    if (sent > 0)
        firehose->at = (firehose->at + (size_t)sent) % firehose->block_length;
    while ((result = client_read_line(client, &line, 0)) == CLIENT_LINE) {
        if (strcmp(line, firehose->answer) != 0)
            fixture_fail(client->fixture, "the firehose got '%.60s'", line);
        firehose->answers++;
    }
    if (result == CLIENT_ERROR)
        fixture_fail(client->fixture, "the firehose broke: %s", strerror(client->error));
    return result == CLIENT_TIMEOUT;
}

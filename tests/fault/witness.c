#include "tests/fault/witness.h"

#include <stddef.h>

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
        .server = server, .client = client, .descriptors = server_descriptors(server)};
    if (!server->fixture->subject->concurrent) {
        client_close(client);
        witness->client = NULL;
    }
}

void witness_ask(struct witness *witness)
{
    if (witness->client != NULL)
        ask_for_one(witness->client);
}

void witness_end(struct witness *witness)
{
    if (witness->client == NULL)
        witness->client = client_connect(witness->server);
    ask_for_one(witness->client);
    server_expect_descriptors(witness->server, witness->descriptors);
    ask_for_one(witness->client);
}

void witness_end_and_stop(struct witness *witness)
{
    witness_end(witness);
    server_stop(witness->server);
}

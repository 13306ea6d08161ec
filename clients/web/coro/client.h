#ifndef WEB_CORO_CLIENT_H
#define WEB_CORO_CLIENT_H

/*
 * libcurl for coroutines: a transfer is a call that suspends until it is over, as
 * curl_easy_perform is one that blocks. Behind it is the multi_socket interface (libcurl-multi(3)):
 * tasks watch the sockets that libcurl names, and an alarm tells it the time.
 */

#include "clients/web/strategy.h"
#include "lib/coro/coro.h"

struct client;

/* Returns 0 and *client, to be destroyed before the loop; or -ENOMEM. */
int client_create(struct client **client, struct coro_loop *loop, const struct work *work);

/* When no transfer is under way. The tasks that watch sockets end in the next turns of the loop.
 * Takes NULL. */
void client_destroy(struct client *client);

/* Suspends until the transfer is over. Returns what came of it; CURLE_ABORTED_BY_CALLBACK after
 * client_give_up. Of the fetch, strategy is the client's meanwhile. */
CURLcode client_perform(struct client *client, struct fetch *fetch);

/* Why libcurl cannot go on, -errno: all client_perform return with CURLE_ABORTED_BY_CALLBACK then,
 * and each new one at once. 0: it can. */
int client_error(const struct client *client);

/* Makes the client_perform of this fetch return. Never suspends. */
void client_give_up(struct fetch *fetch);

#endif

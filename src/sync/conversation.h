#ifndef SYNC_CONVERSATION_H
#define SYNC_CONVERSATION_H

#include "src/blocking.h"
#include "src/server.h"

/*
 * Serves one client in blocking calls, computing on the calling thread, until it leaves or the
 * server stops. The descriptor is an admitted one in blocking mode; it has been hung up when this
 * returns.
 */
void converse(const struct server *server, struct blocking *blocking, int descriptor);

#endif

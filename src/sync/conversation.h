#ifndef SYNC_CONVERSATION_H
#define SYNC_CONVERSATION_H

#include "src/blocking.h"
#include "src/server.h"

/*
 * Serves one client in blocking calls, computing on the calling thread, until it leaves or the
 * server stops. The descriptor is an admitted one in blocking mode; it has been hung up, and the
 * session finished, when this returns. The session is the caller's memory, so that somebody else
 * may look at its counts.
 */
void converse(const struct server *server, struct blocking *blocking, struct session *session,
              int descriptor);

/* The stack that a thread needs for it, in bytes: as large as asked for, 0 meaning whatever is
 * enough, but never too small. */
size_t conversation_stack_size(size_t asked);

#endif

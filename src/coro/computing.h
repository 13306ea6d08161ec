#ifndef CORO_COMPUTING_H
#define CORO_COMPUTING_H

#include "lib/coro/coro.h"
#include "src/pool.h"

struct connection;

/*
 * Where the costly requests of coroutines are computed: what the coroutine backends differ in
 * beside the engine.
 */
struct computing {
    bool has_pool; /* costly is then what --offload says */

    /*
     * Computes F(n) for the calling coroutine, which may be suspended meanwhile but must not be
     * cancelled: it ends by itself when the server is cancelled. Returns 0 and *value, or
     * -ECANCELED, or why it could not be begun.
     */
    int (*compute)(struct connection *connection, unsigned n, uint64_t *value);

    /* Before the loop runs. Returns 0 or -errno. NULL: nothing to do. */
    int (*start)(struct computing *computing, const struct server *server, struct coro_loop *loop);

    /* After the last request: nothing that was started keeps the loop running. NULL: nothing to do.
     */
    void (*stop)(struct computing *computing);

    /* Gives back what start acquired, when the loop has run. NULL: nothing to do. */
    void (*finish)(struct computing *computing);
};

/* On the loop's own thread, while everybody waits. */
extern const struct computing computing_inline;

/* On the loop's own thread, suspended now and then so that the others have their turn. */
extern const struct computing computing_cooperative;

/* In a pool of threads. */
struct computing_in_pool {
    struct computing base;
    struct pool *pool;
    struct coro_descriptor done;
    struct coro_task *collector; /* wakes whose requests are done */
};

/* Cannot fail; what it acquires, it does when started. */
void computing_in_pool_init(struct computing_in_pool *computing);

#endif

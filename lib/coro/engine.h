#ifndef CORO_ENGINE_H
#define CORO_ENGINE_H

/*
 * What a loop stands on, for those who write an engine. An engine watches descriptors, waits for
 * them and for a point in time, and can be woken from another thread.
 *
 * A driven engine has `wait`, and coro_loop_run calls it between turns. An engine in a program
 * whose own event loop is in charge has `schedule` instead (or both): it calls coro_watch_ready
 * from its callbacks and coro_loop_turn when the loop is due: soon after schedule was called or
 * descriptors were ready, and at the time that the last coro_loop_turn returned.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CORO_READ = 1,
    CORO_WRITE = 2,
    CORO_ERROR = 4, /* reset, error, closed both ways: wakes whoever waits */
};

struct coro_engine_operations {
    const char *name;

    /*
     * Begins to watch watch->descriptor, level-triggered, for the events (CORO_READ, CORO_WRITE; 0
     * for none yet). watch->engine_data is the engine's to use. The watch stays where it is until
     * `remove`. Return 0 or -errno.
     */
    int (*add)(struct coro_engine *engine, struct coro_watch *watch, unsigned events);
    int (*modify)(struct coro_engine *engine, struct coro_watch *watch, unsigned events);

    /* Never fails. After it coro_watch_ready is not called for this watch any more. */
    void (*remove)(struct coro_engine *engine, struct coro_watch *watch);

    /*
     * Waits until a watched descriptor is ready, the deadline (of CLOCK_MONOTONIC; 0: at once;
     * CORO_FOREVER) has passed, or `wake` was called; calls coro_watch_ready for what is ready.
     * It may return early, as after a signal. Returns 0 or -errno. NULL where the host waits.
     */
    int (*wait)(struct coro_engine *engine, int64_t deadline);

    /*
     * The loop has become due outside of coro_loop_turn, or coro_loop_run has ended and leaves the
     * loop to the host. With both, it also ends a `wait` in which it is called: a callback of
     * somebody else's on the same loop has made a task ready. NULL where there is only `wait`.
     */
    void (*schedule)(struct coro_engine *engine);

    /* Ends the present `wait`, or else the next one, early; for a host: makes the loop due. Called
     * from any thread. */
    void (*wake)(struct coro_engine *engine);

    void (*destroy)(struct coro_engine *engine);
};

/* The first member of each engine. */
struct coro_engine {
    const struct coro_engine_operations *operations;
    struct coro_loop *loop; /* set when a loop takes the engine */
};

/* Tells the loop that a watched descriptor is ready. Only marks tasks as ready, runs none, and may
 * call the engine's modify or remove for this watch. */
void coro_watch_ready(struct coro_watch *watch, unsigned events);

/*
 * Runs one turn: timers that are due, what was posted, and each task that is ready once. Returns
 * when the next turn is due on CLOCK_MONOTONIC: 0 for at once, CORO_FOREVER where only a descriptor
 * or `wake` can make it due. Must not be called from within a turn.
 */
int64_t coro_loop_turn(struct coro_loop *loop);

#ifdef __cplusplus
}
#endif

#endif

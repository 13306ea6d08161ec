#ifndef SELECT_LOOP_H
#define SELECT_LOOP_H

#include "lib/poll/poller.h"
#include "lib/poll/spin.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * An event loop of one page: callbacks for descriptors that are ready, for a point in time, and for
 * "later, when everybody else has had a turn". Single-threaded. Everything registered is the
 * caller's memory.
 */

struct watcher {
    int descriptor;
    unsigned events; /* POLLER_ bits that it is watched for */
    void (*ready)(struct watcher *watcher, unsigned events);
};

struct timer {
    struct timer *next;
    int64_t due_ms; /* of clock_ms; 0: not set */
    void (*expired)(struct timer *timer);
};

struct deferred {
    struct deferred *next;
    void (*run)(struct deferred *deferred); /* NULL: not queued */
};

struct loop {
    struct poller *poller;
    struct spin spin;
    struct timer *timers; /* a handful: a heap would not pay */
    struct deferred *first, **last;
    int64_t now_ms; /* clock_ms at the last wake-up */
    bool stopped;
};

/* spin_us: how long to look before sleeping, 0: not at all. Returns 0 or -errno (-ENOMEM, -EMFILE).
 */
int loop_init(struct loop *loop, enum poller_kind kind, long spin_us);
void loop_finish(struct loop *loop);

/* Begins to watch; descriptor and ready are set by the caller. Returns 0, or as poller_add. */
int loop_watch(struct loop *loop, struct watcher *watcher, unsigned events);

/* Changes what is watched for; costs nothing where nothing changes. */
void loop_change(struct loop *loop, struct watcher *watcher, unsigned events);

/* After it, defer whatever frees the watcher: events of the same wake-up may still bear it. */
void loop_forget(struct loop *loop, struct watcher *watcher);

/* Makes a timer known for ever; its expired is called once each time that due_ms has passed. */
void loop_add_timer(struct loop *loop, struct timer *timer);

/* Calls run once, behind the callbacks of this wake-up. Where it is queued already, run is
 * replaced. */
void loop_defer(struct loop *loop, struct deferred *deferred, void (*run)(struct deferred *));

/* Dispatches until loop_stop. Returns 0 or -errno. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif

#ifndef CORO_WAITING_H
#define CORO_WAITING_H

/*
 * Standing in line. What a task waits for is handed to it by whoever calls it out of the line; so
 * it cannot be taken by somebody who came later, and a task that is called off before gets nothing
 * that would then be lost.
 */

#include "lib/coro/internal.h"
#include "lib/coro/line.h"

/* A task's place in a line; lies on its stack. */
struct coro_place {
    struct coro_task *task;
    struct coro_place *next, **link; /* link is NULL: out of the line */
    void *item;                      /* what is handed over, in whichever direction */
    int result;                      /* what it was called with */
    bool called;
    bool insists; /* waits on even when called off */
};

static inline void line_init(struct coro_line *line)
{
    line->first = NULL;
    line->last = &line->first;
}

/* Returns 0 where nobody waits, otherwise -EBUSY, and says so. */
int line_finish(const struct coro_line *line, struct coro_loop *loop);

/*
 * Suspends the place's task until it is called. Returns what it was called with; -ECANCELED where
 * it was called off before, unless it insists; where it was made to go on by coro_wake, the error
 * that it was woken with, or -EINTR. When it has not been called it is out of the line afterwards.
 */
int line_wait(struct coro_line *line, struct coro_place *place);

/*
 * The same for the running task, with a place of its own, and coro_wake makes no difference.
 * Returns what it was called with, or -ECANCELED or -EPERM; the line, which may be gone when it was
 * called, has forgotten it.
 */
int line_stand(struct coro_line *line, struct coro_loop *loop);

/* The same from a task that goes on waiting when it is called off. */
int line_insist(struct coro_line *line, struct coro_loop *loop);

/*
 * Calls the task that has waited longest, passing over those that are called off. Returns its
 * place, which is valid until that task runs: the caller may put an item there, or take it; or NULL
 * where nobody waits.
 */
struct coro_place *line_call(struct coro_line *line, int result);

void line_call_all(struct coro_line *line, int result);

/* Calls everybody, those who are called off too: for an end that all must hear of. */
void line_tell_all(struct coro_line *line, int result);

#endif

#ifndef CORO_QUEUE_H
#define CORO_QUEUE_H

/*
 * Pointers on their way from producers to consumers, tasks of one loop, in order and a bounded
 * number at a time: a producer that is ahead of the consumers waits for them. Producers and
 * consumers have their turn in the order of coming. All of these are called in the thread of the
 * loop.
 *
 * What an item points to belongs to the producer until the put has succeeded, then to the queue's
 * users as they have agreed, and from the get on to the consumer. A put or get that fails has moved
 * nothing: a task that is called off neither loses an item nor takes one.
 *
 * A task that is made to go on by coro_wake while it waits here has got nothing: the call returns
 * the error that it was woken with, or -EINTR.
 */

/* Beside this file also where both are installed. */
#include "coro.h"
#include "line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller owns it; its fields are the library's. It does not move in memory. */
struct coro_queue {
    struct coro_loop *loop;
    void **items; /* a ring */
    size_t room, first, count;
    size_t capacity; /* 0: unbounded */
    size_t unfinished;
    struct coro_line consumers, producers, joiners;
    bool closed;
};

/* With room for so many items; 0: for as many as there is memory for. Returns 0; or -ENOMEM, and
 * nothing is to be finished. */
int coro_queue_init(struct coro_queue *queue, struct coro_loop *loop, size_t capacity);

/*
 * Frees what it holds. Returns 0; or -EBUSY while tasks wait for it, -ENOTEMPTY while items are in
 * it (coro_queue_try_get takes them out, so that what they point to is not lost): nothing is freed
 * then.
 */
int coro_queue_finish(struct coro_queue *queue);

/*
 * Puts an item (NULL is one) behind the others; suspends while the queue is full. Returns 0;
 * -ECANCELED where the task is called off before; -EPIPE where the queue is closed, or is closed
 * before there was room; -ENOMEM (unbounded queues alone); -EPERM outside of tasks.
 */
int coro_queue_put(struct coro_queue *queue, void *item);

/* The same without waiting, from within tasks and outside: -EAGAIN where it is full. */
int coro_queue_try_put(struct coro_queue *queue, void *item);

/*
 * Takes the first item; suspends while there is none and the queue is not closed. Returns 1 and
 * *item; 0 at the end, when the queue is closed and empty; -ECANCELED where the task is called off
 * before; -EPERM outside of tasks.
 */
int coro_queue_get(struct coro_queue *queue, void **item);

/* The same without waiting, from within tasks and outside: -EAGAIN where it is empty. */
int coro_queue_try_get(struct coro_queue *queue, void **item);

/*
 * No more puts: those that wait for room fail with -EPIPE, their items still theirs; consumers get
 * what is in the queue, and then its end. Never suspends; may be called again.
 */
void coro_queue_close(struct coro_queue *queue);

bool coro_queue_is_closed(const struct coro_queue *queue);

/* How many items are in the queue; those of waiting producers are not. */
size_t coro_queue_count(const struct coro_queue *queue);

/* A consumer has dealt with an item that it got. Never suspends. Returns 0, or -EINVAL where all
 * that were put have been dealt with already. Queues that nobody joins do without. */
int coro_queue_task_done(struct coro_queue *queue);

/* Suspends until each item that was put has been dealt with. Returns 0; -ECANCELED where the task
 * is called off before; -EPERM outside of tasks. */
int coro_queue_join(struct coro_queue *queue);

#ifdef __cplusplus
}
#endif

#endif

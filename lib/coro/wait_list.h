#ifndef CORO_WAIT_LIST_H
#define CORO_WAIT_LIST_H

/* Tasks that wait for the same thing, which is handed to the one that has waited longest. */

#include "lib/coro/internal.h"

/* Lies on the waiting task's stack. */
struct wait_place {
    struct coro_task *task;
    struct wait_place *next;
    int result;
    bool waiting;
    bool insists;
};

struct wait_list {
    struct wait_place *first;
};

static inline void wait_list_leave(struct wait_list *list, struct wait_place *place)
{
    struct wait_place **link = &list->first;

    while (*link != place)
        link = &(*link)->next;
    *link = place->next;
    place->waiting = false;
}

static inline void wait_list_join(struct wait_list *list, struct wait_place *place)
{
    struct wait_place **link = &list->first;

    while (*link)
        link = &(*link)->next;
    place->next = NULL;
    place->waiting = true;
    *link = place;
}

/*
 * Suspends until it is called. Returns what it was called with, and then the caller has what it
 * waited for, even where it has been called off since; otherwise -ECANCELED or -EPERM, and the
 * list, which may be gone when it was called, has forgotten it.
 */
static inline int wait_list_wait(struct wait_list *list, struct coro_loop *loop)
{
    struct wait_place place = {.task = NULL};
    int error = task_checkpoint(loop, &place.task);

    if (error)
        return error;
    wait_list_join(list, &place);
    do
        task_suspend(place.task, CORO_FOREVER);
    while (place.waiting && !place.task->called_off);
    if (!place.waiting)
        return place.result;
    wait_list_leave(list, &place);
    return -ECANCELED;
}

/* The same from a task that goes on waiting when it is called off. */
static inline int wait_list_insist(struct wait_list *list, struct coro_loop *loop)
{
    struct wait_place place = {.task = loop->current, .insists = true};

    wait_list_join(list, &place);
    do
        task_suspend(place.task, CORO_FOREVER);
    while (place.waiting);
    return place.result;
}

/* Calls the first who is not called off. Returns false where there is none. */
static inline bool wait_list_call(struct wait_list *list, int result)
{
    for (struct wait_place *place = list->first; place; place = place->next) {
        /* One that is ready already was called off, and says so when it runs. */
        if (!task_wake(place->task, 0) && !place->insists)
            continue;
        wait_list_leave(list, place);
        place->result = result;
        return true;
    }
    return false;
}

/* Calls them all, those who are called off too: the list may go. */
static inline void wait_list_call_all(struct wait_list *list, int result)
{
    struct wait_place *place;

    while ((place = list->first) != NULL) {
        wait_list_leave(list, place);
        place->result = result;
        task_wake(place->task, 0);
    }
}

#endif

#include "lib/coro/waiting.h"

int line_finish(const struct coro_line *line, struct coro_loop *loop)
{
    return line->first ? coro_fail(loop, -EBUSY, "tasks are still waiting for it") : 0;
}

static void leave(struct coro_line *line, struct coro_place *place)
{
    if (!place->link)
        return;
    *place->link = place->next;
    if (place->next)
        place->next->link = place->link;
    else
        line->last = place->link;
    place->link = NULL;
}

static void join(struct coro_line *line, struct coro_place *place)
{
    place->called = false;
    place->next = NULL;
    place->link = line->last;
    *line->last = place;
    line->last = &place->next;
}

int line_wait(struct coro_line *line, struct coro_place *place)
{
    int result;

    join(line, place);
    do
        result = task_suspend(place->task, CORO_FOREVER);
    while (place->insists && !place->called);
    if (place->called)
        return place->result;
    leave(line, place);
    return result < 0 ? result : -EINTR;
}

int line_stand(struct coro_line *line, struct coro_loop *loop)
{
    struct coro_place place = {.task = NULL};
    int error = task_checkpoint(loop, &place.task);

    if (error)
        return error;
    join(line, &place);
    do
        task_suspend(place.task, CORO_FOREVER);
    while (!place.called && !place.task->called_off);
    if (place.called)
        return place.result;
    leave(line, &place);
    return -ECANCELED;
}

int line_insist(struct coro_line *line, struct coro_loop *loop)
{
    struct coro_place place = {.task = loop->current, .insists = true};

    return line_wait(line, &place);
}

struct coro_place *line_call(struct coro_line *line, int result)
{
    struct coro_place *place;

    while ((place = line->first) != NULL) {
        leave(line, place);
        /* One that is ready already has been called off, and says so when it runs. */
        if (task_wake(place->task, result) || place->insists) {
            place->called = true;
            place->result = result;
            return place;
        }
    }
    return NULL;
}

void line_call_all(struct coro_line *line, int result)
{
    while (line_call(line, result))
        continue;
}

void line_tell_all(struct coro_line *line, int result)
{
    struct coro_place *place;

    while ((place = line->first) != NULL) {
        leave(line, place);
        place->called = true;
        place->result = result;
        task_wake(place->task, result);
    }
}

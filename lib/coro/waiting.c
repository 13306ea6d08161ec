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

int line_wait(struct coro_line *line, struct coro_place *place)
{
    int result;

    place->called = false;
    place->next = NULL;
    place->link = line->last;
    *line->last = place;
    line->last = &place->next;
    do
        result = task_suspend(place->task, CORO_FOREVER);
    while (place->insists && !place->called);
    if (place->called)
        return place->result;
    leave(line, place);
    return result < 0 ? result : -EINTR;
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

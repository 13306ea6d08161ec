#include "lib/coro/events.h"

#include "lib/coro/waiting.h"

void coro_event_init(struct coro_event *event, struct coro_loop *loop)
{
    event->loop = loop;
    event->is_set = false;
    line_init(&event->line);
}

int coro_event_finish(struct coro_event *event)
{
    return line_finish(&event->line, event->loop);
}

void coro_event_set(struct coro_event *event)
{
    event->is_set = true;
    line_call_all(&event->line, 0);
}

void coro_event_clear(struct coro_event *event)
{
    event->is_set = false;
}

bool coro_event_is_set(const struct coro_event *event)
{
    return event->is_set;
}

int coro_event_wait(struct coro_event *event)
{
    struct coro_place place = {0};
    int error = task_checkpoint(event->loop, &place.task);

    if (error || event->is_set)
        return error;
    return line_wait(&event->line, &place);
}

#include "lib/coro/combine.h"
#include "lib/coro/futures.h"
#include "lib/coro/waiting.h"

#include <stdlib.h>

struct completion {
    struct coro_waiter waiter;
    struct coro_completions *owner;
    struct coro_future *future;
    struct completion *next; /* of those that are done and not handed out */
};

struct coro_completions {
    struct coro_line line;
    struct completion *first, **last;
    size_t count, pending;
    size_t oldest; /* before this one, none is pending */
    struct completion all[];
};

static void hold_back(struct coro_completions *completions, struct completion *completion)
{
    completion->next = NULL;
    *completions->last = completion;
    completions->last = &completion->next;
}

static void complete(struct coro_waiter *waiter)
{
    struct completion *completion = (struct completion *)waiter;
    struct coro_completions *completions = completion->owner;
    struct coro_place *place = line_call(&completions->line, 1);

    completions->pending--;
    if (place)
        place->item = completion->future;
    else
        hold_back(completions, completion);
    if (completions->pending == 0)
        line_call_all(&completions->line, 0);
}

static void add(struct coro_completions *completions, struct coro_future *future)
{
    struct completion *completion = &completions->all[completions->count++];

    *completion = (struct completion){
        .waiter.notify = complete,
        .owner = completions,
        .future = coro_future_hold(future),
    };
    if (coro_future_is_done(future)) {
        hold_back(completions, completion);
    } else {
        completions->pending++;
        future_watch(future, &completion->waiter);
    }
}

int coro_as_completed(struct coro_completions **completions, struct coro_future *const *futures,
                      size_t count)
{
    struct coro_completions *created;
    struct coro_loop *loop;
    int error = futures_check(futures, count, &loop);

    if (error)
        return error;
    if (count > (SIZE_MAX - sizeof *created) / sizeof created->all[0])
        return -ENOMEM;
    created = malloc(sizeof *created + count * sizeof created->all[0]);
    if (!created)
        return -ENOMEM;
    *created = (struct coro_completions){.last = &created->first};
    line_init(&created->line);
    for (size_t i = 0; i < count; i++)
        add(created, futures[i]);
    *completions = created;
    return 0;
}

static struct coro_future *take_first(struct coro_completions *completions)
{
    struct completion *completion = completions->first;

    completions->first = completion->next;
    if (!completions->first)
        completions->last = &completions->first;
    return completion->future;
}

static const struct completion *oldest_pending(struct coro_completions *completions)
{
    while (!completions->all[completions->oldest].waiter.link)
        completions->oldest++;
    return &completions->all[completions->oldest];
}

/* Whether nothing can come while the task waits, because all that is left is the task itself. */
static bool waits_for_itself(const struct coro_completions *completions,
                             const struct coro_task *task)
{
    for (size_t i = completions->oldest; i < completions->count; i++) {
        const struct completion *completion = &completions->all[i];

        if (completion->waiter.link && completion->future != &task->future)
            return false;
    }
    return true;
}

static int wait_for_next(struct coro_completions *completions, struct coro_future **future)
{
    const struct coro_loop *loop = oldest_pending(completions)->future->loop;
    struct coro_place place = {0};
    int result;

    if (!loop)
        return -EPERM;
    result = task_checkpoint(loop, &place.task);
    if (result)
        return result;
    if (waits_for_itself(completions, place.task))
        return -EDEADLK;
    result = line_wait(&completions->line, &place);
    if (result == 1)
        *future = place.item;
    return result;
}

int coro_completions_next(struct coro_completions *completions, struct coro_future **future)
{
    if (completions->first) {
        *future = take_first(completions);
        return 1;
    }
    return completions->pending > 0 ? wait_for_next(completions, future) : 0;
}

void coro_completions_destroy(struct coro_completions *completions)
{
    if (!completions)
        return;
    line_call_all(&completions->line, 0);
    for (size_t i = 0; i < completions->count; i++) {
        future_unwatch(&completions->all[i].waiter);
        coro_future_release(completions->all[i].future);
    }
    free(completions);
}

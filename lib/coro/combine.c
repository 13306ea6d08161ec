#include "lib/coro/combine.h"

#include "lib/coro/futures.h"

#include <stdlib.h>

struct gathering {
    struct coro_task *task;
    enum coro_wait_until until;
    size_t count, pending;
    size_t first_done, first_failed, last_done; /* count: none */
    bool over;
};

/* A future that is waited for. */
struct awaited {
    struct coro_waiter waiter;
    struct gathering *gathering;
    struct coro_future *future;
    size_t index;
};

static void count_in(struct gathering *gathering, const struct coro_future *future, size_t index)
{
    gathering->pending--;
    gathering->last_done = index;
    if (gathering->first_done == gathering->count)
        gathering->first_done = index;
    if (future_has_failed(future) && gathering->first_failed == gathering->count)
        gathering->first_failed = index;
}

static bool is_over(const struct gathering *gathering)
{
    if (gathering->pending == 0)
        return true;
    switch (gathering->until) {
    case CORO_FIRST_COMPLETED:
        return gathering->first_done < gathering->count;
    case CORO_FIRST_ERROR:
        return gathering->first_failed < gathering->count;
    default:
        return false;
    }
}

static size_t decisive(const struct gathering *gathering)
{
    if (gathering->until == CORO_FIRST_COMPLETED)
        return gathering->first_done;
    if (gathering->until == CORO_FIRST_ERROR && gathering->first_failed < gathering->count)
        return gathering->first_failed;
    return gathering->last_done;
}

static void notice(struct coro_waiter *waiter)
{
    struct awaited *awaited = (struct awaited *)waiter;
    struct gathering *gathering = awaited->gathering;

    count_in(gathering, awaited->future, awaited->index);
    gathering->over = gathering->over || is_over(gathering);
    if (gathering->over)
        task_wake(gathering->task, 0);
}

int futures_check(struct coro_future *const *futures, size_t count, struct coro_loop **loop)
{
    *loop = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!futures[i])
            return -EINVAL;
        if (coro_future_is_done(futures[i]))
            continue;
        if (!futures[i]->loop)
            return -EPERM;
        if (*loop && futures[i]->loop != *loop)
            return coro_fail(*loop, -EINVAL, "'%s' belongs to another loop than the others",
                             futures[i]->name);
        *loop = futures[i]->loop;
    }
    return 0;
}

/* Watches the futures that are not done, until what is waited for has come. */
static int wait_for(struct gathering *gathering, struct coro_future *const *futures)
{
    struct awaited *awaited = malloc(gathering->pending * sizeof *awaited);
    size_t watched = 0;
    int result;

    if (!awaited)
        return -ENOMEM;
    for (size_t i = 0; i < gathering->count; i++) {
        if (coro_future_is_done(futures[i]))
            continue;
        awaited[watched] = (struct awaited){
            .waiter.notify = notice,
            .gathering = gathering,
            .future = coro_future_hold(futures[i]),
            .index = i,
        };
        future_watch(futures[i], &awaited[watched++].waiter);
    }
    result = task_suspend(gathering->task, CORO_FOREVER);
    for (size_t i = 0; i < watched; i++) {
        future_unwatch(&awaited[i].waiter);
        coro_future_release(awaited[i].future);
    }
    free(awaited);
    if (result >= 0 && !gathering->over)
        return -EINTR;
    return result < 0 ? result : 0;
}

static int may_wait(struct coro_loop *loop, struct coro_future *const *futures, size_t count,
                    struct coro_task **task)
{
    int error = task_checkpoint(loop, task);

    for (size_t i = 0; i < count && !error; i++) {
        if (futures[i] == &(*task)->future)
            error = -EDEADLK;
    }
    return error;
}

static int gather(struct gathering *gathering, struct coro_future *const *futures, size_t count,
                  enum coro_wait_until until)
{
    struct coro_loop *loop;
    int error = futures_check(futures, count, &loop);

    if (error)
        return error;
    *gathering = (struct gathering){
        .until = until,
        .count = count,
        .pending = count,
        .first_done = count,
        .first_failed = count,
        .last_done = count,
    };
    for (size_t i = 0; i < count; i++) {
        if (coro_future_is_done(futures[i]))
            count_in(gathering, futures[i], i);
    }
    gathering->over = !loop || is_over(gathering);
    if (gathering->over)
        return 0;
    error = may_wait(loop, futures, count, &gathering->task);
    return error ? error : wait_for(gathering, futures);
}

ssize_t coro_wait(struct coro_future *const *futures, size_t count, enum coro_wait_until until,
                  size_t *which)
{
    struct gathering gathering;
    int error;

    if (count == 0)
        return until == CORO_FIRST_COMPLETED ? -EINVAL : 0;
    error = gather(&gathering, futures, count, until);
    if (error)
        return error;
    if (which)
        *which = decisive(&gathering);
    return (ssize_t)(count - gathering.pending);
}

/* The failures but the first stay unexamined, so that the loop complains of a task that fails with
 * something nobody has asked for. */
static void collect(struct coro_future *const *futures, size_t count, void **values)
{
    for (size_t i = 0; i < count; i++) {
        if (!future_has_failed(futures[i]))
            coro_future_status(futures[i]);
        if (values)
            values[i] = future_has_failed(futures[i]) ? NULL : futures[i]->value;
    }
}

int coro_gather(struct coro_future *const *futures, size_t count, void **values)
{
    struct gathering gathering;
    int error;

    if (count == 0)
        return 0;
    error = gather(&gathering, futures, count, CORO_ALL_COMPLETED);
    if (error)
        return error;
    collect(futures, count, values);
    if (gathering.first_failed == count)
        return 0;
    return coro_await(futures[gathering.first_failed], NULL);
}

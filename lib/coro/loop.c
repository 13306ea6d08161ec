#include "lib/coro/internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_STACK = 256 * 1024, DEFAULT_STACKS_KEPT = 256 };

int64_t loop_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int coro_loop_create(struct coro_loop **loop, struct coro_engine *engine,
                     const struct coro_loop_options *options)
{
    size_t stack_size = options && options->stack_size ? options->stack_size : DEFAULT_STACK;
    unsigned kept = options && options->stacks_kept ? options->stacks_kept : DEFAULT_STACKS_KEPT;

    if (stack_size < CORO_STACK_MINIMUM || stack_size > SIZE_MAX / 4)
        return -EINVAL;

    struct coro_loop *created = calloc(1, sizeof *created);

    if (!created)
        return -ENOMEM;
    stacks_init(&created->stacks, stack_size, kept);
    created->ready_last = &created->ready_first;
    created->due = !engine->operations->schedule;
    created->engine = engine;
    engine->loop = created;
    *loop = created;
    return 0;
}

int coro_loop_destroy(struct coro_loop *loop)
{
    if (!loop)
        return 0;
    if (loop->running || loop->turning || loop->task_count > 0)
        return -EBUSY;
    loop->engine->operations->destroy(loop->engine);
    tasks_free_unused(loop);
    stacks_finish(&loop->stacks);
    timers_finish(&loop->timers);
    free(loop);
    return 0;
}

void coro_engine_destroy(struct coro_engine *engine)
{
    if (engine)
        engine->operations->destroy(engine);
}

int64_t coro_now(struct coro_loop *loop)
{
    if (loop->now == 0)
        loop->now = loop_clock();
    return loop->now;
}

void coro_refresh_clock(struct coro_loop *loop)
{
    loop->now = 0;
}

void coro_loop_call(struct coro_loop *loop, struct coro_call *call)
{
    loop_enqueue(loop, call);
}

void coro_loop_post(struct coro_loop *loop, struct coro_call *call)
{
    struct coro_call *head = atomic_load_explicit(&loop->posted, memory_order_relaxed);

    do {
        call->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&loop->posted, &head, call,
                                                    memory_order_release, memory_order_relaxed));
    /* Who found the list empty wakes the loop for all who come before it looks. */
    if (!head)
        loop->engine->operations->wake(loop->engine);
}

/* Puts what was posted behind what is ready, the oldest first. */
static void take_posted(struct coro_loop *loop)
{
    if (!atomic_load_explicit(&loop->posted, memory_order_relaxed))
        return;

    struct coro_call *call = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
    struct coro_call *reversed = NULL;

    while (call) {
        struct coro_call *next = call->next;

        call->next = reversed;
        reversed = call;
        call = next;
    }
    while (reversed) {
        struct coro_call *next = reversed->next;

        loop_enqueue(loop, reversed);
        reversed = next;
    }
}

static struct coro_task *timer_owner(struct coro_timer *timer)
{
    return (struct coro_task *)((char *)timer - offsetof(struct coro_task, timer));
}

static void expire_timers(struct coro_loop *loop)
{
    struct coro_timer *timer;

    if (loop->timers.count == 0 || timers_next(&loop->timers) > coro_now(loop))
        return;
    while ((timer = timers_pop(&loop->timers, loop->now)) != NULL)
        task_wake(timer_owner(timer), -ETIMEDOUT);
}

/* What becomes ready meanwhile waits for the next turn, behind the descriptors. */
static void run_ready(struct coro_loop *loop)
{
    struct coro_call *call = loop->ready_first;

    loop->ready_first = NULL;
    loop->ready_last = &loop->ready_first;
    while (call) {
        struct coro_call *next = call->next;

        call->function(call);
        call = next;
    }
}

int64_t coro_loop_turn(struct coro_loop *loop)
{
    loop->turning = true;
    loop->due = true;
    loop->now = 0;
    context_adopt_thread(&loop->context);
    take_posted(loop);
    expire_timers(loop);
    run_ready(loop);
    loop->turning = false;
    loop->due = !loop->engine->operations->schedule || loop->ready_first;
    return loop->ready_first ? 0 : timers_next(&loop->timers);
}

int coro_loop_run(struct coro_loop *loop)
{
    const struct coro_engine_operations *operations = loop->engine->operations;
    int error = 0;

    if (loop->running || loop->turning)
        return -EBUSY;
    if (!operations->wait)
        return -ENOTSUP;
    loop->running = true;
    loop->stopped = false;
    loop->due = true;
    while (loop->task_count > 0 && !loop->stopped) {
        int64_t deadline = coro_loop_turn(loop);

        if (loop->task_count == 0 || loop->stopped)
            break;
        error = operations->wait(loop->engine, deadline);
        if (error)
            break;
    }
    loop->running = false;
    /* What is left, if only the news that nothing is, is the host's from here on. */
    if (operations->schedule)
        operations->schedule(loop->engine);
    return error;
}

void coro_loop_stop(struct coro_loop *loop)
{
    loop->stopped = true;
}

size_t coro_loop_tasks(const struct coro_loop *loop)
{
    return loop->task_count;
}

void coro_loop_cancel_all(struct coro_loop *loop)
{
    for (struct coro_task *task = loop->tasks; task; task = task->next)
        coro_cancel(task);
}

struct coro_task *coro_self(const struct coro_loop *loop)
{
    return loop->current;
}

const char *coro_strerror(int error)
{
    switch (-error) {
    case ENOMEM:
        return "Out of memory, or of mappings: each coroutine's stack needs two of them "
               "(raise the sysctl vm.max_map_count for more than about 32,000)";
    case EPERM:
        return "Operation not permitted: only a coroutine can wait, and not for a regular file";
    case ECANCELED:
        return "The task was cancelled";
    default:
        return strerror(-error);
    }
}

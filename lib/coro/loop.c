#include "lib/coro/internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_STACK = 256 * 1024, DEFAULT_STACKS_KEPT = 256 };

/* Of a loop that is destroyed: what has itself called again and again is dropped in the end. */
enum { LAST_TURNS = 1000 };

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
    created->at = &created->context;
    created->complain = options ? options->complain : NULL;
    created->complain_context = options ? options->complain_context : NULL;
    created->report_overflow = !options || !options->no_overflow_report;
    engine->loop = created;
    *loop = created;
    return 0;
}

/* With no task left there are no other timers. */
static void disarm_alarms(struct coro_loop *loop)
{
    while (loop->timers.count > 0)
        coro_call_cancel(timer_alarm(loop->timers.slots[loop->timers.count - 1].timer));
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

/* Who asked for a call was promised it, and may have memory to free in it. */
static void make_last_calls(struct coro_loop *loop)
{
    int turns = 0;

    loop->turning = true;
    do {
        take_posted(loop);
        run_ready(loop);
    } while (loop->ready_first && loop->task_count == 0 && ++turns < LAST_TURNS);
    loop->turning = false;
}

int coro_loop_destroy(struct coro_loop *loop)
{
    if (!loop)
        return 0;
    if (loop->running || loop->turning || loop->task_count > 0)
        return -EBUSY;
    make_last_calls(loop);
    if (loop->task_count > 0)
        return -EBUSY;
    disarm_alarms(loop);
    while (loop->futures)
        future_forget_loop(loop->futures);
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

static void expire_timers(struct coro_loop *loop)
{
    struct coro_timer *timer;

    if (loop->timers.count == 0 || timers_next(&loop->timers) > coro_now(loop))
        return;
    while ((timer = timers_pop(&loop->timers, loop->now)) != NULL)
        timer->expire(timer);
}

int64_t coro_loop_turn(struct coro_loop *loop)
{
    struct coro_loop *outer = overflow_watch(loop);

    loop->turning = true;
    loop->due = true;
    loop->now = 0;
    context_adopt_thread(&loop->context);
    take_posted(loop);
    expire_timers(loop);
    run_ready(loop);
    loop->turning = false;
    loop->due = !loop->engine->operations->schedule || loop->ready_first;
    overflow_watch(outer);
    if (loop->ready_first)
        return 0;

    /* Deadlines before the clock began are over too; engines are not to reckon with them. */
    int64_t deadline = timers_next(&loop->timers);

    return deadline > 0 ? deadline : 0;
}

/* What keeps a run going: tasks, a future that is not done, or nothing but coro_loop_stop. */
enum purpose { UNTIL_NO_TASKS, UNTIL_DONE, UNTIL_STOPPED };

static bool goes_on(const struct coro_loop *loop, enum purpose purpose,
                    const struct coro_future *future)
{
    if (loop->stopped)
        return false;
    if (purpose == UNTIL_DONE)
        return !coro_future_is_done(future);
    return purpose == UNTIL_STOPPED || loop->task_count > 0;
}

int loop_may_run(const struct coro_loop *loop)
{
    if (loop->running || loop->turning)
        return -EBUSY;
    return loop->engine->operations->wait ? 0 : -ENOTSUP;
}

static int run(struct coro_loop *loop, enum purpose purpose, const struct coro_future *future)
{
    const struct coro_engine_operations *operations = loop->engine->operations;
    struct coro_loop *outer;
    int error = loop_may_run(loop);

    if (error)
        return error;
    outer = overflow_watch(loop);
    loop->running = true;
    loop->stopped = false;
    loop->due = true;
    while (goes_on(loop, purpose, future)) {
        int64_t deadline = coro_loop_turn(loop);

        if (!goes_on(loop, purpose, future))
            break;
        error = operations->wait(loop->engine, deadline);
        if (error)
            break;
    }
    loop->running = false;
    overflow_watch(outer);
    /* What is left, if only the news that nothing is, is the host's from here on. */
    if (operations->schedule)
        operations->schedule(loop->engine);
    return error;
}

int coro_loop_run(struct coro_loop *loop)
{
    return run(loop, UNTIL_NO_TASKS, NULL);
}

int coro_loop_run_forever(struct coro_loop *loop)
{
    return run(loop, UNTIL_STOPPED, NULL);
}

int coro_run_until_complete(struct coro_loop *loop, struct coro_future *future, void **value)
{
    int error;

    coro_future_hold(future);
    error = run(loop, UNTIL_DONE, future);
    if (!error && !coro_future_is_done(future))
        error = -EINTR;
    if (!error) {
        error = coro_future_status(future);
        if (value)
            *value = coro_future_value(future);
    }
    coro_future_release(future);
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
    for (struct coro_future *future = loop->futures; future; future = future->next) {
        if (future->is_task)
            coro_cancel(coro_future_task(future));
    }
}

struct coro_task *coro_self(const struct coro_loop *loop)
{
    return loop->current;
}

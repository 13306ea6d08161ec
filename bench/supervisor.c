#include "bench/supervisor.h"

#include "bench/memory.h"
#include "common/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 3 };

struct supervisor {
    uv_loop_t loop;
    uv_timer_t deadline;
    uv_timer_t ticker;
    uv_signal_t signals[SIGNALS];
    int interrupted;
    unsigned interruptions;
    bool inherited_children;
    void (*tick)(void *data);
    void *tick_data;
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct supervisor *supervisor = handle->data;

    supervisor->interrupted = number;
    supervisor->interruptions++;
}

static void on_deadline(uv_timer_t *timer)
{
    /* Only to make the loop return: the waiter looks at the clock. */
}

static void on_ticker(uv_timer_t *timer)
{
    struct supervisor *supervisor = timer->data;

    supervisor->tick(supervisor->tick_data);
}

/* Calls visit for each child of this process, as far as the kernel lists them. */
static size_t for_each_child(void (*visit)(pid_t child))
{
    char path[64];
    FILE *list;
    size_t count = 0;
    long child;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
    list = fopen(path, "re");
    if (list == NULL)
        return 0;
    for (; fscanf(list, "%ld", &child) == 1; count++)
        if (visit != NULL)
            visit((pid_t)child);
    fclose(list);
    return count;
}

int supervisor_create(struct supervisor **supervisor, struct problem *problem)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    struct supervisor *created = memory_zeroed(1, sizeof(*created));
    int error = uv_loop_init(&created->loop);

    if (error < 0) {
        free(created);
        return problem_set(problem, error, "cannot start an event loop: %s", uv_strerror(error));
    }
    created->inherited_children = for_each_child(NULL) > 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGPIPE, SIG_IGN);
    uv_timer_init(&created->loop, &created->deadline);
    uv_timer_init(&created->loop, &created->ticker);
    created->ticker.data = created;
    uv_unref((uv_handle_t *)&created->ticker);
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&created->loop, &created->signals[i]);
        created->signals[i].data = created;
        error = uv_signal_start(&created->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&created->signals[i]);
        if (error < 0) {
            supervisor_destroy(created);
            return problem_set(problem, error, "cannot watch signals: %s", uv_strerror(error));
        }
    }
    *supervisor = created;
    return 0;
}

static void close_handle(uv_handle_t *handle, void *data)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void supervisor_destroy(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    uv_walk(&supervisor->loop, close_handle, NULL);
    uv_run(&supervisor->loop, UV_RUN_DEFAULT);
    uv_loop_close(&supervisor->loop);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    signal(SIGPIPE, SIG_DFL);
    free(supervisor);
}

uv_loop_t *supervisor_loop(struct supervisor *supervisor)
{
    return &supervisor->loop;
}

int supervisor_interrupted(const struct supervisor *supervisor)
{
    return supervisor->interrupted;
}

static int wait_until(struct supervisor *supervisor, bool (*done)(const void *data),
                      const void *data, int64_t milliseconds, unsigned interruptions)
{
    int64_t deadline = clock_ms() + milliseconds;
    int error = 0;

    uv_update_time(&supervisor->loop);
    uv_timer_start(&supervisor->deadline, on_deadline, (uint64_t)milliseconds + 1, 0);
    while (!done(data)) {
        if (supervisor->interruptions > interruptions)
            error = -EINTR;
        else if (clock_ms() >= deadline)
            error = -ETIMEDOUT;
        if (error < 0)
            break;
        uv_run(&supervisor->loop, UV_RUN_ONCE);
    }
    uv_timer_stop(&supervisor->deadline);
    return error;
}

/* Ctrl-C reaches the children as well: what they then did in time is not what was waited for. */
int supervisor_wait(struct supervisor *supervisor, bool (*done)(const void *data), const void *data,
                    int64_t milliseconds)
{
    int error = wait_until(supervisor, done, data, milliseconds, 0);

    return supervisor->interruptions > 0 ? -EINTR : error;
}

int supervisor_wait_to_clean_up(struct supervisor *supervisor, bool (*done)(const void *data),
                                const void *data, int64_t milliseconds)
{
    return wait_until(supervisor, done, data, milliseconds, supervisor->interruptions);
}

void supervisor_on_tick(struct supervisor *supervisor, void (*tick)(void *data), void *data,
                        unsigned milliseconds)
{
    supervisor->tick = tick;
    supervisor->tick_data = data;
    if (tick == NULL)
        uv_timer_stop(&supervisor->ticker);
    else
        uv_timer_start(&supervisor->ticker, on_ticker, milliseconds, milliseconds);
}

static void kill_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

void supervisor_end_orphans(struct supervisor *supervisor)
{
    enum { TURNS = 16 };

    if (supervisor->inherited_children)
        return;
    /* The death of one may orphan its own children, which then become ours. */
    for (int turn = 0; turn < TURNS && for_each_child(kill_child) > 0; turn++)
        ;
}

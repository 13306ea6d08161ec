#include "lib/coro/internal.h"

#include <sys/socket.h>

static struct coro_descriptor *watch_owner(struct coro_watch *watch)
{
    return (struct coro_descriptor *)((char *)watch - offsetof(struct coro_descriptor, watch));
}

/* Has the engine watch for these events too. */
static int watch_for(struct coro_watch *watch, unsigned events)
{
    const struct coro_engine_operations *operations = watch->loop->engine->operations;
    unsigned all = watch->events | events;
    int error;

    if (watch->watched && watch->events == all)
        return 0;
    if (watch->watched)
        error = operations->modify(watch->loop->engine, watch, all);
    else
        error = operations->add(watch->loop->engine, watch, all);
    if (error)
        return error;
    watch->events = (unsigned char)all;
    watch->watched = true;
    return 0;
}

static void unwatch(struct coro_watch *watch)
{
    if (watch->watched)
        watch->loop->engine->operations->remove(watch->loop->engine, watch);
    watch->watched = false;
    watch->events = 0;
}

int coro_descriptor_init(struct coro_descriptor *descriptor, struct coro_loop *loop, int number)
{
    *descriptor = (struct coro_descriptor){.watch = {.loop = loop, .descriptor = number}};
    /* For reading at once: nearly every descriptor begins with that. */
    return watch_for(&descriptor->watch, CORO_READ);
}

/* The task must not touch the descriptor any more, whatever it was woken with before. */
static void dismiss(struct coro_task **waiting)
{
    struct coro_task *task = *waiting;

    if (!task)
        return;
    task_wake(task, -EBADF);
    task->result = -EBADF;
    task->slot = NULL;
    *waiting = NULL;
}

void coro_descriptor_finish(struct coro_descriptor *descriptor)
{
    unwatch(&descriptor->watch);
    dismiss(&descriptor->reader);
    dismiss(&descriptor->writer);
}

void coro_watch_ready(struct coro_watch *watch, unsigned events)
{
    struct coro_descriptor *descriptor = watch_owner(watch);
    unsigned unclaimed = 0;

    if (events & (CORO_READ | CORO_ERROR)) {
        if (descriptor->reader)
            task_wake(descriptor->reader, 0);
        else
            unclaimed |= CORO_READ;
    }
    if (events & (CORO_WRITE | CORO_ERROR)) {
        if (descriptor->writer)
            task_wake(descriptor->writer, 0);
        else
            unclaimed |= CORO_WRITE;
    }
    unclaimed &= watch->events;
    if (events & CORO_ERROR && !descriptor->reader && !descriptor->writer) {
        /* An error is reported as long as it is watched at all. */
        unwatch(watch);
    } else if (unclaimed) {
        const struct coro_engine *engine = watch->loop->engine;
        unsigned left = watch->events & ~unclaimed;

        /* Nobody waits for this now, and it would be reported in every turn. */
        if (engine->operations->modify(watch->loop->engine, watch, left) == 0)
            watch->events = (unsigned char)left;
    }
}

static inline int may_wait(const struct coro_descriptor *descriptor, bool to_read)
{
    struct coro_task *task;
    int error = task_checkpoint(descriptor->watch.loop, &task);

    return !error && to_read && descriptor->interrupted ? -EINTR : error;
}

static inline int wait_for(struct coro_descriptor *descriptor, struct coro_task **waiting,
                           unsigned event, int64_t deadline)
{
    struct coro_task *task;
    int error = task_checkpoint(descriptor->watch.loop, &task);

    if (error)
        return error;
    if (*waiting)
        return -EBUSY;
    error = watch_for(&descriptor->watch, event);
    if (error)
        return error;
    *waiting = task;
    task->slot = waiting;
    error = task_suspend(task, deadline);
    if (task->slot)
        *task->slot = NULL;
    task->slot = NULL;
    return error;
}

static inline int wait_readable(struct coro_descriptor *descriptor, int64_t deadline)
{
    if (descriptor->interrupted)
        return -EINTR;
    return wait_for(descriptor, &descriptor->reader, CORO_READ, deadline);
}

int coro_wait_readable(struct coro_descriptor *descriptor, int64_t deadline)
{
    return wait_readable(descriptor, deadline);
}

int coro_wait_writable(struct coro_descriptor *descriptor, int64_t deadline)
{
    return wait_for(descriptor, &descriptor->writer, CORO_WRITE, deadline);
}

void coro_interrupt(struct coro_descriptor *descriptor)
{
    descriptor->interrupted = true;
    if (descriptor->reader)
        task_wake(descriptor->reader, -EINTR);
}

ssize_t coro_receive(struct coro_descriptor *descriptor, void *buffer, size_t size,
                     int64_t deadline)
{
    for (;;) {
        int error =
            descriptor->drained ? wait_readable(descriptor, deadline) : may_wait(descriptor, true);

        if (error)
            return error;

        ssize_t count = recv(descriptor->watch.descriptor, buffer, size, 0);

        descriptor->drained = count < (ssize_t)size;
        if (count >= 0)
            return count;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
}

ssize_t coro_send(struct coro_descriptor *descriptor, const void *bytes, size_t size,
                  int64_t deadline)
{
    int error = may_wait(descriptor, false);

    while (!error) {
        ssize_t count = send(descriptor->watch.descriptor, bytes, size, MSG_NOSIGNAL);

        if (count >= 0)
            return count;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -errno;
        error = coro_wait_writable(descriptor, deadline);
    }
    return error;
}

int coro_accept(struct coro_descriptor *listener, int64_t deadline)
{
    int error = may_wait(listener, true);

    while (!error) {
        int connection =
            accept4(listener->watch.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (connection >= 0)
            return connection;
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN)
            return -errno;
        error = wait_readable(listener, deadline);
    }
    return error;
}

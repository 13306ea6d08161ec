#include "lib/coro/semaphores.h"

#include "lib/coro/waiting.h"

int coro_semaphore_init(struct coro_semaphore *semaphore, struct coro_loop *loop, size_t permits,
                        size_t most)
{
    if (most == 0)
        most = SIZE_MAX;
    if (permits > most)
        return coro_fail(loop, -EINVAL, "a semaphore of at most %zu cannot begin with %zu", most,
                         permits);
    semaphore->loop = loop;
    semaphore->permits = permits;
    semaphore->most = most;
    line_init(&semaphore->line);
    return 0;
}

int coro_semaphore_finish(struct coro_semaphore *semaphore)
{
    return line_finish(&semaphore->line, semaphore->loop);
}

/* While there are permits, nobody waits who could have one. */
int coro_semaphore_acquire(struct coro_semaphore *semaphore)
{
    struct coro_place place = {0};
    int error = task_checkpoint(semaphore->loop, &place.task);

    if (error)
        return error;
    if (semaphore->permits == 0)
        return line_wait(&semaphore->line, &place);
    semaphore->permits--;
    return 0;
}

int coro_semaphore_try(struct coro_semaphore *semaphore)
{
    if (semaphore->permits == 0)
        return -EAGAIN;
    semaphore->permits--;
    return 0;
}

int coro_semaphore_release(struct coro_semaphore *semaphore)
{
    if (semaphore->permits == semaphore->most)
        return coro_fail(semaphore->loop, -EOVERFLOW,
                         "the semaphore has its %zu permits already: one was released that had not "
                         "been acquired",
                         semaphore->most);
    if (!line_call(&semaphore->line, 0))
        semaphore->permits++;
    return 0;
}

size_t coro_semaphore_permits(const struct coro_semaphore *semaphore)
{
    return semaphore->permits;
}

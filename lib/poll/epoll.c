#include "lib/poll/backend.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 256 };

struct watch {
    void *owner;
    unsigned char events;
    bool active;
};

struct epoll_poller {
    struct poller base;
    int epoll;
    int capacity;
    struct watch *watches; /* by descriptor */
    struct epoll_event batch[BATCH];
};

static int create(struct poller **poller)
{
    struct epoll_poller *self = calloc(1, sizeof *self);

    if (!self)
        return -ENOMEM;
    self->base.operations = &poller_epoll;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0) {
        int error = -errno;

        free(self);
        return error;
    }
    *poller = &self->base;
    return 0;
}

static void destroy(struct poller *poller)
{
    struct epoll_poller *self = (struct epoll_poller *)poller;

    close(self->epoll);
    free(self->watches);
    free(self);
}

static int reserve(struct epoll_poller *self, int descriptor)
{
    if (descriptor < self->capacity)
        return 0;

    int capacity = self->capacity ? self->capacity : 64;

    while (capacity <= descriptor)
        capacity *= 2;

    struct watch *watches = reallocarray(self->watches, (size_t)capacity, sizeof self->watches[0]);

    if (!watches)
        return -ENOMEM;
    for (int i = self->capacity; i < capacity; i++)
        watches[i] = (struct watch){0};
    self->watches = watches;
    self->capacity = capacity;
    return 0;
}

static struct watch *find(struct epoll_poller *self, int descriptor)
{
    if (descriptor >= self->capacity || !self->watches[descriptor].active)
        return NULL;
    return &self->watches[descriptor];
}

static int control(struct epoll_poller *self, int operation, int descriptor, unsigned events)
{
    struct epoll_event event = {
        .events = (events & POLLER_READ ? EPOLLIN : 0U) | (events & POLLER_WRITE ? EPOLLOUT : 0U),
        .data.fd = descriptor,
    };

    return epoll_ctl(self->epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

static int add(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    struct epoll_poller *self = (struct epoll_poller *)poller;

    if (find(self, descriptor))
        return -EEXIST;
    if (reserve(self, descriptor) < 0)
        return -ENOMEM;

    int error = control(self, EPOLL_CTL_ADD, descriptor, events);

    if (error)
        return error;
    self->watches[descriptor] = (struct watch){owner, (unsigned char)events, true};
    return 0;
}

static int modify(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    struct epoll_poller *self = (struct epoll_poller *)poller;
    struct watch *watch = find(self, descriptor);

    if (!watch)
        return -ENOENT;
    watch->owner = owner;
    if (watch->events == events)
        return 0;

    int error = control(self, EPOLL_CTL_MOD, descriptor, events);

    if (error)
        return error;
    watch->events = (unsigned char)events;
    return 0;
}

static void forget(struct poller *poller, int descriptor)
{
    struct epoll_poller *self = (struct epoll_poller *)poller;
    struct watch *watch = find(self, descriptor);

    if (!watch)
        return;
    watch->active = false;
    control(self, EPOLL_CTL_DEL, descriptor, 0);
}

static unsigned from_epoll(unsigned asked, unsigned got)
{
    unsigned ready = (got & EPOLLIN ? POLLER_READ : 0U) | (got & EPOLLOUT ? POLLER_WRITE : 0U);

    /* A descriptor may be in error without being readable; who waits for reading must still hear.
     */
    if (got & (EPOLLERR | EPOLLHUP))
        return asked | POLLER_ERROR;
    return ready;
}

static int wait_ready(struct poller *poller, struct poller_event *events, int capacity,
                      int timeout_ms)
{
    struct epoll_poller *self = (struct epoll_poller *)poller;
    int ready = epoll_wait(self->epoll, self->batch, capacity < BATCH ? capacity : BATCH,
                           timeout_ms < 0 ? -1 : timeout_ms);

    if (ready < 0)
        return -errno;
    for (int i = 0; i < ready; i++) {
        const struct watch *watch = &self->watches[self->batch[i].data.fd];

        events[i] =
            (struct poller_event){watch->owner, from_epoll(watch->events, self->batch[i].events)};
    }
    return ready;
}

const struct poller_operations poller_epoll = {
    .name = "epoll",
    .create = create,
    .destroy = destroy,
    .add = add,
    .modify = modify,
    .remove = forget,
    .wait = wait_ready,
};

#include "lib/poll/backend.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

struct poll_poller {
    struct poller base;
    struct pollfd *watched; /* dense, for poll(2) */
    void **owners;          /* of the same index */
    int *places;            /* by descriptor: its index in watched plus one; 0: not watched */
    int count, capacity;
    int places_capacity;
    int next; /* where looking for ready ones begins, so that the first starve no others */
};

static int create(struct poller **poller)
{
    struct poll_poller *self = calloc(1, sizeof *self);

    if (!self)
        return -ENOMEM;
    self->base.operations = &poller_poll;
    *poller = &self->base;
    return 0;
}

static void destroy(struct poller *poller)
{
    struct poll_poller *self = (struct poll_poller *)poller;

    free(self->watched);
    free(self->owners);
    free(self->places);
    free(self);
}

static int reserve_watched(struct poll_poller *self)
{
    if (self->count < self->capacity)
        return 0;

    int capacity = self->capacity ? 2 * self->capacity : 16;
    struct pollfd *watched = reallocarray(self->watched, (size_t)capacity, sizeof self->watched[0]);

    if (!watched)
        return -ENOMEM;
    self->watched = watched;

    void **owners = reallocarray(self->owners, (size_t)capacity, sizeof self->owners[0]);

    if (!owners)
        return -ENOMEM;
    self->owners = owners;
    self->capacity = capacity;
    return 0;
}

static int reserve_place(struct poll_poller *self, int descriptor)
{
    if (descriptor < self->places_capacity)
        return 0;

    int capacity = self->places_capacity ? self->places_capacity : 64;

    while (capacity <= descriptor)
        capacity *= 2;

    int *places = reallocarray(self->places, (size_t)capacity, sizeof self->places[0]);

    if (!places)
        return -ENOMEM;
    for (int i = self->places_capacity; i < capacity; i++)
        places[i] = 0;
    self->places = places;
    self->places_capacity = capacity;
    return 0;
}

/* The index in watched, or -1. */
static int place_of(const struct poll_poller *self, int descriptor)
{
    return descriptor < self->places_capacity ? self->places[descriptor] - 1 : -1;
}

static short to_poll(unsigned events)
{
    return (short)((events & POLLER_READ ? POLLIN : 0) | (events & POLLER_WRITE ? POLLOUT : 0));
}

static unsigned from_poll(short asked, short got)
{
    /* A descriptor may be in error without being readable; who waits for reading must still hear.
     */
    unsigned error = got & (POLLERR | POLLHUP | POLLNVAL);
    unsigned ready = error ? (unsigned)asked : (unsigned)(got & asked);

    return (ready & POLLIN ? POLLER_READ : 0U) | (ready & POLLOUT ? POLLER_WRITE : 0U) |
           (error ? POLLER_ERROR : 0U);
}

static int add(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    struct poll_poller *self = (struct poll_poller *)poller;

    if (place_of(self, descriptor) >= 0)
        return -EEXIST;
    if (reserve_watched(self) < 0 || reserve_place(self, descriptor) < 0)
        return -ENOMEM;
    self->watched[self->count] = (struct pollfd){.fd = descriptor, .events = to_poll(events)};
    self->owners[self->count] = owner;
    self->places[descriptor] = ++self->count;
    return 0;
}

static int modify(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    struct poll_poller *self = (struct poll_poller *)poller;
    int place = place_of(self, descriptor);

    if (place < 0)
        return -ENOENT;
    self->watched[place].events = to_poll(events);
    self->owners[place] = owner;
    return 0;
}

static void forget(struct poller *poller, int descriptor)
{
    struct poll_poller *self = (struct poll_poller *)poller;
    int place = place_of(self, descriptor);

    if (place < 0)
        return;

    int last = --self->count;

    self->watched[place] = self->watched[last];
    self->owners[place] = self->owners[last];
    self->places[self->watched[place].fd] = place + 1;
    self->places[descriptor] = 0;
}

static int wait_ready(struct poller *poller, struct poller_event *events, int capacity,
                      int timeout_ms)
{
    struct poll_poller *self = (struct poll_poller *)poller;
    int ready = poll(self->watched, (nfds_t)self->count, timeout_ms < 0 ? -1 : timeout_ms);

    if (ready < 0)
        return -errno;

    int found = 0;
    int place = self->next < self->count ? self->next : 0;

    for (int left = self->count; left > 0 && found < ready && found < capacity; left--) {
        const struct pollfd *watched = &self->watched[place];

        if (watched->revents)
            events[found++] = (struct poller_event){self->owners[place],
                                                    from_poll(watched->events, watched->revents)};
        if (++place == self->count)
            place = 0;
    }
    self->next = place;
    return found;
}

const struct poller_operations poller_poll = {
    .name = "poll",
    .create = create,
    .destroy = destroy,
    .add = add,
    .modify = modify,
    .remove = forget,
    .wait = wait_ready,
};

#include "lib/poll/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>

/* The bits by descriptor, since an fd_set does not tell "watched for nothing" from "not watched".
 */
enum { WATCHED = 8 };

struct select_poller {
    struct poller base;
    int bound; /* one above the highest watched descriptor */
    int next;  /* where looking for ready ones begins, so that low descriptors starve no others */
    fd_set read_set, write_set;
    unsigned char watch[FD_SETSIZE];
    void *owners[FD_SETSIZE];
};

static int create(struct poller **poller)
{
    struct select_poller *self = calloc(1, sizeof *self);

    if (!self)
        return -ENOMEM;
    self->base.operations = &poller_select;
    *poller = &self->base;
    return 0;
}

static void destroy(struct poller *poller)
{
    free(poller);
}

static void assign(struct select_poller *self, int descriptor, unsigned events, void *owner)
{
    self->watch[descriptor] = (unsigned char)(WATCHED | (events & (POLLER_READ | POLLER_WRITE)));
    self->owners[descriptor] = owner;
    if (events & POLLER_READ)
        FD_SET(descriptor, &self->read_set);
    else
        FD_CLR(descriptor, &self->read_set);
    if (events & POLLER_WRITE)
        FD_SET(descriptor, &self->write_set);
    else
        FD_CLR(descriptor, &self->write_set);
}

static int add(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    struct select_poller *self = (struct select_poller *)poller;

    if (descriptor >= FD_SETSIZE)
        return -ERANGE;
    if (self->watch[descriptor])
        return -EEXIST;
    assign(self, descriptor, events, owner);
    if (descriptor >= self->bound)
        self->bound = descriptor + 1;
    return 0;
}

static int modify(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    struct select_poller *self = (struct select_poller *)poller;

    if (descriptor >= FD_SETSIZE || !self->watch[descriptor])
        return -ENOENT;
    assign(self, descriptor, events, owner);
    return 0;
}

static void forget(struct poller *poller, int descriptor)
{
    struct select_poller *self = (struct select_poller *)poller;

    if (descriptor >= FD_SETSIZE || !self->watch[descriptor])
        return;
    assign(self, descriptor, 0, NULL);
    self->watch[descriptor] = 0;
    while (self->bound > 0 && !self->watch[self->bound - 1])
        self->bound--;
}

static int collect(struct select_poller *self, const fd_set *readable, const fd_set *writable,
                   int ready, struct poller_event *events, int capacity)
{
    int found = 0;
    int descriptor = self->next < self->bound ? self->next : 0;

    /* select counts bits: a descriptor that is ready both ways counts twice. */
    for (int left = self->bound; left > 0 && ready > 0 && found < capacity; left--) {
        unsigned bits = 0;

        if (FD_ISSET(descriptor, readable)) {
            bits |= POLLER_READ;
            ready--;
        }
        if (FD_ISSET(descriptor, writable)) {
            bits |= POLLER_WRITE;
            ready--;
        }
        if (bits)
            events[found++] = (struct poller_event){self->owners[descriptor], bits};
        if (++descriptor == self->bound)
            descriptor = 0;
    }
    self->next = descriptor;
    return found;
}

static int wait_ready(struct poller *poller, struct poller_event *events, int capacity,
                      int timeout_ms)
{
    struct select_poller *self = (struct select_poller *)poller;
    fd_set readable = self->read_set;
    fd_set writable = self->write_set;
    struct timeval limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000L};
    int ready = select(self->bound, &readable, &writable, NULL, timeout_ms < 0 ? NULL : &limit);

    if (ready < 0)
        return -errno;
    return collect(self, &readable, &writable, ready, events, capacity);
}

const struct poller_operations poller_select = {
    .name = "select",
    .create = create,
    .destroy = destroy,
    .add = add,
    .modify = modify,
    .remove = forget,
    .wait = wait_ready,
};

#ifndef POLL_BACKEND_H
#define POLL_BACKEND_H

#include "lib/poll/poller.h"

/* What each way of polling provides to poller.c. The functions are those of poller.h; descriptors
 * have been checked not to be negative. */
struct poller_operations {
    const char *name;
    int (*create)(struct poller **poller);
    void (*destroy)(struct poller *poller);
    int (*add)(struct poller *poller, int descriptor, unsigned events, void *owner);
    int (*modify)(struct poller *poller, int descriptor, unsigned events, void *owner);
    void (*remove)(struct poller *poller, int descriptor);
    int (*wait)(struct poller *poller, struct poller_event *events, int capacity, int timeout_ms);
};

/* The first member of each poller. */
struct poller {
    const struct poller_operations *operations;
};

extern const struct poller_operations poller_select;
extern const struct poller_operations poller_poll;
extern const struct poller_operations poller_epoll;

#endif

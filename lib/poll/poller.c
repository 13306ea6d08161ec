#include "lib/poll/backend.h"

#include <errno.h>
#include <string.h>

static const struct poller_operations *const kinds[] = {
    [POLLER_SELECT] = &poller_select,
    [POLLER_POLL] = &poller_poll,
    [POLLER_EPOLL] = &poller_epoll,
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *poller_name(enum poller_kind kind)
{
    return kinds[kind]->name;
}

int poller_kind_parse(const char *name, enum poller_kind *kind)
{
    for (unsigned i = 0; i < KINDS; i++) {
        if (strcmp(name, kinds[i]->name) == 0) {
            *kind = (enum poller_kind)i;
            return 0;
        }
    }
    return -EINVAL;
}

int poller_create(struct poller **poller, enum poller_kind kind)
{
    if ((unsigned)kind >= KINDS)
        return -EINVAL;
    return kinds[kind]->create(poller);
}

void poller_destroy(struct poller *poller)
{
    if (poller)
        poller->operations->destroy(poller);
}

int poller_add(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    if (descriptor < 0)
        return -EBADF;
    return poller->operations->add(poller, descriptor, events, owner);
}

int poller_modify(struct poller *poller, int descriptor, unsigned events, void *owner)
{
    if (descriptor < 0)
        return -ENOENT;
    return poller->operations->modify(poller, descriptor, events, owner);
}

void poller_remove(struct poller *poller, int descriptor)
{
    if (descriptor >= 0)
        poller->operations->remove(poller, descriptor);
}

int poller_wait(struct poller *poller, struct poller_event *events, int capacity, int timeout_ms)
{
    if (capacity <= 0)
        return -EINVAL;
    return poller->operations->wait(poller, events, capacity, timeout_ms);
}

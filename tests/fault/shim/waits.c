#include "tests/fault/shim/decide.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

/* The calls that wait: interrupted before they begin, as by a signal that comes early. */

int poll(struct pollfd *watched, nfds_t count, int timeout)
{
    int error;

    return shim_fails(SHIM_WAIT, &error) ? -1 : NEXT(poll)(watched, count, timeout);
}

int ppoll(struct pollfd *watched, nfds_t count, const struct timespec *timeout,
          const sigset_t *signals)
{
    int error;

    return shim_fails(SHIM_WAIT, &error) ? -1 : NEXT(ppoll)(watched, count, timeout, signals);
}

int select(int bound, fd_set *restrict readable, fd_set *restrict writable,
           fd_set *restrict exceptional, struct timeval *restrict timeout)
{
    int error;

    if (shim_fails(SHIM_WAIT, &error))
        return -1;
    return NEXT(select)(bound, readable, writable, exceptional, timeout);
}

int pselect(int bound, fd_set *restrict readable, fd_set *restrict writable,
            fd_set *restrict exceptional, const struct timespec *restrict timeout,
            const sigset_t *restrict signals)
{
    int error;

    if (shim_fails(SHIM_WAIT, &error))
        return -1;
    return NEXT(pselect)(bound, readable, writable, exceptional, timeout, signals);
}

int epoll_wait(int epoll, struct epoll_event *events, int capacity, int timeout)
{
    int error;

    return shim_fails(SHIM_WAIT, &error) ? -1 : NEXT(epoll_wait)(epoll, events, capacity, timeout);
}

int epoll_pwait(int epoll, struct epoll_event *events, int capacity, int timeout,
                const sigset_t *signals)
{
    int error;

    if (shim_fails(SHIM_WAIT, &error))
        return -1;
    return NEXT(epoll_pwait)(epoll, events, capacity, timeout, signals);
}

int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event)
{
    int error;

    if (operation == EPOLL_CTL_ADD && shim_fails(SHIM_WATCH, &error))
        return -1;
    return NEXT(epoll_ctl)(epoll, operation, descriptor, event);
}

#ifndef TESTS_FAULT_SHIM_CONTROL_H
#define TESTS_FAULT_SHIM_CONTROL_H

#include <stdatomic.h>

/*
 * What a test tells the shim and the shim tells the test, in a file that both have mapped: so a
 * fault is armed when the server is ready and not before, one server goes through many faults, and
 * the test knows how many of them it really met. Processes that the server forks share it.
 */

/* Names the file to the shim. */
#define SHIM_CONTROL_VARIABLE "FIBSERVER_TEST_SHIM"

/* The calls that fail, in groups of those that do the same thing. */
enum shim_calls {
    SHIM_ACCEPT = 1 << 0,     /* accept, accept4 */
    SHIM_RECEIVE = 1 << 1,    /* read, readv, recv, recvfrom, recvmsg; of sockets only */
    SHIM_SEND = 1 << 2,       /* write, writev, send, sendto, sendmsg; of sockets only */
    SHIM_WAIT = 1 << 3,       /* poll, ppoll, select, pselect, epoll_wait, epoll_pwait */
    SHIM_WATCH = 1 << 4,      /* epoll_ctl that adds a descriptor */
    SHIM_MEMORY = 1 << 5,     /* malloc, calloc, realloc, reallocarray */
    SHIM_MAP = 1 << 6,        /* mmap */
    SHIM_THREAD = 1 << 7,     /* pthread_create */
    SHIM_FORK = 1 << 8,       /* fork */
    SHIM_DESCRIPTOR = 1 << 9, /* socket, eventfd, epoll_create, epoll_create1, pipe2, F_DUPFD */
    SHIM_LISTEN = 1 << 10,    /* bind, listen */
};

/* Instead of an errno: the call succeeds, for one byte. Receiving and sending only. */
enum { SHIM_ONE_BYTE = -1 };

struct shim_control {
    atomic_uint calls; /* of enum shim_calls; 0: nothing fails. Written last */
    int error;         /* an errno, or SHIM_ONE_BYTE */
    long first;        /* the call that fails first, counted from 1 */
    long every;        /* and one of so many behind it; 0: none */
    atomic_long seen;  /* how many of these calls there were */
    atomic_long fired; /* how many of them failed */
};

#endif

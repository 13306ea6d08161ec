#include "tests/fault/shim/decide.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* The calls that ask the system for something: connections, descriptors, threads, processes, pages.
 */

int accept(int listener, struct sockaddr *restrict address, socklen_t *restrict length)
{
    int error;

    return shim_fails(SHIM_ACCEPT, &error) ? -1 : NEXT(accept)(listener, address, length);
}

int accept4(int listener, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    int error;

    return shim_fails(SHIM_ACCEPT, &error) ? -1 : NEXT(accept4)(listener, address, length, flags);
}

int socket(int family, int type, int protocol)
{
    int error;

    return shim_fails(SHIM_DESCRIPTOR, &error) ? -1 : NEXT(socket)(family, type, protocol);
}

int eventfd(unsigned initial, int flags)
{
    int error;

    return shim_fails(SHIM_DESCRIPTOR, &error) ? -1 : NEXT(eventfd)(initial, flags);
}

int epoll_create(int size)
{
    int error;

    return shim_fails(SHIM_DESCRIPTOR, &error) ? -1 : NEXT(epoll_create)(size);
}

int epoll_create1(int flags)
{
    int error;

    return shim_fails(SHIM_DESCRIPTOR, &error) ? -1 : NEXT(epoll_create1)(flags);
}

int pipe2(int ends[2], int flags)
{
    int error;

    return shim_fails(SHIM_DESCRIPTOR, &error) ? -1 : NEXT(pipe2)(ends, flags);
}

/* The third argument, where there is one, is passed in a register whatever it is. */
static bool duplicate_fails(int operation)
{
    int error;

    return (operation == F_DUPFD || operation == F_DUPFD_CLOEXEC) &&
           shim_fails(SHIM_DESCRIPTOR, &error);
}

#undef fcntl
int fcntl(int descriptor, int operation, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, operation);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return duplicate_fails(operation) ? -1 : NEXT(fcntl)(descriptor, operation, argument);
}

int fcntl64(int descriptor, int operation, ...);

int fcntl64(int descriptor, int operation, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, operation);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return duplicate_fails(operation) ? -1 : NEXT(fcntl)(descriptor, operation, argument);
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int error;

    return shim_fails(SHIM_LISTEN, &error) ? -1 : NEXT(bind)(descriptor, address, length);
}

int listen(int descriptor, int backlog)
{
    int error;

    return shim_fails(SHIM_LISTEN, &error) ? -1 : NEXT(listen)(descriptor, backlog);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*start)(void *), void *restrict argument)
{
    int before = errno, error;

    if (!shim_fails(SHIM_THREAD, &error))
        return NEXT(pthread_create)(thread, attributes, start, argument);
    errno = before;
    return error;
}

pid_t fork(void)
{
    int error;

    return shim_fails(SHIM_FORK, &error) ? -1 : NEXT(fork)();
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    int error;

    if (shim_fails(SHIM_MAP, &error))
        return MAP_FAILED;
    return NEXT(mmap)(address, length, protection, flags, descriptor, offset);
}

/* The name that programs with large offsets call; here every offset is large. */
_Static_assert(sizeof(off_t) == 8, "mmap and mmap64 must be the same");

void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset);

void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    return mmap(address, length, protection, flags, descriptor, offset);
}

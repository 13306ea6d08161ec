#include "tests/fault/shim/decide.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The calls that move bytes. Each fails, or moves one byte, or goes through as it came. */

static size_t shorten(size_t length, int error)
{
    return error == SHIM_ONE_BYTE && length > 1 ? 1 : length;
}

ssize_t read(int descriptor, void *bytes, size_t length)
{
    int error = 0;

    if (shim_fails_on(SHIM_RECEIVE, descriptor, &error) && error != SHIM_ONE_BYTE)
        return -1;
    return NEXT(read)(descriptor, bytes, shorten(length, error));
}

ssize_t recv(int descriptor, void *bytes, size_t length, int flags)
{
    int error = 0;

    if (shim_fails_on(SHIM_RECEIVE, descriptor, &error) && error != SHIM_ONE_BYTE)
        return -1;
    return NEXT(recv)(descriptor, bytes, shorten(length, error), flags);
}

ssize_t recvfrom(int descriptor, void *restrict bytes, size_t length, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict address_length)
{
    int error = 0;

    if (shim_fails_on(SHIM_RECEIVE, descriptor, &error) && error != SHIM_ONE_BYTE)
        return -1;
    return NEXT(recvfrom)(descriptor, bytes, shorten(length, error), flags, address,
                          address_length);
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    int error = 0;

    if (shim_fails_on(SHIM_SEND, descriptor, &error) && error != SHIM_ONE_BYTE)
        return -1;
    return NEXT(write)(descriptor, bytes, shorten(length, error));
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
    int error = 0;

    if (shim_fails_on(SHIM_SEND, descriptor, &error) && error != SHIM_ONE_BYTE)
        return -1;
    return NEXT(send)(descriptor, bytes, shorten(length, error), flags);
}

ssize_t sendto(int descriptor, const void *bytes, size_t length, int flags,
               const struct sockaddr *address, socklen_t address_length)
{
    int error = 0;

    if (shim_fails_on(SHIM_SEND, descriptor, &error) && error != SHIM_ONE_BYTE)
        return -1;
    return NEXT(sendto)(descriptor, bytes, shorten(length, error), flags, address, address_length);
}

/* One byte of the first part that has any. */
static struct iovec first_byte(const struct iovec *parts, size_t count)
{
    while (count > 1 && parts->iov_len == 0) {
        parts++;
        count--;
    }
    return (struct iovec){parts->iov_base, shorten(parts->iov_len, SHIM_ONE_BYTE)};
}

ssize_t readv(int descriptor, const struct iovec *parts, int count)
{
    struct iovec one;
    int error = 0;

    if (!shim_fails_on(SHIM_RECEIVE, descriptor, &error))
        return NEXT(readv)(descriptor, parts, count);
    if (error != SHIM_ONE_BYTE)
        return -1;
    one = first_byte(parts, (size_t)count);
    return NEXT(readv)(descriptor, &one, 1);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    struct iovec one;
    int error = 0;

    if (!shim_fails_on(SHIM_SEND, descriptor, &error))
        return NEXT(writev)(descriptor, parts, count);
    if (error != SHIM_ONE_BYTE)
        return -1;
    one = first_byte(parts, (size_t)count);
    return NEXT(writev)(descriptor, &one, 1);
}

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    struct iovec *parts = message->msg_iov, one;
    size_t count = message->msg_iovlen;
    int error = 0;
    ssize_t moved;

    if (!shim_fails_on(SHIM_RECEIVE, descriptor, &error))
        return NEXT(recvmsg)(descriptor, message, flags);
    if (error != SHIM_ONE_BYTE)
        return -1;
    one = first_byte(parts, count);
    message->msg_iov = &one;
    message->msg_iovlen = 1;
    moved = NEXT(recvmsg)(descriptor, message, flags);
    message->msg_iov = parts;
    message->msg_iovlen = count;
    return moved;
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    struct msghdr shortened = *message;
    struct iovec one;
    int error = 0;

    if (!shim_fails_on(SHIM_SEND, descriptor, &error))
        return NEXT(sendmsg)(descriptor, message, flags);
    if (error != SHIM_ONE_BYTE)
        return -1;
    one = first_byte(message->msg_iov, message->msg_iovlen);
    shortened.msg_iov = &one;
    shortened.msg_iovlen = 1;
    return NEXT(sendmsg)(descriptor, &shortened, flags);
}

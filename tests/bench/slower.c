/*
 * Makes a server slower on purpose, to see whether fibbench finds it: preloaded, it spends
 * SLOWER_NANOSECONDS of CPU time in front of each call with which an answer may be sent. The calls
 * go to the kernel directly, since looking up the C library's own takes as long as a delay may be.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void delay(void)
{
    long long begun = now();
    const char *text = getenv("SLOWER_NANOSECONDS");
    long long end = begun + (text != NULL ? strtoll(text, NULL, 10) : 0);

    while (now() < end)
        continue;
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
    delay();
    return syscall(SYS_sendto, descriptor, bytes, length, flags, NULL, 0);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    delay();
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    delay();
    return syscall(SYS_write, descriptor, bytes, length);
}

ssize_t writev(int descriptor, const struct iovec *vector, int count)
{
    delay();
    return syscall(SYS_writev, descriptor, vector, count);
}

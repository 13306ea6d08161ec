#include "src/activation.h"

#include "common/number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_DESCRIPTOR = 3 };

static int read_count(const char *name, const char *text, long *value,
                      char reason[static ACTIVATION_REASON])
{
    if (number_parse(text, 0, INT_MAX, value) == 0)
        return 0;
    snprintf(reason, ACTIVATION_REASON, "%s is '%.40s', which is no number from 0 to %d", name,
             text, INT_MAX);
    return -EINVAL;
}

static int take(const char *pid_text, const char *count_text, int *descriptor,
                char reason[static ACTIVATION_REASON])
{
    long pid, count;

    *descriptor = -1;
    if (pid_text == NULL || count_text == NULL)
        return 0;
    if (read_count("LISTEN_PID", pid_text, &pid, reason) < 0)
        return -EINVAL;
    if (pid != getpid())
        return 0; /* meant for a process that this one comes from */
    if (read_count("LISTEN_FDS", count_text, &count, reason) < 0)
        return -EINVAL;
    if (count == 0)
        return 0;
    if (count > 1) {
        snprintf(reason, ACTIVATION_REASON,
                 "LISTEN_FDS is %ld, and exactly one listening socket can be used", count);
        return -EINVAL;
    }
    if (fcntl(FIRST_DESCRIPTOR, F_SETFD, FD_CLOEXEC) < 0) {
        snprintf(reason, ACTIVATION_REASON, "LISTEN_FDS is 1, but descriptor %d is not open",
                 FIRST_DESCRIPTOR);
        return -EINVAL;
    }
    *descriptor = FIRST_DESCRIPTOR;
    return 0;
}

int activation_take(int *descriptor, char reason[static ACTIVATION_REASON])
{
    int error = take(getenv("LISTEN_PID"), getenv("LISTEN_FDS"), descriptor, reason);

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return error;
}

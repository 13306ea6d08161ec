#include "common/cpulist.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int read_cpu(const char **text, long *cpu)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return -EINVAL;
    errno = 0;
    *cpu = strtol(*text, &end, 10);
    if (errno == ERANGE || *cpu >= CPU_SETSIZE)
        return -ERANGE;
    *text = end;
    return 0;
}

static int read_range(const char **text, cpu_set_t *cpus)
{
    long first, last, step = 1;
    int error = read_cpu(text, &first);

    if (error < 0)
        return error;
    last = first;
    if (**text == '-') {
        ++*text;
        error = read_cpu(text, &last);
        if (error == 0 && **text == ':') {
            ++*text;
            error = read_cpu(text, &step);
        }
    }
    if (error < 0)
        return error;
    if (last < first || step == 0)
        return -EINVAL;
    for (; first <= last; first += step)
        CPU_SET((size_t)first, cpus);
    return 0;
}

int cpulist_parse(const char *text, cpu_set_t *cpus)
{
    cpu_set_t parsed;
    int error;

    CPU_ZERO(&parsed);
    for (;;) {
        error = read_range(&text, &parsed);
        if (error < 0)
            return error;
        if (*text == '\0')
            break;
        if (*text != ',')
            return -EINVAL;
        text++;
    }
    *cpus = parsed;
    return 0;
}

char *cpulist_format(const cpu_set_t *cpus, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t first = 0; first < CPU_SETSIZE; first++) {
        size_t last = first;

        if (!CPU_ISSET(first, cpus))
            continue;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus))
            last++;
        if (used < size)
            used +=
                (size_t)snprintf(text + used, size - used, first == last ? "%s%zu" : "%s%zu-%zu",
                                 used > 0 ? "," : "", first, last);
        first = last;
    }
    return text;
}

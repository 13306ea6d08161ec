#include "bench/steal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* user, nice, system, idle, iowait, irq, softirq, steal. */
enum { STEAL_FIELD = 8 };

double steal_of_text(const char *text, double ticks)
{
    static const char LABEL[] = "cpu ";
    unsigned long long value = 0;
    char *end;

    if (strncmp(text, LABEL, strlen(LABEL)) != 0)
        return 0;
    text += strlen(LABEL);
    for (int field = 0; field < STEAL_FIELD; field++, text = end) {
        value = strtoull(text, &end, 10);
        if (end == text)
            return 0;
    }
    return (double)value / ticks;
}

double steal_seconds(void)
{
    FILE *file = fopen("/proc/stat", "re");
    long ticks = sysconf(_SC_CLK_TCK);
    char line[512] = "";
    double seconds = 0;

    if (file == NULL)
        return 0;
    if (fgets(line, sizeof(line), file) != NULL && ticks > 0)
        seconds = steal_of_text(line, (double)ticks);
    fclose(file);
    return seconds;
}

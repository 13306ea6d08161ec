#ifndef COMMON_CPULIST_H
#define COMMON_CPULIST_H

#include <sched.h>
#include <stddef.h>

/*
 * Reads a list of CPUs as taskset writes it: "0", "0,2", "0-3", "0-7:2" (every second one). Returns
 * 0 and fills *cpus; -EINVAL where the text is no such list; -ERANGE where a CPU is beyond
 * CPU_SETSIZE. Whether those CPUs exist is for the kernel to say.
 */
int cpulist_parse(const char *text, cpu_set_t *cpus);

/*
 * Writes the set in the same form into text, cut short where it does not fit, always ended by NUL.
 * Returns text.
 */
char *cpulist_format(const cpu_set_t *cpus, char *text, size_t size);

#endif

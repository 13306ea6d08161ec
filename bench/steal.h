#ifndef BENCH_STEAL_H
#define BENCH_STEAL_H

/*
 * CPU time that a virtual machine's host gave to others while this machine wanted it, of all CPUs
 * together, in seconds since the start; 0 where the kernel does not say. proc(5), /proc/stat.
 */
double steal_seconds(void);

/* The same from the text of /proc/stat, with so many ticks per second. */
double steal_of_text(const char *text, double ticks);

#endif

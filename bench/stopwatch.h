#ifndef BENCH_STOPWATCH_H
#define BENCH_STOPWATCH_H

/*
 * The subcommand `fibbench stopwatch COMMAND...`, which fibbench run starts web clients with: a
 * process of its own, so that the kernel's account of its one child is the client's alone. Runs the
 * command with its output thrown away and its complaints passed on, and prints a line of JSON:
 * {"seconds" (from its start until it was collected), "user", "system" (CPU seconds, with those of
 * its children that it waited for), "resident_bytes" (the most at a time, of any one process),
 * "voluntary_switches", "involuntary_switches", "status", "signal"}. The soft limit of descriptors
 * is raised to the hard one, 65536 at most, as a user would for many URLs.
 */
int command_stopwatch(int count, char **arguments);

#endif

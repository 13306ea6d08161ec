#ifndef BENCH_PROCESS_TREE_H
#define BENCH_PROCESS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A process and its descendants, as /proc shows them: a server with workers of its own is one
 * server. Where the kernel does not list children (CONFIG_PROC_CHILDREN) it is the process alone.
 */

/* More processes than that are not looked at. */
enum { PROCESS_TREE_MOST = 1024 };

/* Calls visit for the process, then for each of its descendants. */
void process_tree_each(pid_t process, void (*visit)(pid_t process, void *context), void *context);

/* Calls visit for each of their threads. */
void process_tree_each_thread(pid_t process,
                              void (*visit)(pid_t process, pid_t thread, void *context),
                              void *context);

/*
 * Reads /proc/PROCESS/name, or where thread is not 0 that of the thread, as text ended by NUL, cut
 * at size. Returns false where it cannot be read.
 */
bool process_tree_read(pid_t process, pid_t thread, const char *name, char *text, size_t size);

#endif

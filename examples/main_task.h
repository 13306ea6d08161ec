#ifndef EXAMPLES_MAIN_TASK_H
#define EXAMPLES_MAIN_TASK_H

#include "lib/coro/coro.h"

/*
 * Runs a function as the first task of a loop of its own, on epoll, and closes the loop: the main
 * function of most examples. Returns the exit status for main, and says on standard error what the
 * function has failed with.
 */
int run_main_task(coro_function *function, void *argument);

/* Seconds, as the loop counts time. */
#define SECONDS(number) ((int64_t)((number)*1e9))

/* Seconds on a clock that only goes forward, to tell how long something took. */
double seconds_now(void);

#endif

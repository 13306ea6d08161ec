/*
 * Three tasks print, each at a period of its own. A task begins when whoever has started it next
 * suspends, and goes on without anybody waiting for it.
 */

#include "examples/main_task.h"

#include <stdio.h>

#define UNIT SECONDS(0.06)

struct printer {
    const char *name;
    int period; /* in units */
    int times;
};

static struct printer printers[] = {
    {.name = "every 3 units", .period = 3, .times = 5},
    {.name = "every 7 units", .period = 7, .times = 2},
    {.name = "every 11 units", .period = 11, .times = 1},
};

enum { COUNT = sizeof(printers) / sizeof(printers[0]) };

static int print_periodically(struct coro_loop *loop, void *argument)
{
    const struct printer *printer = argument;

    for (int i = 1; i <= printer->times; i++) {
        int error = coro_sleep(loop, printer->period * UNIT);

        if (error != 0)
            return error;
        printf("%s: %d of %d\n", printer->name, i, printer->times);
    }
    return 0;
}

static int start_printers(struct coro_loop *loop, void *argument)
{
    struct coro_task *tasks[COUNT] = {NULL};
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        error = coro_spawn(loop, &tasks[i], printers[i].name, print_periodically, &printers[i]);
    printf("%zu tasks, and none has begun but this one\n", coro_loop_tasks(loop));
    for (size_t i = 0; i < COUNT; i++) {
        if (tasks[i] != NULL && error == 0)
            error = coro_join(tasks[i], CORO_FOREVER, NULL);
        coro_release(tasks[i]);
    }
    printf("%zu task is left\n", coro_loop_tasks(loop));
    return error;
}

int main(void)
{
    return run_main_task(start_printers, NULL);
}

/*
 * Generators: an iterator written as a function that goes on where it was. It runs in the task that
 * asks, so it may sleep like any other; and one generator can be mapped over another.
 */

#include "examples/main_task.h"
#include "lib/coro/generator.h"

#include <errno.h>
#include <stdio.h>

/* 1, 2, 3 and so on, each after a pause. */
static int count_slowly(struct coro_generator *generator, void *argument)
{
    struct coro_loop *loop = coro_generator_loop(generator);
    int error = 0;

    for (int number = 1; error == 0; number++) {
        error = coro_sleep(loop, SECONDS(0.001));
        if (error == 0)
            error = coro_emit(generator, &number, NULL);
    }
    if (error == -ECANCELED)
        printf("the source is told that nobody needs more\n");
    return error;
}

/* A source's numbers and what function makes of them. */
struct mapping {
    struct coro_generator *source;
    int (*function)(int number);
};

static int map(struct coro_generator *generator, void *argument)
{
    const struct mapping *mapping = argument;
    void *number;
    int status;

    while ((status = coro_generator_next(mapping->source, &number)) == 1) {
        int mapped = mapping->function(*(int *)number);
        int error = coro_emit(generator, &mapped, NULL);

        if (error != 0)
            return error;
    }
    return status;
}

static int square(int number)
{
    return number * number;
}

static int take(struct coro_generator *generator, int count)
{
    void *value;
    int status = 1;

    for (; count > 0 && status == 1; count--) {
        status = coro_generator_next(generator, &value);
        if (status == 1)
            printf("%d\n", *(int *)value);
    }
    return status < 0 ? status : 0;
}

static int take_squares(struct coro_loop *loop, void *argument)
{
    struct mapping squares = {.function = square};
    struct coro_generator *mapped = NULL;
    int error = coro_generator_create(&squares.source, loop, "numbers", count_slowly, NULL);

    if (error != 0)
        return error;
    error = coro_generator_create(&mapped, loop, "squares", map, &squares);
    if (error == 0)
        error = take(mapped, 5);
    /* Both have more to give; whoever needs it no longer destroys them, the consumer first. */
    coro_generator_destroy(mapped);
    coro_generator_destroy(squares.source);
    return error;
}

int main(void)
{
    return run_main_task(take_squares, NULL);
}

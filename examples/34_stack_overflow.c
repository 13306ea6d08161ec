/*
 * A recursion of a million calls in a task of a small stack. The page below the stack cannot be
 * touched, so nothing is overwritten: the program ends by SIGSEGV, after a line on standard error
 * that names the task and the size of its stack.
 */

#include "lib/coro/engine_poll.h"
#include "lib/coro/future.h"

#include <stdio.h>
#include <stdlib.h>

/* volatile: no compiler makes a loop of it. */
static int dig_deeper(const volatile int *above)
{
    volatile int depth = *above + 1;

    return depth == 1000 * 1000 ? 0 : dig_deeper(&depth) + depth;
}

static int dig(struct coro_loop *loop, void *argument)
{
    volatile int depth = 0;

    return dig_deeper(&depth);
}

int main(void)
{
    struct coro_loop_options options = {.stack_size = CORO_STACK_MINIMUM};
    struct coro_engine *engine;
    struct coro_loop *loop;

    if (coro_engine_poll_create(&engine, NULL) != 0)
        return EXIT_FAILURE;
    if (coro_loop_create(&loop, engine, &options) != 0) {
        coro_engine_destroy(engine);
        return EXIT_FAILURE;
    }
    printf("digging\n");
    fflush(stdout); /* what is in stdio's buffer ends with the program */
    coro_run(loop, "mole", dig, NULL);
    printf("never printed\n");
    coro_loop_close(loop, 0);
    return EXIT_SUCCESS;
}

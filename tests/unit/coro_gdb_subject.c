/* What the test of the gdb script looks at: tasks suspended at known places, then a crash. */
#include "lib/coro/coro.h"
#include "lib/coro/engine_poll.h"
#include "lib/coro/generator.h"

#include <stdlib.h>

#define LONG_TIME INT64_C(60000000000)

static __attribute__((noinline)) int wait_for_spring(struct coro_loop *loop)
{
    return coro_sleep(loop, LONG_TIME) + 1;
}

static int hibernate(struct coro_loop *loop, void *argument)
{
    return wait_for_spring(loop) + 1;
}

static int emit_slowly(struct coro_generator *generator, void *argument)
{
    return coro_sleep(coro_generator_loop(generator), LONG_TIME) + 1;
}

static int consume(struct coro_loop *loop, void *argument)
{
    struct coro_generator *generator;
    void *value;
    int status = coro_generator_create(&generator, loop, NULL, emit_slowly, NULL);

    if (!status)
        status = coro_generator_next(generator, &value);
    return status + 1;
}

static int crash(struct coro_loop *loop, void *argument)
{
    coro_sleep(loop, 1000000);
    abort();
}

int main(void)
{
    const struct coro_loop_options options = {.stack_size = 64 * 1024};
    struct coro_engine *engine;
    struct coro_loop *loop;

    if (coro_engine_poll_create(&engine, NULL) != 0 ||
        coro_loop_create(&loop, engine, &options) != 0 ||
        coro_spawn(loop, NULL, "bear", hibernate, NULL) != 0 ||
        coro_spawn(loop, NULL, "consumer", consume, NULL) != 0 ||
        coro_spawn(loop, NULL, "culprit", crash, NULL) != 0)
        return EXIT_FAILURE;
    return coro_loop_run(loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

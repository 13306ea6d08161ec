#ifndef TESTS_UNIT_CORO_FIXTURE_H
#define TESTS_UNIT_CORO_FIXTURE_H

/* A loop on the chosen engine, for tests of what tasks do with each other. They write down letters
 * in the order of what happens. */

#include "lib/coro/coro.h"
#include "lib/coro/future.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND INT64_C(1000000)

struct fixture {
    struct coro_loop *loop;
    char log[128];
    int logged;
    int complaints;
    char complaint[512]; /* the last one */
};

static inline void keep_complaint(void *context, const char *sentence)
{
    struct fixture *fixture = context;

    fixture->complaints++;
    snprintf(fixture->complaint, sizeof fixture->complaint, "%s", sentence);
}

static inline int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct coro_loop_options options = {.complain = keep_complaint, .complain_context = fixture};

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), &options), 0);
    *state = fixture;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

static inline void note(struct fixture *fixture, char letter)
{
    assert_true(fixture->logged < (int)sizeof fixture->log - 1);
    fixture->log[fixture->logged++] = letter;
}

/* The caller releases it. */
static inline struct coro_task *start(struct coro_loop *loop, coro_function *function,
                                      void *argument)
{
    struct coro_task *task;

    assert_int_equal(coro_spawn(loop, &task, NULL, function, argument), 0);
    return task;
}

/* Nobody waits for it. */
static inline void detach(struct coro_loop *loop, coro_function *function, void *argument)
{
    coro_release(start(loop, function, argument));
}

/* Runs the function as a task until no task is left. It must have come to its end. */
static inline void run(struct fixture *fixture, coro_function *function, void *argument)
{
    struct coro_task *task = start(fixture->loop, function, argument);
    int result = -1;

    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(coro_join(task, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 0);
    coro_release(task);
}

/* Waits for a task, returns what it returned, and releases it. */
static inline int join(struct coro_task *task)
{
    int result = 0;

    assert_int_equal(coro_join(task, CORO_FOREVER, &result), 0);
    coro_release(task);
    return result;
}

/* Has whatever is ready go on as far as it can: tasks that wake each other, several turns. */
static inline void settle(struct coro_loop *loop)
{
    for (int i = 0; i < 10; i++)
        assert_int_equal(coro_yield(loop), 0);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif

/* Generators: values in and out, delegation, ends and errors, inside and outside of tasks. */
#include "lib/coro/future.h"
#include "lib/coro/generator.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND INT64_C(1000000)

struct fixture {
    struct coro_loop *loop;
    struct coro_generator *inner;
    char log[64];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

static void note(struct fixture *fixture, const char *text)
{
    strncat(fixture->log, text, sizeof fixture->log - strlen(fixture->log) - 1);
}

static struct coro_generator *create(struct fixture *fixture, coro_generator_function *function)
{
    struct coro_generator *generator;

    assert_int_equal(coro_generator_create(&generator, fixture->loop, NULL, function, fixture), 0);
    return generator;
}

static int emit_letters(struct coro_generator *generator, void *argument)
{
    static char letters[] = "abc";

    for (int i = 0; i < 3; i++) {
        int error = coro_emit(generator, &letters[i], NULL);

        if (error) {
            note(argument, "closed");
            return error;
        }
    }
    return coro_generator_return(generator, &letters[2]);
}

static int collect(struct fixture *fixture, struct coro_generator *generator)
{
    void *value;
    int status;

    while ((status = coro_generator_next(generator, &value)) > 0)
        note(fixture, (char[]){*(char *)value, '\0'});
    return status;
}

static void hands_out_values_and_a_result(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator = create(fixture, emit_letters);
    void *value;

    assert_null(coro_generator_result(generator));
    assert_int_equal(collect(fixture, generator), 0);
    assert_string_equal(fixture->log, "abc");
    assert_int_equal(*(char *)coro_generator_result(generator), 'c');
    assert_int_equal(coro_generator_next(generator, &value), 0);
    coro_generator_destroy(generator);
}

static void is_closed_when_destroyed_early(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator = create(fixture, emit_letters);
    void *value;

    coro_generator_destroy(create(fixture, emit_letters));
    assert_string_equal(fixture->log, "");
    assert_int_equal(coro_generator_next(generator, &value), 1);
    coro_generator_destroy(generator);
    assert_string_equal(fixture->log, "closed");
}

static int sum_up(struct coro_generator *generator, void *argument)
{
    static intptr_t sum;
    void *sent;

    sum = 0;
    while (coro_emit(generator, &sum, &sent) == 0)
        sum += (intptr_t)sent;
    return 0;
}

static void takes_what_is_sent(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator = create(fixture, sum_up);
    void *value;

    assert_int_equal(coro_generator_send(generator, fixture, &value), -EINVAL);
    assert_int_equal(coro_generator_next(generator, &value), 1);
    assert_int_equal(coro_generator_send(generator, (void *)20, &value), 1);
    assert_int_equal(coro_generator_send(generator, (void *)22, &value), 1);
    assert_int_equal(*(intptr_t *)value, 42);
    coro_generator_destroy(generator);
}

static int delegate(struct coro_generator *generator, void *argument)
{
    struct fixture *fixture = argument;
    void *result = NULL;
    int status = coro_delegate(generator, fixture->inner, &result);

    if (status)
        return status;
    return coro_emit(generator, result, NULL);
}

static void delegates_to_another(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator;

    fixture->inner = create(fixture, emit_letters);
    generator = create(fixture, delegate);
    assert_int_equal(collect(fixture, generator), 0);
    assert_string_equal(fixture->log, "abcc");
    coro_generator_destroy(generator);
    coro_generator_destroy(fixture->inner);
}

static void passes_on_what_is_sent(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator;
    void *value;

    fixture->inner = create(fixture, sum_up);
    generator = create(fixture, delegate);
    assert_int_equal(coro_generator_next(generator, &value), 1);
    assert_int_equal(coro_generator_send(generator, (void *)5, &value), 1);
    assert_int_equal(*(intptr_t *)value, 5);
    coro_generator_destroy(generator);
    coro_generator_destroy(fixture->inner);
}

static int fail_after_one(struct coro_generator *generator, void *argument)
{
    coro_emit(generator, argument, NULL);
    return -EIO;
}

static void tells_its_failure_once(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator = create(fixture, fail_after_one);
    void *value;

    assert_int_equal(coro_generator_next(generator, &value), 1);
    assert_int_equal(coro_generator_next(generator, &value), -EIO);
    assert_int_equal(coro_generator_next(generator, &value), 0);
    coro_generator_destroy(generator);
}

static int emit_and_sleep(struct coro_generator *generator, void *argument)
{
    static char letters[] = "xyz";

    for (int i = 0; i < 3; i++) {
        int error = coro_sleep(coro_generator_loop(generator), MILLISECOND);

        if (!error)
            error = coro_emit(generator, &letters[i], NULL);
        if (error)
            return error;
    }
    return 0;
}

static int consume(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_generator *generator = create(fixture, emit_and_sleep);
    int status = collect(fixture, generator);

    coro_generator_destroy(generator);
    return status;
}

static int count_to_three(struct coro_loop *loop, void *argument)
{
    for (int i = 0; i < 3; i++) {
        note(argument, "-");
        coro_sleep(loop, MILLISECOND);
    }
    return 0;
}

static void suspends_its_task(void **state)
{
    struct fixture *fixture = *state;
    size_t dashes = 0;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, consume, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, count_to_three, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    for (const char *at = fixture->log; *at != '\0'; at++)
        dashes += *at == '-';
    assert_int_equal(dashes, 3);
    assert_int_equal(strlen(fixture->log), 6);
    assert_int_equal(fixture->log[0], '-');
    assert_non_null(strchr(fixture->log, 'z'));
}

static int consume_cancelled(struct coro_loop *loop, void *argument)
{
    coro_cancel(coro_self(loop));
    return consume(loop, argument);
}

static void cancellation_of_the_task_reaches_it(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, NULL, consume_cancelled, fixture), -ECANCELED);
    assert_string_equal(fixture->log, "");
}

static int ask_oneself(struct coro_generator *generator, void *argument)
{
    struct fixture *fixture = argument;
    void *value;

    assert_int_equal(coro_generator_next(generator, &value), -EBUSY);
    assert_int_equal(coro_delegate(generator, generator, NULL), -EDEADLK);
    assert_int_equal(coro_sleep(fixture->loop, MILLISECOND), -EPERM);
    return 0;
}

static void misuse_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct coro_generator *generator = create(fixture, ask_oneself);
    void *value;

    assert_int_equal(coro_emit(generator, fixture, NULL), -EPERM);
    assert_int_equal(coro_generator_next(generator, &value), 0);
    coro_generator_destroy(generator);
    coro_generator_destroy(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hands_out_values_and_a_result, setup, teardown),
        cmocka_unit_test_setup_teardown(is_closed_when_destroyed_early, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_what_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(delegates_to_another, setup, teardown),
        cmocka_unit_test_setup_teardown(passes_on_what_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_its_failure_once, setup, teardown),
        cmocka_unit_test_setup_teardown(suspends_its_task, setup, teardown),
        cmocka_unit_test_setup_teardown(cancellation_of_the_task_reaches_it, setup, teardown),
        cmocka_unit_test_setup_teardown(misuse_is_an_error, setup, teardown),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

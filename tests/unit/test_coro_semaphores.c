/* Semaphores and events: who goes on and when, cancellation, and misuse. */
#include "lib/coro/events.h"
#include "lib/coro/scope.h"
#include "lib/coro/semaphores.h"
#include "tests/unit/coro_fixture.h"

struct scene {
    struct fixture *fixture;
    struct coro_semaphore semaphore;
    struct coro_event event;
    int inside, most_inside, served;
};

static void play(void **state, coro_function *function, size_t permits, size_t most)
{
    struct scene scene = {.fixture = *state};

    assert_int_equal(coro_semaphore_init(&scene.semaphore, scene.fixture->loop, permits, most), 0);
    coro_event_init(&scene.event, scene.fixture->loop);
    run(scene.fixture, function, &scene);
    assert_int_equal(coro_semaphore_finish(&scene.semaphore), 0);
    assert_int_equal(coro_event_finish(&scene.event), 0);
}

static int be_served(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    int error = coro_semaphore_acquire(&scene->semaphore);

    if (error)
        return error;
    if (++scene->inside > scene->most_inside)
        scene->most_inside = scene->inside;
    coro_yield(loop);
    scene->inside--;
    scene->served++;
    return coro_semaphore_release(&scene->semaphore);
}

static int serve_ten(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *tasks[10];

    for (int i = 0; i < 10; i++)
        tasks[i] = start(loop, be_served, scene);
    for (int i = 0; i < 10; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_int_equal(scene->served, 10);
    assert_int_equal(scene->most_inside, 3);
    assert_int_equal(coro_semaphore_permits(&scene->semaphore), 3);
    return 0;
}

static void test_so_many_at_a_time(void **state)
{
    play(state, serve_ten, 3, 3);
}

static int cancel_around_a_release(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *tasks[3];

    assert_int_equal(coro_semaphore_acquire(&scene->semaphore), 0);
    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, be_served, scene);
    settle(loop);
    coro_cancel(tasks[0]); /* before it is handed the permit: not its any more */
    assert_int_equal(coro_semaphore_release(&scene->semaphore), 0);
    coro_cancel(tasks[1]); /* after: it has it, and gives it back */
    assert_int_equal(coro_semaphore_try(&scene->semaphore), -EAGAIN);
    assert_int_equal(join(tasks[0]), -ECANCELED);
    assert_int_equal(join(tasks[1]), 0);
    assert_int_equal(join(tasks[2]), 0);
    assert_int_equal(scene->served, 2);
    assert_int_equal(coro_semaphore_permits(&scene->semaphore), 1);
    return 0;
}

static void test_no_permit_is_lost(void **state)
{
    play(state, cancel_around_a_release, 1, 1);
}

static int cancel_all_who_wait(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *tasks[3];

    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, be_served, scene);
    settle(loop);
    assert_int_equal(coro_semaphore_finish(&scene->semaphore), -EBUSY);
    for (int i = 0; i < 3; i++)
        coro_cancel(tasks[i]);
    assert_int_equal(coro_semaphore_release(&scene->semaphore), 0);
    assert_int_equal(coro_semaphore_permits(&scene->semaphore), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(join(tasks[i]), -ECANCELED);
    return 0;
}

static void test_a_permit_that_nobody_takes_stays(void **state)
{
    play(state, cancel_all_who_wait, 0, 0);
}

static int misuse_semaphore(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    assert_int_equal(coro_semaphore_release(&scene->semaphore), -EOVERFLOW);
    assert_non_null(strstr(coro_message(loop, -EOVERFLOW), "2 permits"));
    assert_int_equal(coro_semaphore_try(&scene->semaphore), 0);
    assert_int_equal(coro_semaphore_release(&scene->semaphore), 0);
    coro_cancel(coro_self(loop));
    assert_int_equal(coro_semaphore_acquire(&scene->semaphore), -ECANCELED);
    assert_int_equal(coro_semaphore_permits(&scene->semaphore), 2);
    return 0;
}

static void test_misuse_of_a_semaphore(void **state)
{
    struct fixture *fixture = *state;
    struct coro_semaphore semaphore;

    play(state, misuse_semaphore, 2, 2);
    assert_int_equal(coro_semaphore_init(&semaphore, fixture->loop, 2, 1), -EINVAL);
    assert_int_equal(coro_semaphore_init(&semaphore, fixture->loop, 1, 0), 0);
    assert_int_equal(coro_semaphore_acquire(&semaphore), -EPERM);
    assert_int_equal(coro_semaphore_try(&semaphore), 0);
    assert_int_equal(coro_semaphore_release(&semaphore), 0);
    assert_int_equal(coro_semaphore_release(&semaphore), 0); /* no limit */
    assert_int_equal(coro_semaphore_permits(&semaphore), 2);
    assert_int_equal(coro_semaphore_finish(&semaphore), 0);
}

static int wait_for_event(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    int error = coro_event_wait(&scene->event);

    if (!error)
        scene->served++;
    return error;
}

static int set_and_clear(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *tasks[3];

    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, wait_for_event, scene);
    settle(loop);
    assert_int_equal(coro_event_finish(&scene->event), -EBUSY);
    coro_cancel(tasks[1]);
    coro_event_set(&scene->event);
    assert_true(coro_event_is_set(&scene->event));
    coro_event_clear(&scene->event);
    assert_false(coro_event_is_set(&scene->event));
    for (int i = 0; i < 3; i++)
        assert_int_equal(join(tasks[i]), i == 1 ? -ECANCELED : 0);
    assert_int_equal(scene->served, 2);

    tasks[0] = start(loop, wait_for_event, scene);
    settle(loop);
    assert_int_equal(scene->served, 2); /* cleared: waits */
    coro_event_set(&scene->event);
    coro_event_set(&scene->event);
    assert_int_equal(join(tasks[0]), 0);
    assert_int_equal(coro_event_wait(&scene->event), 0);
    coro_cancel(coro_self(loop));
    assert_int_equal(coro_event_wait(&scene->event), -ECANCELED);
    return 0;
}

static void test_event(void **state)
{
    play(state, set_and_clear, 0, 0);
}

static int wait_in_vain(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_timeout(loop, MILLISECOND, wait_for_event, argument), -ETIMEDOUT);
    return 0;
}

static void test_event_in_limited_time(void **state)
{
    play(state, wait_in_vain, 0, 0);
}

struct ring {
    struct coro_alarm alarm;
    struct coro_event event;
};

static void ring(struct coro_alarm *alarm)
{
    coro_event_set(&((struct ring *)alarm)->event);
}

static int wait_for_ring(struct coro_loop *loop, void *argument)
{
    return coro_event_wait(argument);
}

static void test_set_from_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;
    struct ring bell = {.alarm.function = ring};

    coro_event_init(&bell.event, fixture->loop);
    assert_int_equal(coro_event_wait(&bell.event), -EPERM);
    assert_int_equal(coro_call_later(fixture->loop, &bell.alarm, MILLISECOND), 0);
    run(fixture, wait_for_ring, &bell.event);
    assert_int_equal(coro_event_finish(&bell.event), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_so_many_at_a_time),
        WITH_LOOP(test_no_permit_is_lost),
        WITH_LOOP(test_a_permit_that_nobody_takes_stays),
        WITH_LOOP(test_misuse_of_a_semaphore),
        WITH_LOOP(test_event),
        WITH_LOOP(test_event_in_limited_time),
        WITH_LOOP(test_set_from_outside_of_tasks),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro semaphores and events", tests, NULL, NULL);
}

/*
 * Values go both ways: a generator hands one out and goes on with the one that it is sent. This one
 * hands out the average of all that it was sent.
 */

#include "examples/main_task.h"
#include "lib/coro/generator.h"

#include <errno.h>
#include <stdio.h>

static int average(struct coro_generator *generator, void *argument)
{
    double sum = 0, mean = 0;
    int count = 0;

    for (;;) {
        void *number;
        int error = coro_emit(generator, &mean, &number);

        if (error != 0)
            return error;
        sum += *(const double *)number;
        mean = sum / ++count;
    }
}

static int send_all(struct coro_generator *generator)
{
    static double numbers[] = {10, 20, 60};
    void *mean;
    int status = coro_generator_send(generator, &numbers[0], &mean);

    /* Nothing can be sent to a function that has not yet come to its first coro_emit. */
    printf("sent at once: %s\n", status == -EINVAL ? "-EINVAL" : "?");
    status = coro_generator_next(generator, &mean);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && status == 1; i++) {
        status = coro_generator_send(generator, &numbers[i], &mean);
        if (status == 1)
            printf("sent %g, the average is %g\n", numbers[i], *(double *)mean);
    }
    return status < 0 ? status : 0;
}

static int run_average(struct coro_loop *loop, void *argument)
{
    struct coro_generator *generator;
    int error = coro_generator_create(&generator, loop, "average", average, NULL);

    if (error != 0)
        return error;
    error = send_all(generator);
    coro_generator_destroy(generator);
    return error;
}

int main(void)
{
    return run_main_task(run_average, NULL);
}

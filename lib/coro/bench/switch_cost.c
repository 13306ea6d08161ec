/*
 * What a switch, a task and a turn through the loop cost, as multiples of a textbook switch
 * measured in the same run. Exits with 1 where one is dearer than it should be.
 */
#include "lib/coro/context.h"
#include "lib/coro/coro.h"
#include "lib/coro/engine_poll.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STACK = 64 * 1024, ROUNDS = 15, SWITCHES = 200000, TASKS = 64, TURNS = 2000 };

void textbook_swap(void **save, void *load);
void control_swap(void **save, void *load);

typedef void swap_function(struct context *from, struct context *to);

struct pair {
    struct context main, other;
    swap_function *swap;
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Both are called through a pointer and end in the same kind of call, so that only what is compared
 * differs. */
static void swap_textbook(struct context *from, struct context *to)
{
    textbook_swap(&from->stack_pointer, to->stack_pointer);
}

static void swap_own(struct context *from, struct context *to)
{
    coro_context_swap(&from->stack_pointer, to->stack_pointer);
}

static void swap_with_control(struct context *from, struct context *to)
{
    control_swap(&from->stack_pointer, to->stack_pointer);
}

static void bounce(void *argument)
{
    struct pair *pair = argument;

    for (;;)
        pair->swap(&pair->other, &pair->main);
}

/* As they are in a new process. */
static void put_control_words(struct context *context)
{
#if defined(__x86_64__)
    uint32_t *words = (uint32_t *)context->stack_pointer - 2;

    words[0] = 0x1f80; /* MXCSR */
    words[1] = 0x037f; /* the x87 control word */
#else
    uint64_t *words = (uint64_t *)context->stack_pointer - 2;

    words[0] = words[1] = 0; /* FPCR */
#endif
    context->stack_pointer = words;
}

/* Nanoseconds for one switch. */
static double measure_switch(swap_function *swap)
{
    struct pair pair = {.swap = swap};
    void *stack = aligned_alloc(4096, STACK);

    if (!stack)
        return 0;
    context_init(&pair.other, stack, STACK, bounce, &pair);
    if (swap == swap_with_control)
        put_control_words(&pair.other);

    double start = seconds();

    for (int i = 0; i < SWITCHES; i++)
        swap(&pair.main, &pair.other);

    double taken = seconds() - start;

    free(stack);
    return taken / (2.0 * SWITCHES) * 1e9;
}

static double measure_textbook(void)
{
    return measure_switch(swap_textbook);
}

static double measure_own(void)
{
    return measure_switch(swap_own);
}

static double measure_with_control(void)
{
    return measure_switch(swap_with_control);
}

static int do_nothing(struct coro_loop *loop, void *argument)
{
    (void)loop;
    (void)argument;
    return 0;
}

static int spawn_many(struct coro_loop *loop, void *argument)
{
    (void)argument;
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < TASKS; i++)
            if (coro_spawn(loop, NULL, NULL, do_nothing, NULL) < 0)
                return -1;
        coro_yield(loop);
    }
    return 0;
}

static int yield_often(struct coro_loop *loop, void *argument)
{
    (void)argument;
    for (int turn = 0; turn < TURNS; turn++)
        coro_yield(loop);
    return 0;
}

/* Nanoseconds of one loop's whole run, over TASKS * TURNS. */
static double measure_loop(coro_function *function, int tasks)
{
    struct coro_engine *engine;
    struct coro_loop *loop;

    if (coro_engine_poll_create(&engine, NULL) < 0)
        return 0;
    if (coro_loop_create(&loop, engine, NULL) < 0) {
        coro_engine_destroy(engine);
        return 0;
    }
    for (int i = 0; i < tasks; i++)
        if (coro_spawn(loop, NULL, NULL, function, NULL) < 0)
            return 0;

    double start = seconds();

    coro_loop_run(loop);

    double taken = seconds() - start;

    coro_loop_destroy(loop);
    return taken / ((double)TASKS * TURNS) * 1e9;
}

static double measure_spawn(void)
{
    return measure_loop(spawn_many, 1);
}

static double measure_turn(void)
{
    return measure_loop(yield_often, TASKS);
}

struct subject {
    const char *key, *label;
    double (*measure)(void);
    double limit; /* in textbook switches; 0: none */
    double best;  /* nanoseconds */
};

static void print_text(const struct subject *subjects, int count)
{
    for (int i = 0; i < count; i++) {
        const struct subject *subject = &subjects[i];

        printf("%-38s %8.2f ns", subject->label, subject->best);
        if (subject->limit > 0)
            printf("  %5.2f textbook switches (at most %.1f)", subject->best / subjects[0].best,
                   subject->limit);
        printf("\n");
    }
}

static void print_json(const struct subject *subjects, int count)
{
    for (int i = 0; i < count; i++)
        printf("%s\"%s_ns\": %.3f", i ? ", " : "{", subjects[i].key, subjects[i].best);
    printf("}\n");
}

int main(int argc, char **argv)
{
    struct subject subjects[] = {
        {"textbook", "textbook switch, ends in a return", measure_textbook, 0, 1e9},
        {"switch", "switch", measure_own, 0.5, 1e9},
        {"switch_with_control", "the same with the FP control words", measure_with_control, 0.9,
         1e9},
        {"spawn", "spawn, run and end of a pooled task", measure_spawn, 8, 1e9},
        {"turn", "suspend and resume through the loop", measure_turn, 4, 1e9},
    };
    int count = sizeof subjects / sizeof subjects[0];
    int failed = 0;

    if (argc > 2 || (argc == 2 && strcmp(argv[1], "--json") != 0)) {
        fprintf(stderr, "usage: %s [--json]\n", argv[0]);
        return 2;
    }
    /* Interleaved, and the best round of each: what disturbs a round only makes it slower. */
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++) {
            double taken = subjects[i].measure();

            if (taken <= 0) {
                fprintf(stderr, "%s: %s could not be measured\n", argv[0], subjects[i].label);
                return 1;
            }
            if (taken < subjects[i].best)
                subjects[i].best = taken;
        }
    }
    if (argc == 2)
        print_json(subjects, count);
    else
        print_text(subjects, count);
    for (int i = 1; i < count; i++)
        failed |= subjects[i].best > subjects[i].limit * subjects[0].best;
    return failed;
}

/*
 * Delegation: a generator hands out another one's values as if they were its own, and what is sent
 * reaches that one. Its result is what the first goes on with.
 */

#include "examples/main_task.h"
#include "lib/coro/generator.h"

#include <stdio.h>

/* Asks for two answers; its result is how many it got. */
static int ask(struct coro_generator *generator, void *argument)
{
    static char questions[][12] = {"your name?", "your town?"};
    static int answers;

    answers = 0;
    for (int i = 0; i < 2; i++) {
        void *answer;
        int error = coro_emit(generator, questions[i], &answer);

        if (error != 0)
            return error;
        printf("  the inner one is told '%s'\n", answer != NULL ? (const char *)answer : "nothing");
        answers += answer != NULL;
    }
    return coro_generator_return(generator, &answers);
}

static int talk(struct coro_generator *generator, void *argument)
{
    struct coro_generator *inner = argument;
    char greeting[] = "welcome", farewell[32];
    void *answers;
    int error = coro_emit(generator, greeting, NULL);

    if (error == 0)
        error = coro_delegate(generator, inner, &answers);
    if (error != 0)
        return error;
    snprintf(farewell, sizeof(farewell), "%d answers, thank you", *(int *)answers);
    return coro_emit(generator, farewell, NULL);
}

/* Who talks to it sees one generator. */
static int answer(struct coro_generator *generator)
{
    static char name[] = "Ann", town[] = "Riga";
    char *const answers[] = {NULL, NULL, name, town, NULL};
    void *said;
    int status = 1;

    for (size_t i = 0; status == 1 && i < sizeof(answers) / sizeof(answers[0]); i++) {
        status = coro_generator_send(generator, answers[i], &said);
        if (status == 1)
            printf("it says '%s'\n", (const char *)said);
    }
    printf("the end\n");
    return status;
}

static int converse(struct coro_loop *loop, void *argument)
{
    struct coro_generator *inner, *outer = NULL;
    int error = coro_generator_create(&inner, loop, "ask", ask, NULL);

    if (error != 0)
        return error;
    error = coro_generator_create(&outer, loop, "talk", talk, inner);
    if (error == 0)
        error = answer(outer);
    coro_generator_destroy(outer);
    coro_generator_destroy(inner);
    return error;
}

int main(void)
{
    return run_main_task(converse, NULL);
}

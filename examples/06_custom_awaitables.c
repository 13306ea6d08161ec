/*
 * Something of one's own to wait for, made of coro_suspend and coro_wake; and another one built on
 * it, with plain calls. Between two calls that suspend no other task runs, so neither needs a lock.
 */

#include "examples/main_task.h"

#include <errno.h>
#include <stdio.h>

struct baton {
    struct coro_task *waiting;
};

/* Returns the number, or -ECANCELED as all that suspends does. */
static int baton_take(struct coro_loop *loop, struct baton *baton)
{
    int number;

    if (baton->waiting != NULL)
        return -EBUSY;
    baton->waiting = coro_self(loop);
    number = coro_suspend(loop, CORO_FOREVER);
    baton->waiting = NULL;
    return number;
}

static int baton_hand(struct baton *baton, int number)
{
    if (baton->waiting == NULL || !coro_wake(baton->waiting, number))
        return -EAGAIN;
    return 0;
}

struct conversation {
    struct baton question, answer;
};

static int ask(struct coro_loop *loop, struct conversation *conversation, int question)
{
    int error = baton_hand(&conversation->question, question);

    return error != 0 ? error : baton_take(loop, &conversation->answer);
}

static int answer_one(struct coro_loop *loop, struct conversation *conversation)
{
    int question = baton_take(loop, &conversation->question);

    if (question < 0)
        return question;
    printf("asked for %d\n", question);
    return baton_hand(&conversation->answer, question * question);
}

static int answer_all(struct coro_loop *loop, void *argument)
{
    int error;

    do
        error = answer_one(loop, argument);
    while (error == 0);
    printf("no more questions: %s\n", error == -ECANCELED ? "cancelled" : coro_strerror(error));
    return 0;
}

static int converse(struct coro_loop *loop, void *argument)
{
    struct conversation conversation = {.question.waiting = NULL};
    struct coro_task *task;
    int error;

    printf("nobody listens: %s\n",
           ask(loop, &conversation, 1) == -EAGAIN ? "-EAGAIN" : "somebody did");
    error = coro_spawn(loop, &task, "answer all", answer_all, &conversation);
    if (error != 0)
        return error;
    for (int question = 2; question <= 4 && error == 0; question++) {
        error = coro_yield(loop);
        if (error == 0)
            printf("answered %d\n", ask(loop, &conversation, question));
    }
    coro_cancel(task);
    if (error == 0)
        error = coro_join(task, CORO_FOREVER, NULL);
    coro_release(task);
    return error;
}

int main(void)
{
    return run_main_task(converse, NULL);
}

#include "lib/coro/message.h"

#include "lib/coro/internal.h"

#include <stdio.h>
#include <stdlib.h>

struct message *message_create(int error, const char *format, va_list arguments)
{
    struct message *message;
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return NULL;
    message = malloc(sizeof *message + (size_t)length + 1);
    if (!message)
        return NULL;
    message->references = 1;
    message->error = error;
    vsnprintf(message->text, (size_t)length + 1, format, arguments);
    return message;
}

struct message *message_hold(struct message *message)
{
    if (message)
        message->references++;
    return message;
}

void message_release(struct message *message)
{
    if (message && --message->references == 0)
        free(message);
}

/* A task that runs keeps what was noted last where its result's message will be. */
static void note(struct coro_task *task, struct message *message)
{
    message_release(task->future.message);
    task->future.message = message;
}

int coro_fail(struct coro_loop *loop, int error, const char *format, ...)
{
    va_list arguments;

    if (loop->current) {
        va_start(arguments, format);
        note(loop->current, message_create(error, format, arguments));
        va_end(arguments);
    }
    return error;
}

const char *coro_message(const struct coro_loop *loop, int error)
{
    const struct message *message = loop->current ? loop->current->future.message : NULL;

    return message && message->error == error ? message->text : coro_strerror(error);
}

void task_adopt_message(struct coro_task *task, int error, struct message *message)
{
    const struct message *noted = task->future.message;

    /* What was noted for an earlier error of this number says nothing of this one. */
    if (message || (noted && noted->error == error))
        note(task, message_hold(message));
}

void task_settle_message(struct coro_task *task, int status)
{
    if (task->future.message && task->future.message->error != status)
        note(task, NULL);
}

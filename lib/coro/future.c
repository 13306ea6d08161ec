#include "lib/coro/internal.h"
#include "lib/coro/message.h"

#include <stdlib.h>

void future_begin(struct coro_future *future, struct coro_loop *loop, const char *name)
{
    *future = (struct coro_future){
        .loop = loop,
        .next = loop->futures,
        .link = &loop->futures,
        .name = name,
        .status = -EINPROGRESS,
        .references = 1,
    };
    if (future->next)
        future->next->link = &future->next;
    loop->futures = future;
}

void future_forget_loop(struct coro_future *future)
{
    if (!future->loop)
        return;
    *future->link = future->next;
    if (future->next)
        future->next->link = future->link;
    future->loop = NULL;
}

int coro_future_create(struct coro_future **future, struct coro_loop *loop, const char *name)
{
    struct coro_future *created = malloc(sizeof *created);

    if (!created)
        return -ENOMEM;
    future_begin(created, loop, name ? name : "future");
    *future = created;
    return 0;
}

struct coro_future *coro_future_hold(struct coro_future *future)
{
    future->references++;
    return future;
}

static void complain_of_failure(struct coro_future *future)
{
    if (future->is_task && future->status < 0 && future->status != -ECANCELED &&
        !future->examined && future->loop)
        loop_complain(future->loop, "task '%s' has failed, and nobody asked for its result: %s",
                      future->name, coro_future_message(future));
}

void coro_future_release(struct coro_future *future)
{
    if (!future || --future->references > 0)
        return;
    complain_of_failure(future);
    message_release(future->message);
    if (future->is_task) {
        task_recycle(coro_future_task(future));
        return;
    }
    future_forget_loop(future);
    free(future);
}

void future_watch(struct coro_future *future, struct coro_waiter *waiter)
{
    struct coro_waiter **link = &future->waiters;

    waiter->next = *link;
    waiter->link = link;
    if (waiter->next)
        waiter->next->link = &waiter->next;
    *link = waiter;
}

void future_unwatch(struct coro_waiter *waiter)
{
    if (!waiter->link)
        return;
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
}

/* Those who have waited longest are told first. */
static void reverse(struct coro_future *future)
{
    struct coro_waiter *waiter = future->waiters, *reversed = NULL;

    while (waiter) {
        struct coro_waiter *next = waiter->next;

        waiter->next = reversed;
        if (reversed)
            reversed->link = &waiter->next;
        reversed = waiter;
        waiter = next;
    }
    future->waiters = reversed;
    if (reversed)
        reversed->link = &future->waiters;
}

void future_finish(struct coro_future *future, int status)
{
    struct coro_waiter *waiter;

    future->status = status;
    reverse(future);
    while ((waiter = future->waiters) != NULL) {
        future_unwatch(waiter);
        waiter->notify(waiter);
    }
}

bool coro_future_is_done(const struct coro_future *future)
{
    return future->is_task ? ((const struct coro_task *)future)->state == TASK_ENDED
                           : future->status != -EINPROGRESS;
}

bool coro_future_is_cancelled(const struct coro_future *future)
{
    return coro_future_is_done(future) && future->status == -ECANCELED;
}

static int may_be_set(const struct coro_future *future)
{
    if (future->is_task)
        return -EPERM;
    return coro_future_is_done(future) ? -EALREADY : 0;
}

int coro_future_set_result(struct coro_future *future, void *value)
{
    int error = may_be_set(future);

    if (error)
        return error;
    future->value = value;
    future_finish(future, 0);
    return 0;
}

static struct message *write_message(int status, const char *format, ...)
{
    struct message *message;
    va_list arguments;

    va_start(arguments, format);
    message = message_create(status, format, arguments);
    va_end(arguments);
    return message;
}

int coro_future_set_error(struct coro_future *future, int status, const char *text)
{
    int error = may_be_set(future);

    if (error)
        return error;
    if (status >= 0 || status == -EINPROGRESS)
        return -EINVAL;
    if (text)
        future->message = write_message(status, "%s", text);
    future_finish(future, status);
    return 0;
}

int coro_future_cancel(struct coro_future *future)
{
    if (coro_future_is_done(future))
        return -EALREADY;
    if (!future->is_task)
        return coro_future_set_error(future, -ECANCELED, NULL);
    coro_cancel(coro_future_task(future));
    return 0;
}

int coro_future_status(struct coro_future *future)
{
    if (!coro_future_is_done(future))
        return -EINPROGRESS;
    future->examined = true;
    return future->status;
}

void *coro_future_value(const struct coro_future *future)
{
    return coro_future_is_done(future) ? future->value : NULL;
}

const char *coro_future_message(struct coro_future *future)
{
    if (!coro_future_is_done(future) || future->status >= 0)
        return "";
    future->examined = true;
    return future->message ? future->message->text : coro_strerror(future->status);
}

const char *coro_future_name(const struct coro_future *future)
{
    return future->name;
}

struct coro_loop *coro_future_loop(const struct coro_future *future)
{
    return future->loop;
}

struct coro_future *coro_task_future(struct coro_task *task)
{
    return &task->future;
}

struct coro_task *coro_future_task(struct coro_future *future)
{
    return future->is_task ? (struct coro_task *)future : NULL;
}

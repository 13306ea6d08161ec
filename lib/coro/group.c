#include "lib/coro/group.h"

#include "lib/coro/internal.h"
#include "lib/coro/message.h"

#include <stdlib.h>

struct child {
    struct coro_waiter waiter;
    struct coro_group *group;
    struct coro_task *task;
    struct child *next, **link; /* of the group's */
};

enum group_state { GROUP_OPEN, GROUP_JOINING, GROUP_JOINED };

struct coro_group {
    struct coro_loop *loop;
    struct coro_task *opener;
    struct coro_scope scope; /* of what the opener does until it joins */
    struct child *children;
    size_t count;
    int error; /* the first one */
    struct message *message;
    bool called_off;
    unsigned char state;
};

int coro_group_create(struct coro_group **group, struct coro_loop *loop)
{
    struct coro_group *created = calloc(1, sizeof *created);
    int error;

    if (!created)
        return -ENOMEM;
    error = coro_scope_enter(&created->scope, loop, CORO_FOREVER);
    if (error) {
        free(created);
        return error;
    }
    created->loop = loop;
    created->opener = loop->current;
    *group = created;
    return 0;
}

int coro_group_destroy(struct coro_group *group)
{
    if (!group)
        return 0;
    if (group->state != GROUP_JOINED)
        return coro_fail(group->loop, -EBUSY,
                         "a group with %zu tasks was not joined before it was to be destroyed",
                         group->count);
    message_release(group->message);
    free(group);
    return 0;
}

void coro_group_cancel(struct coro_group *group)
{
    if (group->called_off || group->state == GROUP_JOINED)
        return;
    group->called_off = true;
    for (struct child *child = group->children; child; child = child->next)
        coro_cancel(child->task);
    if (group->state == GROUP_OPEN)
        coro_scope_cancel(&group->scope);
}

static void fail(struct coro_group *group, int error, struct message *message)
{
    group->error = error;
    group->message = message_hold(message);
    coro_group_cancel(group);
}

int coro_group_fail(struct coro_group *group, int error)
{
    struct message *message = NULL;

    if (error >= 0)
        return -EINVAL;
    if (group->state == GROUP_JOINED || group->error)
        return error;
    if (group->loop->current)
        message = group->loop->current->future.message;
    fail(group, error, message && message->error == error ? message : NULL);
    return error;
}

static void unlink_child(struct child *child)
{
    struct coro_group *group = child->group;

    *child->link = child->next;
    if (child->next)
        child->next->link = child->link;
    group->count--;
}

static bool has_failed(const struct coro_task *task)
{
    int status = task->future.status;

    return status < 0 && !(status == -ECANCELED && task->cancelled);
}

static void account(struct coro_waiter *waiter)
{
    struct child *child = (struct child *)waiter;
    struct coro_group *group = child->group;
    struct coro_task *task = child->task;

    unlink_child(child);
    free(child);
    if (has_failed(task) && !group->error) {
        task->future.examined = true;
        fail(group, task->future.status, task->future.message);
    }
    coro_release(task);
    if (group->count == 0 && group->state == GROUP_JOINING)
        task_wake(group->opener, 0);
}

static int may_spawn(struct coro_group *group)
{
    if (group->state == GROUP_JOINED)
        return coro_fail(group->loop, -EINVAL, "a group that was joined takes no more tasks");
    return group->called_off ? -ECANCELED : 0;
}

int coro_group_spawn(struct coro_group *group, struct coro_task **task, const char *name,
                     coro_function *function, void *argument)
{
    struct child *child;
    int error = may_spawn(group);

    if (error)
        return error;
    child = malloc(sizeof *child);
    if (!child)
        return -ENOMEM;
    *child = (struct child){.waiter.notify = account,
                            .group = group,
                            .next = group->children,
                            .link = &group->children};
    error = coro_spawn(group->loop, &child->task, name, function, argument);
    if (error) {
        free(child);
        return error;
    }
    if (child->next)
        child->next->link = &child->next;
    group->children = child;
    group->count++;
    future_watch(&child->task->future, &child->waiter);
    if (task)
        *task = coro_future_task(coro_future_hold(&child->task->future));
    return 0;
}

/* The opener is called off from outside. */
static void call_off(struct coro_group *group)
{
    if (!group->error)
        group->error = -ECANCELED;
    coro_group_cancel(group);
}

static void wait_for_all(struct coro_group *group)
{
    struct coro_task *task;

    if (task_checkpoint(group->loop, &task) < 0)
        call_off(group);
    while (group->count > 0) {
        if (task_suspend(task, CORO_FOREVER) == -ECANCELED && task->called_off)
            call_off(group);
    }
}

int coro_group_join(struct coro_group *group)
{
    if (group->state == GROUP_JOINED)
        return group->error;
    if (group->loop->current != group->opener)
        return coro_fail(group->loop, -EPERM, "a group is joined by the task that opened it");
    if (coro_scope_leave(&group->scope, 0) < 0)
        return coro_fail(group->loop, -EINVAL,
                         "a scope or a group inside the group to be joined is still open");
    group->state = GROUP_JOINING;
    wait_for_all(group);
    group->state = GROUP_JOINED;
    if (group->error)
        task_adopt_message(group->opener, group->error, group->message);
    return group->error;
}

size_t coro_group_tasks(const struct coro_group *group)
{
    return group->count;
}

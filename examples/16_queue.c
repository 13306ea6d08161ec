/*
 * One producer and three consumers with a queue of two places between them: the producer waits
 * where the consumers are behind, and they wait where there is nothing to do. Closing the queue
 * tells them that nothing more will come.
 */

#include "examples/main_task.h"
#include "lib/coro/group.h"
#include "lib/coro/queue.h"

#include <stdio.h>

enum { PLACES = 2, ITEMS = 7, CONSUMERS = 3 };

struct consumer {
    const char *name;
    struct coro_queue *queue;
};

static int consume(struct coro_loop *loop, void *argument)
{
    const struct consumer *consumer = argument;
    void *item;
    int status;

    while ((status = coro_queue_get(consumer->queue, &item)) == 1) {
        printf("%s takes %d\n", consumer->name, *(int *)item);
        status = coro_yield(loop); /* stands for work that waits for something */
        if (status != 0)
            return status;
    }
    printf("%s: no more\n", consumer->name);
    return status;
}

static int produce(struct coro_loop *loop, void *argument)
{
    static int items[ITEMS];
    struct coro_queue *queue = argument;
    int error = 0;

    for (int i = 0; i < ITEMS && error == 0; i++) {
        items[i] = i + 1;
        error = coro_queue_put(queue, &items[i]);
        if (error == 0)
            printf("put %d\n", items[i]);
    }
    coro_queue_close(queue);
    return error;
}

/* The group ends when all of its tasks have, so what they use may lie on this stack. */
static int run_group(struct coro_loop *loop, struct coro_queue *queue)
{
    struct consumer consumers[CONSUMERS] = {
        {.name = "Ann", .queue = queue},
        {.name = "Bob", .queue = queue},
        {.name = "Cleo", .queue = queue},
    };
    struct coro_group *group;
    int error = coro_group_create(&group, loop), joined;

    if (error != 0)
        return error;
    for (size_t i = 0; i < CONSUMERS && error == 0; i++)
        error = coro_group_spawn(group, NULL, consumers[i].name, consume, &consumers[i]);
    if (error == 0)
        error = coro_group_spawn(group, NULL, "producer", produce, queue);
    if (error != 0)
        coro_group_cancel(group);
    joined = coro_group_join(group);
    coro_group_destroy(group);
    return error != 0 ? error : joined;
}

static int produce_and_consume(struct coro_loop *loop, void *argument)
{
    struct coro_queue queue;
    int error = coro_queue_init(&queue, loop, PLACES);

    if (error != 0)
        return error;
    error = run_group(loop, &queue);
    coro_queue_finish(&queue);
    return error;
}

int main(void)
{
    return run_main_task(produce_and_consume, NULL);
}

#include "lib/coro/queue.h"

#include "lib/coro/waiting.h"

#include <stdlib.h>

/* Of an unbounded queue, which grows. */
enum { ROOM_AT_FIRST = 64 };

int coro_queue_init(struct coro_queue *queue, struct coro_loop *loop, size_t capacity)
{
    size_t room = capacity > 0 ? capacity : ROOM_AT_FIRST;

    if (room > SIZE_MAX / sizeof *queue->items)
        return -ENOMEM;
    *queue = (struct coro_queue){.loop = loop, .room = room, .capacity = capacity};
    line_init(&queue->consumers);
    line_init(&queue->producers);
    line_init(&queue->joiners);
    queue->items = malloc(room * sizeof *queue->items);
    return queue->items ? 0 : -ENOMEM;
}

int coro_queue_finish(struct coro_queue *queue)
{
    int error = line_finish(&queue->consumers, queue->loop);

    if (!error)
        error = line_finish(&queue->producers, queue->loop);
    if (!error)
        error = line_finish(&queue->joiners, queue->loop);
    if (error)
        return error;
    if (queue->count > 0)
        return coro_fail(queue->loop, -ENOTEMPTY, "%zu items are still in the queue", queue->count);
    free(queue->items);
    queue->items = NULL;
    return 0;
}

static int grow(struct coro_queue *queue)
{
    size_t room = queue->room * 2;
    void **items = malloc(room * sizeof *items);

    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) % queue->room];
    free(queue->items);
    queue->items = items;
    queue->room = room;
    queue->first = 0;
    return 0;
}

static bool is_full(const struct coro_queue *queue)
{
    return queue->capacity > 0 && queue->count == queue->capacity;
}

static void append(struct coro_queue *queue, void *item)
{
    queue->items[(queue->first + queue->count++) % queue->room] = item;
}

static int fail_closed(struct coro_queue *queue)
{
    return coro_fail(queue->loop, -EPIPE, "the queue is closed, and takes no more items");
}

/* Puts an item where there is room. While a consumer waits, there is no item before it. */
int coro_queue_try_put(struct coro_queue *queue, void *item)
{
    struct coro_place *consumer;

    if (queue->closed)
        return fail_closed(queue);
    consumer = line_call(&queue->consumers, 1);
    if (consumer) {
        consumer->item = item;
    } else {
        if (is_full(queue))
            return -EAGAIN;
        if (queue->count == queue->room && grow(queue) < 0)
            return -ENOMEM;
        append(queue, item);
    }
    queue->unfinished++;
    return 0;
}

int coro_queue_put(struct coro_queue *queue, void *item)
{
    struct coro_place place = {.item = item};
    int error = task_checkpoint(queue->loop, &place.task);

    if (error)
        return error;
    error = coro_queue_try_put(queue, item);
    if (error != -EAGAIN)
        return error;
    error = line_wait(&queue->producers, &place);
    return error == -EPIPE ? fail_closed(queue) : error;
}

/* While a producer waits, the queue is full, so that its item is the next behind the last. */
static void let_producer_in(struct coro_queue *queue)
{
    struct coro_place *producer = line_call(&queue->producers, 0);

    if (!producer)
        return;
    append(queue, producer->item);
    queue->unfinished++;
}

int coro_queue_try_get(struct coro_queue *queue, void **item)
{
    if (queue->count == 0)
        return queue->closed ? 0 : -EAGAIN;
    *item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->room;
    queue->count--;
    let_producer_in(queue);
    return 1;
}

int coro_queue_get(struct coro_queue *queue, void **item)
{
    struct coro_place place = {0};
    int result = task_checkpoint(queue->loop, &place.task);

    if (result)
        return result;
    result = coro_queue_try_get(queue, item);
    if (result != -EAGAIN)
        return result;
    result = line_wait(&queue->consumers, &place);
    if (result == 1)
        *item = place.item;
    return result;
}

void coro_queue_close(struct coro_queue *queue)
{
    queue->closed = true;
    line_call_all(&queue->producers, -EPIPE);
    line_call_all(&queue->consumers, 0);
}

bool coro_queue_is_closed(const struct coro_queue *queue)
{
    return queue->closed;
}

size_t coro_queue_count(const struct coro_queue *queue)
{
    return queue->count;
}

int coro_queue_task_done(struct coro_queue *queue)
{
    if (queue->unfinished == 0)
        return coro_fail(queue->loop, -EINVAL,
                         "every item that was put has been dealt with already");
    if (--queue->unfinished == 0)
        line_call_all(&queue->joiners, 0);
    return 0;
}

int coro_queue_join(struct coro_queue *queue)
{
    struct coro_place place = {0};
    int error = task_checkpoint(queue->loop, &place.task);

    if (error || queue->unfinished == 0)
        return error;
    return line_wait(&queue->joiners, &place);
}

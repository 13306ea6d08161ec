#include "lib/coro/generator.h"

#include "lib/coro/internal.h"

#include <stdlib.h>

enum generator_state { GENERATOR_NEW, GENERATOR_WAITING, GENERATOR_RUNNING, GENERATOR_ENDED };

struct coro_generator {
    struct coro_loop *loop;
    struct context context;
    struct context *consumer; /* where it was asked for a value */
    void *stack;
    coro_generator_function *function;
    void *argument;
    const char *name;
    void *sent, *value, *result;
    int status;
    unsigned char state;
    bool closing;
};

int coro_generator_create(struct coro_generator **generator, struct coro_loop *loop,
                          const char *name, coro_generator_function *function, void *argument)
{
    struct coro_generator *created = calloc(1, sizeof *created);

    if (!created)
        return -ENOMEM;
    created->loop = loop;
    created->name = name ? name : "generator";
    created->function = function;
    created->argument = argument;
    *generator = created;
    return 0;
}

static void run(void *argument)
{
    struct coro_generator *generator = argument;

    context_entered(&generator->context, generator->consumer);
    generator->status = generator->function(generator, generator->argument);
    generator->state = GENERATOR_ENDED;
    context_leave(&generator->context, generator->consumer);
}

static int begin(struct coro_generator *generator)
{
    struct stacks *stacks = &generator->loop->stacks;

    generator->stack = stacks_take(stacks);
    if (!generator->stack)
        return -ENOMEM;
    context_init(&generator->context, generator->stack, stacks->size, run, generator);
    return 0;
}

/* Runs it to its next value or its end, as part of the running task. */
static void resume(struct coro_generator *generator)
{
    struct coro_loop *loop = generator->loop;
    struct context **at = loop->current ? &loop->current->at : &loop->at;

    if (*at == &loop->context && !loop->turning)
        context_adopt_thread(&loop->context);
    generator->consumer = *at;
    generator->state = GENERATOR_RUNNING;
    *at = &generator->context;
    context_switch(generator->consumer, &generator->context);
    *at = generator->consumer;
    if (generator->state != GENERATOR_ENDED)
        return;
    context_finish(&generator->context);
    stacks_give_back(&loop->stacks, generator->stack);
    generator->stack = NULL;
}

void coro_generator_destroy(struct coro_generator *generator)
{
    if (!generator)
        return;
    generator->closing = true;
    while (generator->state == GENERATOR_WAITING)
        resume(generator);
    free(generator);
}

int coro_generator_next(struct coro_generator *generator, void **value)
{
    return coro_generator_send(generator, NULL, value);
}

int coro_generator_send(struct coro_generator *generator, void *sent, void **value)
{
    int status;

    if (generator->state == GENERATOR_ENDED)
        return 0;
    if (generator->state == GENERATOR_RUNNING)
        return -EBUSY;
    if (generator->state == GENERATOR_NEW) {
        if (sent)
            return -EINVAL;
        status = begin(generator);
        if (status)
            return status;
    }
    generator->sent = sent;
    resume(generator);
    if (generator->state != GENERATOR_ENDED) {
        *value = generator->value;
        return 1;
    }
    return generator->status < 0 ? generator->status : 0;
}

int coro_emit(struct coro_generator *generator, void *value, void **sent)
{
    struct coro_loop *loop = generator->loop;
    struct context *at = loop->current ? loop->current->at : loop->at;

    if (at != &generator->context)
        return -EPERM;
    if (generator->closing)
        return -ECANCELED;
    generator->value = value;
    generator->state = GENERATOR_WAITING;
    context_switch(&generator->context, generator->consumer);
    if (generator->closing)
        return -ECANCELED;
    if (sent)
        *sent = generator->sent;
    return 0;
}

int coro_delegate(struct coro_generator *generator, struct coro_generator *other, void **result)
{
    void *sent = NULL, *value;
    int status;

    if (generator == other)
        return -EDEADLK;
    while ((status = coro_generator_send(other, sent, &value)) > 0) {
        int error = coro_emit(generator, value, &sent);

        if (error)
            return error;
    }
    if (!status && result)
        *result = other->result;
    return status;
}

int coro_generator_return(struct coro_generator *generator, void *result)
{
    generator->result = result;
    return 0;
}

void *coro_generator_result(const struct coro_generator *generator)
{
    return generator->state == GENERATOR_ENDED ? generator->result : NULL;
}

struct coro_loop *coro_generator_loop(const struct coro_generator *generator)
{
    return generator->loop;
}

#ifndef CORO_GENERATOR_H
#define CORO_GENERATOR_H

/*
 * A function that hands out values one by one and is suspended between them, on a stack of its own.
 * It runs in the task that asks for the next value, so it may sleep, receive and await as that task
 * may (there is no other kind for asynchronous ones). Outside of tasks it can be used too, as long
 * as it does not suspend the task that is not there.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_generator;

/* Returns 0 at the end of the values, or -errno. */
typedef int coro_generator_function(struct coro_generator *generator, void *argument);

/*
 * Creates a generator; the function begins when the first value is asked for. name is for people
 * and is not copied; NULL for "generator". Returns 0 and *generator, or -ENOMEM.
 */
int coro_generator_create(struct coro_generator **generator, struct coro_loop *loop,
                          const char *name, coro_generator_function *function, void *argument);

/*
 * Frees it, before its loop. Takes NULL. Where it is not at its end, the coro_emit in which it is
 * suspended returns -ECANCELED, and each one after that, until the function returns; suspends if
 * the function does so. Must not be called while it runs: by its own function, or while another
 * task is suspended in it.
 */
void coro_generator_destroy(struct coro_generator *generator);

/*
 * Asks for the next value. Returns 1 and *value; 0 at the end; or -errno: what the function failed
 * with (once; after that 0), -EBUSY where it is running already. May suspend if the function does.
 */
int coro_generator_next(struct coro_generator *generator, void **value);

/* The same, and the coro_emit in which it is suspended hands out sent. Before the first value there
 * is none to hand it to: -EINVAL, but for NULL. */
int coro_generator_send(struct coro_generator *generator, void *sent, void **value);

/*
 * Hands out a value, and goes on when the next one is asked for. Returns 0 and in *sent (may be
 * NULL) what was sent with that, NULL for nothing; -ECANCELED where the generator is being
 * destroyed; or -EPERM outside of its function.
 */
int coro_emit(struct coro_generator *generator, void *value, void **sent);

/*
 * Hands out all values of another generator as its own, and passes on what is sent. Returns 0 at
 * the end of that one, with its result in *result (may be NULL); what it failed with; -ECANCELED.
 * The other generator stays the caller's.
 */
int coro_delegate(struct coro_generator *generator, struct coro_generator *other, void **result);

/* Sets the result that coro_generator_result hands out, and returns 0: the function's last
 * statement. */
int coro_generator_return(struct coro_generator *generator, void *result);

/* NULL unless it is at its end and was given one. */
void *coro_generator_result(const struct coro_generator *generator);

struct coro_loop *coro_generator_loop(const struct coro_generator *generator);

#ifdef __cplusplus
}
#endif

#endif

#ifndef CORO_ENGINE_UV_H
#define CORO_ENGINE_UV_H

#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coro_engine;

/*
 * An engine on libuv. With loop NULL it has a loop of its own, which lasts as long as the engine.
 * Otherwise it is a guest of the loop given, which the caller keeps until the engine's handles are
 * closed (below). Either way coroutines can run in two ways:
 *
 * - coro_loop_run runs the libuv loop, with whatever else is on it, until the coroutines have
 *   ended. It must not be called from one of libuv's callbacks. A uv_stop in the meantime has no
 *   effect; coro_loop_stop has.
 * - uv_run, called by whom the loop belongs to, runs the coroutines too. It does not return while
 *   there are any, unless stopped; a descriptor that no coroutine waits for keeps it from nothing.
 *
 * coro_spawn and what else is the loop's thread's may be used in all callbacks of that libuv loop.
 *
 * Destroying the coroutine loop, not from within a coroutine, closes the engine's handles. Its own
 * loop is then run until they are closed, and closed itself: whatever others put on it must be
 * closed before. On a loop of the caller's it takes, as with any handle, one more uv_run before
 * uv_loop_close.
 *
 * Returns 0 and *engine, to be handed to coro_loop_create (or else to coro_engine_destroy); or
 * -errno: -ENOMEM, -EMFILE.
 */
int coro_engine_uv_create(struct coro_engine **engine, uv_loop_t *loop);

/* The loop that the engine runs on, to put other handles and requests on. */
uv_loop_t *coro_engine_uv_loop(struct coro_engine *engine);

#ifdef __cplusplus
}
#endif

#endif

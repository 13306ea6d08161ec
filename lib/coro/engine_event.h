#ifndef CORO_ENGINE_EVENT_H
#define CORO_ENGINE_EVENT_H

#include <event2/event.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coro_engine;

/*
 * An engine on libevent. With base NULL it has an event base of its own, which lasts as long as the
 * engine. Otherwise it is a guest of the base given, which the caller keeps until the coroutine
 * loop is destroyed. Either way coroutines can run in two ways:
 *
 * - coro_loop_run runs the event base, with whatever else is on it, until the coroutines have
 *   ended. It must not be called from one of libevent's callbacks.
 * - event_base_dispatch or event_base_loop, called by whom the base belongs to, runs the coroutines
 *   too. It does not return for want of events while there are any coroutines; a descriptor that
 *   none of them waits for keeps it from nothing.
 *
 * coro_spawn and what else is the loop's thread's may be used in all callbacks of that base. Other
 * threads use coro_loop_post, for which libevent's own support of threads is not needed.
 *
 * To watch what libevent cannot watch is an error, about which it also writes a line to its log.
 *
 * Returns 0 and *engine, to be handed to coro_loop_create (or else to coro_engine_destroy); or
 * -errno: -ENOMEM, -EMFILE.
 */
int coro_engine_event_create(struct coro_engine **engine, struct event_base *base);

/* The base that the engine runs on, to put other events on. */
struct event_base *coro_engine_event_base(struct coro_engine *engine);

#ifdef __cplusplus
}
#endif

#endif

#ifndef CORO_ENGINE_POLL_H
#define CORO_ENGINE_POLL_H

#ifdef __cplusplus
extern "C" {
#endif

struct coro_engine;

/*
 * An engine on "select", "poll" or "epoll" (NULL: epoll). Returns 0 and *engine, to be handed to
 * coro_loop_create (or else to coro_engine_destroy); or -errno: -EINVAL for another name, -ENOMEM,
 * -EMFILE.
 */
int coro_engine_poll_create(struct coro_engine **engine, const char *poller);

/*
 * The engine, one that coro_engine_poll_create made, looks for up to so many microseconds (at most
 * 10000) whether something is ready before it sleeps, as long as that pays: see lib/poll/spin.h. 0,
 * as in the beginning: it sleeps at once.
 */
void coro_engine_poll_spin(struct coro_engine *engine, long microseconds);

#ifdef __cplusplus
}
#endif

#endif

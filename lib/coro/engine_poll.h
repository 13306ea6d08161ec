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

#ifdef __cplusplus
}
#endif

#endif

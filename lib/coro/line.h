#ifndef CORO_LINE_H
#define CORO_LINE_H

/*
 * Tasks that wait for the same thing, the longest first: what the locks, semaphores and queues
 * have in common. All of it is the library's; the headers of those include it.
 */

#ifdef __cplusplus
extern "C" {
#endif

struct coro_place;

struct coro_line {
    struct coro_place *first, **last;
};

#ifdef __cplusplus
}
#endif

#endif

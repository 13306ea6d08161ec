#ifndef TESTS_UNIT_CORO_ENGINES_H
#define TESTS_UNIT_CORO_ENGINES_H

/*
 * The tests of the coroutine library run on each engine: the name of one is a test program's only
 * argument (select, poll, epoll, uv, event). main calls test_engine_choose first; then every
 * fixture takes its engine from test_engine.
 */

#include <stdbool.h>
#include <stddef.h>

struct coro_engine;

/* Takes the name from the command line; without one it is epoll. Ends the program for an unknown
 * name, and as skipped (77) for an engine that this build has not got. */
void test_engine_choose(int argc, char **argv);

/* A new engine of the chosen kind, which a loop owns as soon as it has it. Fails the test where
 * there is none to be had. */
struct coro_engine *test_engine(void);

const char *test_engine_name(void);

/* Whether an error or a full close is told as such. select(2) has no way to say so, and the
 * libraries pass it on as readiness. */
bool test_engine_tells_errors(void);

#endif

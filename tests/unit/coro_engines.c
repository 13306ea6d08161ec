#include "tests/unit/coro_engines.h"

#include "lib/coro/engine_poll.h"
#ifdef CORO_TEST_EVENT
#include "lib/coro/engine_event.h"
#endif
#ifdef CORO_TEST_UV
#include "lib/coro/engine_uv.h"
#endif
#include "tests/harness/assertions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77 };

static int create_select(struct coro_engine **engine)
{
    return coro_engine_poll_create(engine, "select");
}

static int create_poll(struct coro_engine **engine)
{
    return coro_engine_poll_create(engine, "poll");
}

static int create_epoll(struct coro_engine **engine)
{
    return coro_engine_poll_create(engine, "epoll");
}

#ifdef CORO_TEST_UV
static int create_uv(struct coro_engine **engine)
{
    return coro_engine_uv_create(engine, NULL);
}
#else
#define create_uv NULL
#endif

#ifdef CORO_TEST_EVENT
static int create_event(struct coro_engine **engine)
{
    return coro_engine_event_create(engine, NULL);
}
#else
#define create_event NULL
#endif

static const struct kind {
    const char *name;
    int (*create)(struct coro_engine **engine); /* NULL: not built */
    bool tells_errors;
} kinds[] = {
    {"epoll", create_epoll, true}, {"poll", create_poll, true},    {"select", create_select, false},
    {"uv", create_uv, false},      {"event", create_event, false},
};

static const struct kind *chosen = &kinds[0];

void test_engine_choose(int argc, char **argv)
{
    const struct kind *end = kinds + sizeof kinds / sizeof kinds[0];

    if (argc < 2)
        return;
    for (chosen = kinds; chosen < end && strcmp(chosen->name, argv[1]) != 0; chosen++)
        continue;
    if (chosen == end) {
        fprintf(stderr, "%s: no engine is called %s\n", argv[0], argv[1]);
        exit(EXIT_FAILURE);
    }
    if (!chosen->create)
        exit(SKIPPED);
}

struct coro_engine *test_engine(void)
{
    struct coro_engine *engine;

    assert_int_equal(chosen->create(&engine), 0);
    return engine;
}

const char *test_engine_name(void)
{
    return chosen->name;
}

bool test_engine_tells_errors(void)
{
    return chosen->tells_errors;
}

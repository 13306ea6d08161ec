#include "bench/counterpart.h"

#include "bench/letters.h"

#include <stddef.h>

static const struct {
    const char *label;
    const char *published;
} counterparts[] = {
    {"sync", "Synchronous"},
    {"threads", "Threads"},
    {"select", "Callbacks"},
    {"coro", "Coroutines"},
    {"coro-threads", "Coroutines and threads"},
    {"uv-poll", "asyncio: Callbacks"},
    {"event-raw", "asyncio: Callbacks"},
    {"uv-coro", "asyncio: Coroutines"},
    {"event-coro", "asyncio: Coroutines"},
    {"uv-coro-threads", "asyncio: Coroutines and threads"},
    {"event-coro-threads", "asyncio: Coroutines and threads"},
    {"uv", "asyncio: Streams"},
    {"event", "asyncio: Streams"},
    {"python-sync", "Synchronous"},
    {"python-threads", "Threads"},
    {"python-callbacks", "Callbacks"},
    {"python-coroutines", "Coroutines"},
    {"python-coroutines-threads", "Coroutines and threads"},
    {"python-asyncio-callbacks", "asyncio: Callbacks"},
    {"python-asyncio-coroutines", "asyncio: Coroutines"},
    {"python-asyncio-coroutines-threads", "asyncio: Coroutines and threads"},
    {"python-asyncio-streams", "asyncio: Streams"},
};

const char *counterpart_of(const char *label)
{
    for (size_t i = 0; i < sizeof(counterparts) / sizeof(counterparts[0]); i++)
        if (counterpart_same_name(counterparts[i].label, label))
            return counterparts[i].published;
    return NULL;
}

bool counterpart_same_name(const char *left, const char *right)
{
    return letters_same(left, right, "");
}

bool counterpart_matches(const char *left, const char *right)
{
    const char *of_left = counterpart_of(left), *of_right = counterpart_of(right);

    return (of_left != NULL && counterpart_same_name(of_left, right)) ||
           (of_right != NULL && counterpart_same_name(of_right, left));
}

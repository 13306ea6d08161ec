#include "src/fib.h"

#include <errno.h>

/* gcc alone makes specialised copies of a function, and alone knows how to be told not to. */
#if defined(__GNUC__) && !defined(__clang__)
#define NO_CLONE __attribute__((noclone))
#else
#define NO_CLONE
#endif

/* Below this a computation is shorter than anybody can wait for: some twenty microseconds. */
enum { UNCHECKED_BELOW = 20 };

struct watch {
    fib_check *check;
    void *argument;
    bool cancelled;
};

__attribute__((noinline)) NO_CLONE uint64_t fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/* A function of its own above the plain one: a check inside fib() would cost 1 to 10 % of every
 * request. */
__attribute__((noinline)) NO_CLONE static uint64_t fib_watched(unsigned n, struct watch *watch)
{
    if (n < UNCHECKED_BELOW)
        return fib(n);
    if (watch->cancelled || watch->check(watch->argument)) {
        watch->cancelled = true;
        return 0;
    }
    return fib_watched(n - 1, watch) + fib_watched(n - 2, watch);
}

int fib_checked(unsigned n, fib_check *check, void *argument, uint64_t *value)
{
    struct watch watch = {.check = check, .argument = argument};
    uint64_t result = fib_watched(n, &watch);

    if (watch.cancelled)
        return -ECANCELED;
    *value = result;
    return 0;
}

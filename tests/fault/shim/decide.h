#ifndef TESTS_FAULT_SHIM_DECIDE_H
#define TESTS_FAULT_SHIM_DECIDE_H

#include "tests/fault/shim/control.h"

#include <stdbool.h>
#include <stddef.h>

/* What the wrappers share. */

/* True when this call is one that is to fail; errno is set then, and *error is what it is set to.
 */
bool shim_fails(enum shim_calls call, int *error);

/*
 * The same for calls on a connection. EAGAIN is spared where the descriptor blocks: no system says
 * it there.
 */
bool shim_fails_on(enum shim_calls call, int descriptor, int *error);

/* The function of that name that comes behind the shim. Aborts where there is none. */
void *shim_next(const char *name);

/* The next function of the wrapper's own name and type, looked up once. */
#define NEXT(name)                                                                                 \
    ({                                                                                             \
        static __typeof__(&(name)) next;                                                           \
        __typeof__(&(name)) found = __atomic_load_n(&next, __ATOMIC_RELAXED);                      \
        if (found == NULL) {                                                                       \
            found = (__typeof__(&(name)))shim_next(#name);                                         \
            __atomic_store_n(&next, found, __ATOMIC_RELAXED);                                      \
        }                                                                                          \
        found;                                                                                     \
    })

#endif

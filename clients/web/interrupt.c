#include "clients/web/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* All that a handler can reach. */
static struct {
    atomic_bool came;
    int descriptor;
} interrupt = {.descriptor = -1};

static void on_signal(int signal_number)
{
    const uint64_t one = 1;
    int before = errno;
    ssize_t written;

    atomic_store(&interrupt.came, true);
    written = write(interrupt.descriptor, &one, sizeof(one));
    (void)written; /* it is readable either way */
    errno = before;
}

int interrupt_init(void)
{
    /* The handler is there for the first one; after that the signal does what it does unhandled. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_RESETHAND};

    interrupt.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (interrupt.descriptor < 0 || sigaction(SIGINT, &action, NULL) < 0 ||
        sigaction(SIGTERM, &action, NULL) < 0)
        return -errno;
    return interrupt.descriptor;
}

bool interrupt_came(void)
{
    return atomic_load_explicit(&interrupt.came, memory_order_relaxed);
}

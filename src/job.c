#include "src/job.h"

#include "common/clock.h"
#include "src/fib.h"

#include <poll.h>

enum { PROBE_NS = 20 * 1000 * 1000 };

void job_init(struct job *job, const struct server *server, unsigned n, int descriptor)
{
    job->server = server;
    job->n = n;
    job->descriptor = descriptor;
    atomic_init(&job->abandoned, false);
    job->probe_at_ns = clock_ns() + PROBE_NS;
    job->status = 0;
    job->value = 0;
    job->next = NULL;
}

/* Asked for nothing, poll reports a reset or a full close, and keeps silent about a half-close. */
static bool client_is_gone(int descriptor)
{
    struct pollfd probe = {.fd = descriptor, .events = 0};

    return poll(&probe, 1, 0) == 1;
}

bool job_is_cancelled(struct job *job)
{
    int64_t now;

    if (atomic_load_explicit(&job->abandoned, memory_order_relaxed) ||
        server_cancelled(job->server))
        return true;
    now = clock_ns();
    if (now < job->probe_at_ns)
        return false;
    job->probe_at_ns = now + PROBE_NS;
    return client_is_gone(job->descriptor);
}

static bool is_cancelled(void *job)
{
    return job_is_cancelled(job);
}

void job_run(struct job *job)
{
    job->status = fib_checked(job->n, is_cancelled, job, &job->value);
    if (job->status < 0)
        server_count_cancelled(job->server);
}

void job_abandon(struct job *job)
{
    atomic_store_explicit(&job->abandoned, true, memory_order_relaxed);
}

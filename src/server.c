#include "src/server.h"

#include "common/address.h"
#include "src/fib.h"
#include "src/linger.h"
#include "src/notifier.h"
#include "src/shared.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void server_ready(const struct server *server)
{
    struct address address;
    char text[ADDRESS_TEXT], status[ADDRESS_TEXT + 64];
    int error;

    if (address_of_socket(&address, server->listener) < 0)
        return;
    printf("fibserver: %s listening on %s\n", server->backend, address_format(&address, text));
    fflush(stdout);
    snprintf(status, sizeof(status), "%s listening on %s", server->backend, text);
    error = notifier_ready(server->notifier, status);
    if (error < 0)
        fprintf(stderr, "fibserver: warning: cannot tell NOTIFY_SOCKET: %s\n", strerror(-error));
}

bool server_stopping(const struct server *server)
{
    return atomic_load_explicit(&server->shared->stopping, memory_order_acquire);
}

bool server_cancelled(const struct server *server)
{
    return atomic_load_explicit(&server->shared->cancelled, memory_order_acquire);
}

/* Every answer of a read leaves in one write, so waiting for more to fill a segment could only
 * delay it. */
static void configure(const struct server *server, int descriptor)
{
    int on = 1;

    if (!server->is_unix)
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool server_admit(const struct server *server, int descriptor)
{
    struct shared *shared = server->shared;
    long active = atomic_fetch_add(&shared->active, 1) + 1;
    long peak = atomic_load(&shared->peak);

    if (active > server->limits.max_connections) {
        atomic_fetch_sub(&shared->active, 1);
        return false;
    }
    while (active > peak && !atomic_compare_exchange_weak(&shared->peak, &peak, active))
        continue;
    atomic_fetch_add(&shared->connections, 1);
    atomic_fetch_add(&shared->accepted[server->loop], 1);
    configure(server, descriptor);
    return true;
}

void server_refuse(const struct server *server, int descriptor, const char *reason)
{
    struct session session;
    const char *bytes;
    size_t length;

    session_init(&session, &server->rules);
    session_refuse(&session, reason);
    length = session_output(&session, &bytes);
    /* One short line into an empty socket buffer: a partial send cannot happen, a failed one has no
     * cure. */
    if (length > 0 && send(descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        session_break(&session);
    session_finish(&session);
    atomic_fetch_add(&server->shared->refused, 1);
    linger_close(server->linger, descriptor);
}

void server_turn_away(const struct server *server, int descriptor, const char *reason)
{
    atomic_fetch_sub(&server->shared->active, 1);
    atomic_fetch_sub(&server->shared->connections, 1);
    atomic_fetch_sub(&server->shared->accepted[server->loop], 1);
    server_refuse(server, descriptor, reason);
}

int server_accept(const struct server *server, bool non_blocking, int *accepted)
{
    int flags = SOCK_CLOEXEC | (non_blocking ? SOCK_NONBLOCK : 0);

    while (!server_stopping(server)) {
        int descriptor = accept4(server->listener, NULL, NULL, flags);

        if (descriptor >= 0) {
            if (server_admit(server, descriptor)) {
                *accepted = descriptor;
                return 0;
            }
            server_refuse(server, descriptor, "too many connections");
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return -errno;
        }
    }
    return -EAGAIN;
}

void server_count(const struct server *server, uint64_t requests, uint64_t errors,
                  uint64_t undelivered)
{
    struct shared *shared = server->shared;

    atomic_fetch_add(&shared->requests, requests);
    atomic_fetch_add(&shared->errors, errors);
    if (server_cancelled(server))
        atomic_fetch_add(&shared->dropped, undelivered);
}

void server_close(const struct server *server, int descriptor, enum session_ending ending)
{
    if (descriptor >= 0 && ending == SESSION_LINGER && !server_cancelled(server))
        linger_close(server->linger, descriptor);
    else if (descriptor >= 0)
        close(descriptor);
    atomic_fetch_sub(&server->shared->active, 1);
}

void server_hang_up(const struct server *server, struct session *session, int descriptor)
{
    enum session_ending ending = session_ending(session);

    server_count(server, session->requests, session->errors, session_undelivered(session));
    /* Where it lies in shared memory, somebody else counts it if we are killed from here on. */
    session->requests = session->errors = 0;
    session_finish(session);
    server_close(server, descriptor, ending);
}

static bool is_cancelled(void *server)
{
    return server_cancelled(server);
}

int server_compute(const struct server *server, unsigned n, uint64_t *value)
{
    int error;

    if (server_cancelled(server))
        return -ECANCELED; /* none is begun, so none is counted */
    error = fib_checked(n, is_cancelled, (void *)server, value);
    if (error < 0)
        server_count_cancelled(server);
    return error;
}

void server_count_cancelled(const struct server *server)
{
    atomic_fetch_add(&server->shared->abandoned, 1);
}

#include "clients/connection.h"

#include <errno.h>
#include <sys/socket.h>

void connection_add(struct connection *connection, const struct dialogue *dialogue, int64_t when,
                    uint32_t requests)
{
    uint32_t last = connection->ring_first + connection->ring_used;

    if (last >= connection->ring_size)
        last -= connection->ring_size;
    connection->ring[last] = (struct departure){.when = when, .requests = requests};
    connection->ring_used++;
    connection->under_way += requests;
    connection->unwritten += requests * dialogue->request_length;
}

uint32_t connection_take(struct connection *connection, uint32_t most, int64_t *when)
{
    struct departure *first = &connection->ring[connection->ring_first];
    uint32_t taken = most;

    if (connection->ring_used == 0)
        return 0;
    if (first->requests < most)
        taken = first->requests;
    *when = first->when;
    first->requests -= taken;
    connection->under_way -= taken;
    if (first->requests == 0) {
        connection->ring_used--;
        if (++connection->ring_first == connection->ring_size)
            connection->ring_first = 0;
    }
    return taken;
}

uint32_t connection_withdraw(struct connection *connection, const struct dialogue *dialogue,
                             int64_t *when)
{
    size_t whole = connection->unwritten / dialogue->request_length;
    uint32_t last = connection->ring_first + connection->ring_used - 1, taken;
    struct departure *newest;

    if (whole == 0)
        return 0;
    if (last >= connection->ring_size)
        last -= connection->ring_size;
    newest = &connection->ring[last];
    taken = newest->requests < whole ? newest->requests : (uint32_t)whole;
    *when = newest->when;
    newest->requests -= taken;
    if (newest->requests == 0)
        connection->ring_used--;
    connection->under_way -= taken;
    connection->unwritten -= taken * dialogue->request_length;
    return taken;
}

/* The unwritten bytes end with a whole request; where they begin follows from their number. */
static size_t offset_of_next(const struct connection *connection, const struct dialogue *dialogue)
{
    size_t rest = connection->unwritten % dialogue->request_length;

    return rest == 0 ? 0 : dialogue->request_length - rest;
}

int connection_write(struct connection *connection, const struct dialogue *dialogue)
{
    while (connection->unwritten > 0) {
        size_t length = connection->unwritten;
        ssize_t written;

        if (length > DIALOGUE_BYTES)
            length = DIALOGUE_BYTES;
        written =
            send(connection->descriptor, dialogue->requests + offset_of_next(connection, dialogue),
                 length, MSG_NOSIGNAL);
        if (written < 0) {
            if (errno == EAGAIN || errno == EINTR)
                return 0;
            return -errno;
        }
        connection->unwritten -= (size_t)written;
    }
    return 0;
}

ssize_t connection_read(struct connection *connection, char *buffer, size_t size, int flags)
{
    ssize_t got = recv(connection->descriptor, buffer, size, flags);

    if (got >= 0)
        return got;
    return errno == EINTR ? -EAGAIN : -errno;
}

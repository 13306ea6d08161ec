#include "src/idle_ring.h"

#include "common/clock.h"

#include <stddef.h>

void idle_ring_init(struct idle_ring *ring, int64_t limit_ms)
{
    ring->head.next = ring->head.previous = &ring->head;
    ring->limit_ms = limit_ms;
}

static void link_last(struct idle_ring *ring, struct idle_place *place)
{
    place->warned = false;
    place->next = &ring->head;
    place->previous = ring->head.previous;
    place->previous->next = place->next->previous = place;
}

void idle_ring_add(struct idle_ring *ring, struct idle_place *place, const struct session *session)
{
    place->session = session;
    idle_init(&place->idle, session, ring->limit_ms > 0 ? clock_ms() : 0);
    link_last(ring, place);
}

void idle_ring_remove(struct idle_place *place)
{
    place->previous->next = place->next;
    place->next->previous = place->previous;
}

void idle_ring_note(struct idle_ring *ring, struct idle_place *place)
{
    if (ring->limit_ms == 0 ||
        idle_left(&place->idle, place->session, clock_ms(), ring->limit_ms) < ring->limit_ms)
        return;
    idle_ring_remove(place);
    link_last(ring, place);
}

struct idle_place *idle_ring_first(const struct idle_ring *ring)
{
    return idle_ring_next(ring, &ring->head);
}

struct idle_place *idle_ring_next(const struct idle_ring *ring, const struct idle_place *place)
{
    return place->next != &ring->head ? place->next : NULL;
}

struct idle_place *idle_ring_overdue(struct idle_ring *ring)
{
    int64_t now = clock_ms();
    struct idle_place *place;

    for (place = idle_ring_first(ring); place != NULL; place = idle_ring_next(ring, place)) {
        if (idle_left(&place->idle, place->session, now, ring->limit_ms) > 0)
            return NULL;
        if (place->warned)
            return place;
        place->warned = true;
    }
    return NULL;
}

uint64_t idle_ring_wait(struct idle_ring *ring)
{
    struct idle_place *first = idle_ring_first(ring);
    int64_t left = ring->limit_ms;

    if (first != NULL)
        left = idle_left(&first->idle, first->session, clock_ms(), ring->limit_ms);
    return left > 0 ? (uint64_t)left : 1;
}

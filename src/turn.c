#include "src/turn.h"

#include "src/fib.h"

enum { BUDGET_NS = 1000 * 1000 };

void turn_init(struct turn *turn, const struct server *server, bool has_pool)
{
    turn->server = server;
    turn->has_pool = has_pool;
    turn->spent_ns = 0;
}

enum turn_stop turn_run(struct turn *turn, struct session *session, unsigned *n)
{
    const struct offload *offload = &turn->server->offload;

    while (turn->spent_ns < BUDGET_NS) {
        switch (session_next(session, n)) {
        case SESSION_NO_LINE:
            return session_is_full(session) ? TURN_FULL : TURN_DONE;
        case SESSION_REFUSED:
            turn->spent_ns += offload_cost(offload, 0);
            break;
        case SESSION_REQUEST:
            if (turn->has_pool && offload_is_wanted(offload, *n))
                return TURN_OFFLOAD;
            if (offload_is_costly(offload, *n)) {
                turn->spent_ns += offload_cost(offload, *n);
                return TURN_COMPUTE;
            }
            session_answer(session, fib(*n));
            turn->spent_ns += offload_cost(offload, *n);
            break;
        }
    }
    return session_wants_read(session) ? TURN_DONE : TURN_OVER;
}

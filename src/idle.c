#include "src/idle.h"

static bool has_output(const struct session *session)
{
    const char *bytes;

    return session_output(session, &bytes) > 0;
}

void idle_init(struct idle *idle, const struct session *session, int64_t now_ms)
{
    idle->activity = session_activity(session);
    idle->sends = session_sends(session);
    idle->had_output = has_output(session);
    idle->since_ms = now_ms;
}

int64_t idle_left(struct idle *idle, const struct session *session, int64_t now_ms,
                  int64_t limit_ms)
{
    bool stuck = idle->had_output && has_output(session);
    int64_t left;

    if (session_is_computing(session) || session_sends(session) != idle->sends ||
        (session_activity(session) != idle->activity && !stuck))
        idle_init(idle, session, now_ms);
    left = idle->since_ms + limit_ms - now_ms;
    return left > 0 ? left : 0;
}

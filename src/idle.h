#ifndef IDLE_H
#define IDLE_H

#include "src/session.h"

#include <stdint.h>

/*
 * The idle time of one connection, after --idle-timeout: it starts anew when a line is completed,
 * an answer is made or bytes of answers are sent, and stands still while a request computes
 * elsewhere. Bytes of an unfinished line do not count: who drips them is as idle as who sends none.
 */
struct idle {
    uint32_t activity, sends;
    int64_t since_ms;
    bool had_output;
};

/* now_ms: clock_ms(), or the same from a loop's cached clock. */
void idle_init(struct idle *idle, const struct session *session, int64_t now_ms);

/*
 * Looks at the session and returns in how many milliseconds the connection is to be closed, 0 where
 * it is now; limit_ms is above 0. Call it after whatever may have moved the session.
 */
int64_t idle_left(struct idle *idle, const struct session *session, int64_t now_ms,
                  int64_t limit_ms);

#endif

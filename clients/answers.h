#ifndef CLIENTS_ANSWERS_H
#define CLIENTS_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a connection says and hears when every request asks for the same number: one request line
 * and one answer line, each repeated. Sending k requests and checking k answers are then one call
 * and one comparison, wherever the bytes are cut.
 */
enum {
    LINE_MAX_LENGTH = 24,
    DIALOGUE_BYTES = 16384,
    LARGEST_N = 93, /* the last whose F(n) fits 64 bits */
    WRONG_ANSWER_TEXT = 80,
};

struct dialogue {
    size_t request_length;
    size_t answer_length;
    char requests[DIALOGUE_BYTES + LINE_MAX_LENGTH];
    char answers[DIALOGUE_BYTES + LINE_MAX_LENGTH];
};

/* Fills in the lines for n (0..LARGEST_N); F(n) is computed by iteration, here. */
void dialogue_init(struct dialogue *dialogue, unsigned n);

/* Where in the stream of answers a connection is. All zero is its beginning. */
struct answers {
    uint16_t matched; /* bytes of the present line that were right */
    bool wrong;       /* the present line differs; the rest of it is skipped */
    bool begun;       /* the present line has bytes */
};

/* What some bytes completed. */
struct answers_checked {
    uint64_t right;
    uint64_t wrong;
};

/*
 * Checks the next bytes of a stream against the dialogue and adds the lines that they complete to
 * *checked. Where first_wrong is not NULL and these bytes hold a wrong line's beginning, that
 * line's first bytes, as far as they lie in these bytes, are stored there as text, once (while it
 * is empty); a byte that does not print becomes '?'.
 */
void answers_check(struct answers *answers, const struct dialogue *dialogue, const char *bytes,
                   size_t length, struct answers_checked *checked,
                   char first_wrong[WRONG_ANSWER_TEXT]);

/* True where the stream stopped in the middle of a line. */
bool answers_unfinished(const struct answers *answers);

#endif

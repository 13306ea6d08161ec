#ifndef TESTS_FAULT_VICTIM_H
#define TESTS_FAULT_VICTIM_H

#include "tests/fault/witness.h"

/*
 * The clients that a fault hits. Whatever becomes of their connections, what they are told is right
 * and in order, and they are not left without a word: each gets the answer, or the end.
 */
enum fate {
    VICTIM_SERVED, /* had every answer */
    VICTIM_CUT,    /* turned away, or cut off on the way */
};

/*
 * A conversation with all that a connection can ask for: single lines, pipelined ones, costly ones,
 * errors, a half-close; then one more that is ended by an overlong line. Right answers count for
 * the witness.
 */
enum fate victims_converse(struct witness *witness, int rounds);

#endif

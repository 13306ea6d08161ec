#ifndef TESTS_FAULT_EFFORT_H
#define TESTS_FAULT_EFFORT_H

/* How far a run goes: each program that is made of these tests defines it for itself. */
struct effort {
    long depth;         /* each call fails at its first, second, … of so many times */
    long pausing_depth; /* the same for faults that stop accepting for a while */
    long start_depth;   /* the same for calls before the server is ready */
    int rounds;         /* of the conversation that such a call fails in */
    int crowd;          /* idle connections beside the busy one */
    int thread_crowd;   /* the same where each costs a thread */
};

extern const struct effort effort;

#endif

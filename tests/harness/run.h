#ifndef TESTS_HARNESS_RUN_H
#define TESTS_HARNESS_RUN_H

/* A program run to its end, with what it printed. */
struct run_result {
    int status; /* the exit status; -1 died of a signal, -2 did not end in time (killed) */
    char output[16 * 1024];
    char complaint[16 * 1024];
};

/* argv is NULL-terminated. Fills *result; status 127 is a program that cannot be run. */
void run_program(struct run_result *result, const char *const *argv);

/* The same with arguments given one by one, C strings. */
#define RUN_PROGRAM(result, ...) run_program(result, (const char *const[]){__VA_ARGS__, NULL})

#endif

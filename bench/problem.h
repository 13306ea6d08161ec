#ifndef BENCH_PROBLEM_H
#define BENCH_PROBLEM_H

/*
 * What was wrong, in words for the user. A function that takes one fills it in when, and only when,
 * it returns a negative errno.
 */
struct problem {
    char text[1024];
};

/* Writes the text, cut short where it does not fit, and returns error, so that it can be returned.
 */
int problem_set(struct problem *problem, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif

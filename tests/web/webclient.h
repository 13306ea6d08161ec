#ifndef TESTS_WEB_WEBCLIENT_H
#define TESTS_WEB_WEBCLIENT_H

#include "tests/harness/fixture.h"
#include "tests/harness/process.h"
#include "tests/harness/run.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

/* A webclient of the run's strategy, with --json; it ends with the test. All functions fail the
 * test when the program does not do its part. */
struct webclient {
    struct fixture *fixture;
    struct process process;
    cJSON *results; /* what it has printed so far, without the summary */
    cJSON *summary; /* NULL until it has come */
    int status;     /* the exit status, once it has ended */
};

/* Starts it, in the fixture's environment; the further arguments are options and URLs, C strings.
 */
#define webclient_start(fixture, ...)                                                              \
    webclient_start_with(fixture, (const char *const[]){__VA_ARGS__, NULL})
struct webclient *webclient_start_with(struct fixture *fixture, const char *const *arguments);

/* Reads results until there are so many in all. */
void webclient_read(struct webclient *client, size_t count);

/* Reads all that is still to come, and waits for the end: exit status and the summary are there
 * then, and what it says of itself has been checked against the results. */
void webclient_finish(struct webclient *client);

/* webclient_start and webclient_finish. */
#define webclient_run(fixture, ...)                                                                \
    webclient_run_with(fixture, (const char *const[]){__VA_ARGS__, NULL})
struct webclient *webclient_run_with(struct fixture *fixture, const char *const *arguments);

/* Runs it without --json, the further arguments as above: *result has what it printed. */
#define WEBCLIENT_PRINT(fixture, result, ...)                                                      \
    webclient_print(fixture, result, (const char *const[]){__VA_ARGS__, NULL})
void webclient_print(struct fixture *fixture, struct run_result *result,
                     const char *const *arguments);

/* A command line by hand: the program, its strategy, and the options of this run; then words that
 * end in NULL, behind so many. Both return how many there are then, at most WORDS_MAX. */
enum { WORDS_MAX = 1100 };
size_t begin_words(const char **words, const struct subject *subject);
size_t add_words(const char **words, size_t count, const char *const *more);

/* Arguments that grow. */
struct arguments {
    char *words[1024]; /* NULL-terminated */
    size_t count;
};

void __attribute__((format(printf, 2, 3)))
add_argument(struct arguments *arguments, const char *format, ...);
void free_arguments(struct arguments *arguments);

/* The result of the URL, which has exactly one. */
const cJSON *result_of(const struct webclient *client, const char *url);

/* The same for a path at the beginning of a server's URL. */
const cJSON *result_at(const struct webclient *client, const char *origin, const char *path);

/* A member of a result or of the summary; null and what is not there are "" and 0. */
const char *text_of(const cJSON *object, const char *name);
double number_of(const cJSON *object, const char *name);

/* Status and failure of a result are as given; failure "" is none. */
void expect_result(const struct webclient *client, const cJSON *result, int status,
                   const char *failure);

/* The process has ended with the status, after so many results. */
void expect_end(const struct webclient *client, int status, size_t results);

#endif

#ifndef TESTS_BENCH_COMMAND_LINE_H
#define TESTS_BENCH_COMMAND_LINE_H

#include "tests/harness/assertions.h"
#include "tests/harness/process.h"

#include <cjson/cJSON.h>

/*
 * Tests of fibbench's command line with measurements that are not real: a fake server and a fake
 * client stand in for fibserver and fibclient, so that all takes a moment and ends as it must.
 */
enum { TIMEOUT_MS = 120000, OUTPUT = 1 << 20 };

/* Programs under test, and a folder of one test's own. */
struct context {
    const char *fibbench;
    const char *server;
    const char *client;
    char folder[64];
    char results[96]; /* a path in it */
    int status;       /* of the last run; -1 killed by a signal */
    char output[OUTPUT];
    char errors[OUTPUT];
};

/* Takes the programs from the arguments FIBBENCH FAKE_SERVER FAKE_CLIENT. Returns 0 or -EINVAL. */
int context_init(struct context *context, int count, char **arguments);

/* Around each test: makes the folder, and removes it with what a test may have left in it. */
int set_up(void **state);
int tear_down(void **state);

#define TEST(function, state)                                                                      \
    cmocka_unit_test_prestate_setup_teardown(function, set_up, tear_down, state)

/* Waits for the end of a fibbench that runs; what it printed and its status are in the context. */
void collect(struct context *context, struct process *process);

/* Runs fibbench with these arguments, ended by NULL. */
void run_arguments(struct context *context, const char *const *arguments);

#define RUN(context, ...) run_arguments(context, (const char *const[]){__VA_ARGS__, NULL})

/* `fibbench run` with the fakes, short windows, and the options that follow. */
#define MEASURE(context, ...)                                                                      \
    RUN(context, "run", "--server", (context)->server, "--client", (context)->client, "-o",        \
        (context)->results, "--duration", "0.4", "--seed", "1", "--no-passes", __VA_ARGS__)

/* All that follow fail the test where it is not so. */
void expect_status(const struct context *context, int status);
void expect_text(const char *where, const char *text);

/* The caller deletes it. */
cJSON *read_results(const char *path);
void write_file(const char *path, const char *text);
cJSON *member(const cJSON *object, const char *name);

/* The cell of a row in a results document. */
cJSON *cell_of(const cJSON *document, const char *row, const char *column);
void expect_outcome(const cJSON *document, const char *row, const char *column,
                    const char *outcome);

/* Writes the path of a file in the test's folder, which is removed with it. Returns path. */
char *path_in(const struct context *context, const char *name, char *path, size_t size);

/* Every process that wrote its number into the file has ended, and there was one. */
void expect_no_process_left(const char *path);

#endif

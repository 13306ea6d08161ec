#include "tests/harness/suite.h"
#include "tests/web/delay_server.h"
#include "tests/web/webclient.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { URLS = 100000, FIRST = 10000 };

struct feeder {
    char path[160];
    const char *server;
};

static void *feed(void *argument)
{
    const struct feeder *feeder = argument;
    FILE *file = fopen(feeder->path, "we");

    for (int i = 0; file != NULL && i < URLS; i++)
        fprintf(file, "%s/?this-is-number=%d\n", feeder->server, i);
    if (file != NULL)
        fclose(file);
    return NULL;
}

/* Checks a line of output and forgets it. */
static void take_line(struct fixture *fixture, struct process *process, bool *seen)
{
    char line[1024];
    const char *number;
    long i;

    if (process_read_line(process, line, sizeof(line), DEADLINE_MS) < 0)
        fixture_fail(fixture, "a result is missing");
    number = strrchr(line, '=');
    i = number != NULL ? strtol(number + 1, NULL, 10) : -1;
    if (strncmp(line, "200 6 ", 6) != 0 || i < 0 || i >= URLS || seen[i])
        fixture_fail(fixture, "not a good result, or a second one: %s", line);
    seen[i] = true;
}

static void finish_feeding(void *thread)
{
    pthread_join(*(pthread_t *)thread, NULL);
}

/* Without a reader the feeder ends, too. */
static void finish_reading(void *process)
{
    process_finish(process);
}

/* However long the list, memory is what it was after a tenth of it. */
static void a_long_list_is_streamed(struct fixture *fixture)
{
    static bool seen[URLS];
    static struct feeder feeder;
    static struct process process;
    static pthread_t thread;
    char input[192];
    const char *const argv[] = {fixture->subject->program,
                                "--backend",
                                fixture->subject->backend,
                                "-c50",
                                "--quiet",
                                input,
                                NULL};
    int64_t resident;

    feeder.server = delay_server_start(fixture);
    fixture_path(fixture, "urls", feeder.path, sizeof(feeder.path));
    snprintf(input, sizeof(input), "--input=%s", feeder.path);
    if (mkfifo(feeder.path, 0600) != 0 || pthread_create(&thread, NULL, feed, &feeder) != 0)
        fixture_fail(fixture, "cannot start");
    fixture_defer(fixture, finish_feeding, &thread);
    if (process_start(&process, (char *const *)argv, 0) != 0)
        fixture_fail(fixture, "cannot start");
    fixture_defer(fixture, finish_reading, &process);
    step(fixture, "a tenth");
    for (int i = 0; i < FIRST; i++)
        take_line(fixture, &process, seen);
    resident = process_resident(process.pid);
    step(fixture, "the rest");
    for (int i = FIRST; i < URLS - 1; i++)
        take_line(fixture, &process, seen);
    if (process_resident(process.pid) > resident + resident / 4 + 1024 * 1024)
        fixture_fail(fixture, "%lld bytes of memory after %d URLs, %lld after %d",
                     (long long)resident, FIRST, (long long)process_resident(process.pid),
                     URLS - 1);
    take_line(fixture, &process, seen);
    if (process_wait(&process, DEADLINE_MS) != 0 || process.status != 0)
        fixture_fail(fixture, "it does not end well");
}

static const struct suite_test tests[] = {
    TEST(a_long_list_is_streamed, NEEDS_RELEASE),
};

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {SUITE_PART(tests)};

    return suite_main("web long", parts, 1, argc, argv);
}

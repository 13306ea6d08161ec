#include "tests/harness/fixture.h"

#include "common/clock.h"
#include "tests/harness/assertions.h"
#include "tests/harness/client.h"
#include "tests/harness/server.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COMPLAINT_SHOWN = 8192, N_MAX = 93 };

void fixture_init(struct fixture *fixture, struct subject *subject)
{
    *fixture = (struct fixture){.subject = subject, .step = "no step", .file = "test"};
}

struct fixture_deed {
    struct fixture_deed *next;
    void (*undo)(void *argument);
    void *argument;
};

void fixture_defer(struct fixture *fixture, void (*undo)(void *argument), void *argument)
{
    struct fixture_deed *deed = malloc(sizeof(*deed));

    if (deed == NULL)
        abort();
    *deed = (struct fixture_deed){fixture->deeds, undo, argument};
    fixture->deeds = deed;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    remove(path);
    return 0;
}

static void remove_directory(const char *path)
{
    enum { DESCRIPTORS = 16 };

    nftw(path, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

void fixture_finish(struct fixture *fixture)
{
    struct fixture_deed *deed;
    struct client *client;
    struct server *server;

    while ((deed = fixture->deeds) != NULL) {
        fixture->deeds = deed->next;
        deed->undo(deed->argument);
        free(deed);
    }
    while ((client = fixture->clients) != NULL) {
        fixture->clients = client->next;
        client_destroy(client);
    }
    while ((server = fixture->servers) != NULL) {
        fixture->servers = server->next;
        server_destroy(server);
    }
    if (fixture->directory[0] != '\0')
        remove_directory(fixture->directory);
    fixture->directory[0] = '\0';
}

void fixture_step(struct fixture *fixture, const char *text, const char *file, int line)
{
    fixture->step = text;
    fixture->file = file;
    fixture->line = line;
}

void fixture_fail(const struct fixture *fixture, const char *format, ...)
{
    const struct server *server;
    char complaint[COMPLAINT_SHOWN], reason[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    print_error("%s: %s: %s\n", fixture->subject->backend, fixture->step, reason);
    for (server = fixture->servers; server != NULL; server = server->next) {
        process_read_complaint(&server->process, complaint, sizeof(complaint));
        if (complaint[0] != '\0')
            print_error("standard error of the server so far:\n%s\n", complaint);
    }
    _fail(fixture->file, fixture->line);
    abort(); /* _fail does not return, but is not declared so */
}

void fixture_skip(struct fixture *fixture, const char *reason)
{
    snprintf(fixture->skipped, sizeof(fixture->skipped), "%s", reason);
    print_message("%s: skipped: %s\n", fixture->subject->backend, reason);
    _skip(fixture->file, fixture->line);
    abort();
}

void fixture_path(struct fixture *fixture, const char *name, char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");

    if (fixture->directory[0] == '\0') {
        if (folder == NULL || strlen(folder) > 32)
            folder = "/tmp";
        snprintf(fixture->directory, sizeof(fixture->directory), "%s/fibserver-test-XXXXXX",
                 folder);
        if (mkdtemp(fixture->directory) == NULL) {
            fixture->directory[0] = '\0';
            fixture_fail(fixture, "cannot make a folder in %s: %s", folder, strerror(errno));
        }
    }
    snprintf(path, size, "%s/%s", fixture->directory, name);
}

bool subject_has_option(const struct subject *subject, const char *option)
{
    for (size_t i = 0; i < subject->extra_count; i++)
        if (strcmp(subject->extra[i], option) == 0)
            return true;
    return false;
}

bool wait_until(bool (*predicate)(void *argument), void *argument, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;

    while (!predicate(argument)) {
        if (clock_ms() >= deadline)
            return false;
        pause_ms(2);
    }
    return true;
}

void pause_ms(int milliseconds)
{
    struct timespec left = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = milliseconds % 1000 * 1000000L};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

uint64_t fibonacci(unsigned n)
{
    uint64_t current = 0, next = 1, sum;

    while (n-- > 0) {
        sum = current + next;
        current = next;
        next = sum;
    }
    return current;
}

static const double golden_ratio = 1.618033988749895;

/* The naive recursion makes about phi to the power of n steps. Processor time is measured, which
 * other load does not add to. */
static double measure_step_ns(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    double best = INFINITY, taken = 0;
    int64_t begin;
    unsigned n = 18;

    client_round_trip(client, 1);
    do {
        n++;
        begin = server_cpu_ns(server);
        client_round_trip(client, n);
        taken = (double)(server_cpu_ns(server) - begin);
    } while (taken < 20e6 && n < 50);
    for (int round = 0; round < 3; round++) {
        if (taken < best)
            best = taken;
        begin = server_cpu_ns(server);
        client_round_trip(client, n);
        taken = (double)(server_cpu_ns(server) - begin);
    }
    client_close(client);
    server_stop(server);
    return best / pow(golden_ratio, n);
}

unsigned n_taking(struct fixture *fixture, double seconds)
{
    double n;

    if (fixture->subject->nanoseconds <= 0)
        fixture->subject->nanoseconds = measure_step_ns(fixture);
    n = round(log(seconds * 1e9 / fixture->subject->nanoseconds) / log(golden_ratio));
    if (n < 3 || n > N_MAX)
        fixture_fail(fixture, "no n takes %g s here: %g", seconds, n);
    return (unsigned)n;
}

/*
 * Stands in for fibclient in the tests of fibbench: asks the fake server what to report and prints
 * the report that fibclient would, at once where nothing is at stake, behind its window where a
 * second client could be kept waiting.
 */
#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *value_of(int count, char **arguments, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < count; i++)
        if (strcmp(arguments[i], name) == 0)
            return arguments[i + 1];
    return otherwise;
}

static int connect_to(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror("fibclient: cannot connect");
        exit(1);
    }
    return connection;
}

/* What the server says within so many seconds; "" where it says nothing. */
static void ask(int connection, const char *mode, double seconds, char *text, size_t size)
{
    struct pollfd polled = {.fd = connection, .events = POLLIN};
    ssize_t length = 0;

    if (write(connection, mode, strlen(mode)) < 0)
        exit(1);
    if (poll(&polled, 1, (int)(seconds * 1000)) > 0)
        length = read(connection, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
}

/* passed: how long the server kept it waiting, to which a slow request adds what it takes. */
static void report(const char *mode, unsigned n, const char *said, double seconds, double passed)
{
    bool right = strncmp(said, "ok", 2) == 0, wrong = strncmp(said, "wrong", 5) == 0;
    bool slow = strcmp(mode, "slow") == 0, answered = right || wrong;
    double speed = answered ? strtod(strchr(said, ' '), NULL) : 1;
    double latency = (slow ? 1e-9 * pow(1.618033988749895, n) : 0.001) / speed;
    bool late = answered && passed + (slow ? latency : 0) > seconds;
    double requests = answered && !late ? (slow ? 3 : 1000 * seconds * speed) : 0;

    printf("{\"mode\":\"%s\",\"requests\":%.0f,\"seconds\":%g,\"rate\":%g,\"late\":%d,", mode,
           requests, seconds, requests / seconds, late);
    printf("\"errors\":%d,\"error_kinds\":{\"wrong\":%d,\"missing\":%d,\"extra\":0,\"closed\":0},",
           !right, wrong, !answered);
    printf("\"first_error\":%s,\"per_connection\":[%.0f],", wrong ? "\"a wrong answer\"" : "null",
           requests);
    printf("\"latency\":{\"count\":%.0f,\"min\":%g,\"mean\":%g,\"max\":%g},", requests, latency,
           requests > 0 ? latency : 0, requests > 0 ? fmax(passed, latency) : 0);
    printf("\"late_latency\":{\"count\":%d,\"min\":%g,\"mean\":%g}}\n", late, latency,
           late ? latency : 0);
    exit(right ? 0 : 1);
}

int main(int count, char **arguments)
{
    const char *mode = count > 1 ? arguments[1] : "fast";
    double seconds = strtod(value_of(count, arguments, "-d", "1"), NULL), begun = now();
    unsigned n = (unsigned)strtoul(value_of(count, arguments, "-n", "1"), NULL, 10);
    int connection = connect_to(value_of(count, arguments, "--port", "25000"));
    char said[64];
    double passed;

    /* Beyond the window so long as fibclient waits for what is due, but not as long. */
    ask(connection, mode, seconds + 0.5, said, sizeof(said));
    passed = now() - begun;
    if (passed < seconds && getenv("FAKE_HOLD") != NULL)
        usleep((useconds_t)((seconds - passed) * 1e6));
    report(mode, n, said, seconds, passed);
    return 0;
}

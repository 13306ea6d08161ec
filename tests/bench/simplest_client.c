/*
 * The simplest client of the line protocol that checks its answers: send, receive, compare, in a
 * thread per connection. bench/client-cost puts fibclient's cost beside its.
 *
 * simplest_client PORT SECONDS CONNECTIONS prints the requests answered, the seconds, and the
 * seconds of CPU that they took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1000 };

struct shared {
    pthread_barrier_t barrier;
    atomic_bool over;
};

struct client {
    struct shared *shared;
    int socket;
    uint64_t requests;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);

    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0)
        fail("simplest_client: cannot connect");
    return connection;
}

static void *run(void *argument)
{
    static const char request[] = "1\n", answer[] = "1\n";
    struct client *client = argument;
    char got[sizeof(answer)];

    pthread_barrier_wait(&client->shared->barrier);
    while (!atomic_load_explicit(&client->shared->over, memory_order_relaxed)) {
        if (send(client->socket, request, strlen(request), 0) != (ssize_t)strlen(request))
            fail("simplest_client: cannot send");
        if (recv(client->socket, got, strlen(answer), MSG_WAITALL) != (ssize_t)strlen(answer) ||
            memcmp(got, answer, strlen(answer)) != 0) {
            fputs("simplest_client: a wrong answer\n", stderr);
            exit(1);
        }
        client->requests++;
    }
    return NULL;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    static struct client clients[MOST_CONNECTIONS];
    static pthread_t threads[MOST_CONNECTIONS];
    struct shared shared = {.over = false};
    unsigned port = count == 4 ? (unsigned)strtoul(arguments[1], NULL, 10) : 0;
    double seconds = count == 4 ? strtod(arguments[2], NULL) : 0, begun, cpu;
    unsigned connections = count == 4 ? (unsigned)strtoul(arguments[3], NULL, 10) : 0;
    uint64_t requests = 0;

    if (port == 0 || !(seconds > 0) || connections == 0 || connections > MOST_CONNECTIONS) {
        fputs("usage: simplest_client PORT SECONDS CONNECTIONS\n", stderr);
        return 2;
    }
    pthread_barrier_init(&shared.barrier, NULL, connections + 1);
    for (unsigned i = 0; i < connections; i++) {
        clients[i] = (struct client){.shared = &shared, .socket = connect_to(port)};
        if (pthread_create(&threads[i], NULL, run, &clients[i]) != 0)
            fail("simplest_client: no thread");
    }
    cpu = cpu_seconds();
    begun = now();
    pthread_barrier_wait(&shared.barrier);
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&shared.over, true);
    for (unsigned i = 0; i < connections; i++) {
        pthread_join(threads[i], NULL);
        requests += clients[i].requests;
    }
    printf("%llu %.6f %.6f\n", (unsigned long long)requests, now() - begun, cpu_seconds() - cpu);
    return 0;
}

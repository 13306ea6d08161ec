/*
 * Stands in for fibserver in the tests of fibbench: it prints the lines that fibbench waits for,
 * and each of its backends misbehaves in one way. It does not speak the line protocol but tells the
 * fake client what to report: "ok", "wrong", or nothing.
 *
 * FAKE_SPEED in the environment is the factor by which it is faster than usual; FAKE_PIDS names a
 * file to which every server appends its process id; FAKE_FALTER=N makes the Nth of them half as
 * fast.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 16 };

static const char BACKENDS[] =
    "[{\"name\":\"null\",\"family\":\"null\",\"library\":null,\"compute\":\"inline\","
    "\"available\":true},"
    "{\"name\":\"sync\",\"family\":\"sync\",\"library\":null,\"compute\":\"inline\","
    "\"available\":true},"
    "{\"name\":\"uv\",\"family\":\"uv\",\"library\":\"libuv 1.0\",\"compute\":\"pool\","
    "\"available\":true},"
    "{\"name\":\"dies\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"exits\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"hangs\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"wrong\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"fails\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"mute\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"stubborn\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"dawdles\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"vague\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
    "{\"name\":\"absent\",\"family\":\"x\",\"compute\":\"inline\",\"available\":false,"
    "\"reason\":\"no library\"}]";

/* The one flag that a handler sets. */
static volatile sig_atomic_t stopping;

static void on_stop(int number)
{
    stopping = 1;
}

static int listen_on(unsigned port, unsigned *taken)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, CONNECTIONS) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
        perror("fake_fibserver");
        exit(1);
    }
    *taken = ntohs(address.sin_port);
    return listener;
}

/* A server, of the fakes that there are. */
struct server {
    const char *backend;
    double speed;
};

/* A client said its mode: "fast", "slow" or "load". */
static void answer(const struct server *server, int connection, const char *mode)
{
    const char *backend = server->backend;
    bool slow = strncmp(mode, "slow", 4) == 0;
    char text[64];
    int length;

    if (strcmp(backend, "dies") == 0 && slow) {
        fputs("fake_fibserver: a fault of its own\n", stderr);
        _exit(3);
    }
    if (strcmp(backend, "hangs") == 0 && slow)
        return;
    length = snprintf(text, sizeof(text), "%s %g\n",
                      strcmp(backend, "wrong") == 0 && slow ? "wrong" : "ok", server->speed);
    if (write(connection, text, (size_t)length) < 0)
        perror("fake_fibserver");
}

/* "sync" takes no further connection while it has one. */
static void serve(const struct server *server, int listener)
{
    bool one_at_a_time = strcmp(server->backend, "sync") == 0;
    struct pollfd polled[1 + CONNECTIONS];
    nfds_t count = 1;
    char mode[16];

    polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    while (!stopping) {
        bool full = count > CONNECTIONS || (one_at_a_time && count > 1);

        polled[0].events = full ? 0 : POLLIN;
        if (poll(polled, count, -1) < 0)
            continue;
        for (nfds_t i = count; --i > 0;) {
            ssize_t length = 0;

            if (polled[i].revents == 0)
                continue;
            length = read(polled[i].fd, mode, sizeof(mode) - 1);
            if (length > 0) {
                mode[length] = '\0';
                answer(server, polled[i].fd, mode);
            } else {
                close(polled[i].fd);
                polled[i] = polled[--count];
            }
        }
        if (polled[0].revents != 0)
            polled[count++] = (struct pollfd){.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC),
                                              .events = POLLIN};
    }
}

/* Returns how many have done so by now, this one among them. */
static unsigned note_pid(void)
{
    const char *path = getenv("FAKE_PIDS");
    FILE *file = path != NULL ? fopen(path, "a+e") : NULL;
    unsigned count = 0;
    int read;

    if (file == NULL)
        return 0;
    fprintf(file, "%ld\n", (long)getpid());
    rewind(file);
    while ((read = fgetc(file)) != EOF)
        count += read == '\n';
    fclose(file);
    return count;
}

static double speed_of(unsigned number)
{
    const char *speed = getenv("FAKE_SPEED"), *falters = getenv("FAKE_FALTER");
    double factor = speed != NULL ? strtod(speed, NULL) : 1;

    return falters != NULL && strtoul(falters, NULL, 10) == number ? factor / 2 : factor;
}

/* Without SA_RESTART: poll shall see it. */
static void handle_stop(bool ignore)
{
    struct sigaction action = {.sa_handler = ignore ? SIG_IGN : on_stop};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

/* As if somebody had lost patience with fibbench while this ends. */
static void interrupt_and_dawdle(void)
{
    kill(getppid(), SIGINT);
    usleep(300000);
}

int main(int count, char **arguments)
{
    struct server server = {.backend = "uv"};
    unsigned port = 0;
    int listener;

    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--list-backends") == 0)
            return puts(BACKENDS) < 0;
        else if (strncmp(arguments[i], "--backend=", 10) == 0)
            server.backend = arguments[i] + 10;
        else if (strncmp(arguments[i], "--port=", 7) == 0)
            port = (unsigned)strtoul(arguments[i] + 7, NULL, 10);
    server.speed = speed_of(note_pid());
    if (strcmp(server.backend, "exits") == 0) {
        fputs("fake_fibserver: not today\n", stderr);
        return 1;
    }
    if (strcmp(server.backend, "vague") == 0) {
        fputs("fake_fibserver: --nope is no option\nTry 'fake_fibserver --help'.\n", stderr);
        return 2;
    }
    handle_stop(strcmp(server.backend, "stubborn") == 0);
    listener = listen_on(port, &port);
    if (strcmp(server.backend, "mute") != 0) {
        printf("fibserver: %s listening on 127.0.0.1:%u\n", server.backend, port);
        fflush(stdout);
    }
    serve(&server, listener);
    if (strcmp(server.backend, "dawdles") == 0)
        interrupt_and_dawdle();
    return strcmp(server.backend, "fails") == 0 ? 4 : 0;
}

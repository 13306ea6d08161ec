#include "bench/front.h"

#include "bench/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ATTEMPTS = 10, OTHER_DESCRIPTORS = 64, BACKLOG = 4096, STATUS_LIMIT = 2, ANSWER = 1024 };

struct front {
    struct server *server;
    char *configuration;
    const char *status; /* the path of the socket that answers how many connections there were */
    unsigned accepted;  /* by nginx when it was ready, that of asking included */
};

/* Where bodies would be kept for a while that are larger than any here. */
static void write_temporary_paths(FILE *file)
{
    static const char *const modules[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};

    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        fprintf(file, "  %s_temp_path %s;\n", modules[i], modules[i]);
}

/* Any path as one word of a configuration; where no variable may stand, since $ has no escape. */
static void write_path(FILE *file, const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == '\'' || *path == '\\')
            fputc('\\', file);
        fputc(*path, file);
    }
}

static void write_status_server(FILE *file, const char *status)
{
    fputs("  server { listen 'unix:", file);
    write_path(file, status);
    fputs("'; location / { stub_status; } }\n", file);
}

/*
 * The server that the client sees. By the other version of HTTP it answers an error, so that no
 * client is taken for what it is not. A request that failed is not tried again behind its back.
 */
static void write_server(FILE *file, const struct front_setup *setup, unsigned port)
{
    fprintf(file,
            "  upstream webserver {\n"
            "    server 127.0.0.1:%u;\n"
            "    keepalive %u;\n"
            "    keepalive_requests %d;\n"
            "  }\n"
            "  server {\n"
            "    listen 127.0.0.1:%u ssl%s backlog=%d;\n"
            "    ssl_certificate certificate.pem;\n"
            "    ssl_certificate_key key.pem;\n"
            "    if ($server_protocol != %s) { return 505; }\n"
            "    location / {\n"
            "      proxy_pass http://webserver;\n"
            "      proxy_http_version 1.1;\n"
            "      proxy_set_header Connection '';\n"
            "      proxy_next_upstream off;\n"
            "      proxy_read_timeout 1h;\n"
            "    }\n"
            "  }\n",
            setup->server_port, setup->concurrency, INT_MAX, port, setup->http2 ? " http2" : "",
            BACKLOG, setup->http2 ? "HTTP/2.0" : "HTTP/1.1");
}

/*
 * One process without a master: it starts no other, and needs no privileges and no user. It accepts
 * all that wait before it looks at what else there is, so that its count misses none. It has room
 * for twice as many connections as there will be, because it closes idle ones where less than a
 * sixteenth is free. Names of files are relative to the folder, whose own may be anything.
 */
static int write_configuration(const struct front *front, const struct front_setup *setup,
                               unsigned port, struct problem *problem)
{
    FILE *file = fopen(front->configuration, "we");
    int failed;

    if (file == NULL)
        return problem_set(problem, -errno, "cannot write %s: %s", front->configuration,
                           strerror(errno));
    fprintf(file,
            "daemon off;\nmaster_process off;\npid pid;\nerror_log stderr error;\n"
            "events { worker_connections %u; multi_accept on; }\n"
            "http {\n"
            "  access_log off;\n"
            "  keepalive_requests %d;\n"
            "  keepalive_timeout 1h;\n"
            "  http2_max_concurrent_streams %u;\n",
            4 * setup->concurrency + OTHER_DESCRIPTORS, INT_MAX, setup->concurrency);
    write_temporary_paths(file);
    write_server(file, setup, port);
    write_status_server(file, front->status);
    fputs("}\n", file);
    failed = ferror(file);
    if (fclose(file) == 0 && !failed)
        return 0;
    return problem_set(problem, -EIO, "cannot write %s", front->configuration);
}

/* Blocks for some seconds at most, where nginx is busy. */
static int connect_status(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = STATUS_LIMIT};
    int connection;

    memcpy(address.sun_path, path, strlen(path) + 1);
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return -1;
    if (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
        connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0)
        return connection;
    close(connection);
    return -1;
}

/* Reads to the end of it, or as much as there is room for. */
static void read_answer(int connection, char *answer, size_t size)
{
    size_t used = 0;
    ssize_t length;

    while (used < size - 1 && (length = recv(connection, answer + used, size - 1 - used, 0)) > 0)
        used += (size_t)length;
    answer[used] = '\0';
}

/* How many connections nginx has accepted, this one included; 0 where it does not say. */
static unsigned ask_accepted(const char *path)
{
    static const char REQUEST[] = "GET / HTTP/1.0\r\n\r\n", MARK[] = "handled requests";
    char answer[ANSWER];
    const char *numbers;
    int connection = connect_status(path);

    if (connection < 0)
        return 0;
    if (send(connection, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) == (ssize_t)strlen(REQUEST))
        read_answer(connection, answer, sizeof(answer));
    else
        answer[0] = '\0';
    close(connection);
    numbers = strstr(answer, MARK);
    return numbers != NULL ? (unsigned)strtoul(numbers + strlen(MARK), NULL, 10) : 0;
}

static bool is_ready(const void *context)
{
    const struct front *front = context;

    return ask_accepted(front->status) > 0;
}

/*
 * The shell lets nginx have as many descriptors as it may, which nginx itself does for workers of a
 * master only.
 */
static int start(struct front *front, struct supervisor *supervisor,
                 const struct front_setup *setup, unsigned port, struct problem *problem)
{
    struct server_setup place = {.placement = setup->placement};
    const char *const arguments[] = {"/bin/sh",
                                     "-c",
                                     "ulimit -S -n \"$(ulimit -H -n)\"; exec \"$0\" \"$@\"",
                                     front_parts_program(setup->parts),
                                     "-e",
                                     "stderr",
                                     "-p",
                                     front_parts_folder(setup->parts),
                                     "-c",
                                     front->configuration,
                                     NULL};
    struct server_program program = {arguments, port, is_ready, front};
    int error = write_configuration(front, setup, port, problem);

    if (error < 0)
        return error;
    /* A front that was killed leaves it. */
    unlink(front->status);
    return server_create_program(&front->server, supervisor, &place, &program, problem);
}

/* Somebody may take the port before nginx does: then another is tried. */
static int start_on_some_port(struct front *front, struct supervisor *supervisor,
                              const struct front_setup *setup, struct problem *problem)
{
    unsigned port;
    int error = -EADDRINUSE;

    for (int i = 0; i < ATTEMPTS && error == -EADDRINUSE; i++) {
        error = server_free_port(&port);
        if (error < 0)
            return problem_set(problem, error, "there is no free port: %s", strerror(-error));
        error = start(front, supervisor, setup, port, problem);
        if (error == -ECHILD && strstr(problem->text, "bind()") != NULL)
            error = -EADDRINUSE;
    }
    return error;
}

int front_create(struct front **front, struct supervisor *supervisor,
                 const struct front_setup *setup, struct problem *problem)
{
    struct front *created = memory_zeroed(1, sizeof(*created));
    struct problem inner = {.text = ""};
    int error;

    created->configuration = memory_printf("%s/nginx.conf", front_parts_folder(setup->parts));
    created->status = front_parts_status(setup->parts);
    error = start_on_some_port(created, supervisor, setup, &inner);
    if (error < 0) {
        front_destroy(created);
        return problem_set(problem, error, "nginx: %.1000s", inner.text);
    }
    created->accepted = ask_accepted(created->status);
    *front = created;
    return 0;
}

static void finish(struct front *front)
{
    free(front->configuration);
    free(front);
}

void front_destroy(struct front *front)
{
    if (front == NULL)
        return;
    server_destroy(front->server);
    finish(front);
}

unsigned front_port(const struct front *front)
{
    return server_port(front->server);
}

int front_count_connections(const struct front *front, unsigned *connections)
{
    unsigned accepted = ask_accepted(front->status);

    /* One of the new ones is that of asking. */
    if (front->accepted == 0 || accepted <= front->accepted)
        return -EPROTO;
    *connections = accepted - front->accepted - 1;
    return 0;
}

void front_stop(struct front *front, struct server_end *end, struct problem *problem)
{
    server_stop(front->server, end, problem);
    finish(front);
}

bool front_fits_descriptors(unsigned concurrency, char *words, size_t size)
{
    unsigned needed = 2 * concurrency + OTHER_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max >= needed)
        return true;
    snprintf(words, size,
             "%u URLs at a time through nginx need %u file descriptors, and the hard limit is "
             "%llu: raise it (ulimit -Hn)",
             concurrency, needed, (unsigned long long)limit.rlim_max);
    return false;
}

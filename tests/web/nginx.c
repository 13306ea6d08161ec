#include "tests/web/nginx.h"

#include "tests/harness/process.h"
#include "tests/harness/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 160, ATTEMPTS = 10, CONNECTIONS_MAX = 1024 };

struct nginx {
    struct fixture *fixture;
    struct process process;
    char directory[PATH_SIZE - 32];
    char certificate[PATH_SIZE], log[PATH_SIZE];
    char url[48], secure_url[48];
    unsigned port, secure_port;
};

/* Debian has it where only root's PATH leads. */
static const char *find_program(const char *name, char *path, size_t size)
{
    static const char *const folders[] = {"/usr/sbin",      "/usr/bin", "/usr/local/sbin",
                                          "/usr/local/bin", "/sbin",    "/bin"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, size, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

static FILE *create_file(const struct nginx *nginx, const char *name)
{
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", nginx->directory, name);
    file = fopen(path, "we");
    if (file == NULL)
        fixture_fail(nginx->fixture, "%s: %s", path, strerror(errno));
    return file;
}

static void write_pages(const struct nginx *nginx)
{
    char name[32];
    FILE *file;

    file = create_file(nginx, "www/small");
    fputs("small\n", file);
    fclose(file);
    file = create_file(nginx, "www/large");
    for (int i = 0; i < NGINX_LARGE; i += 16)
        fputs("sixteen letters\n", file);
    fclose(file);
    for (int i = 0; i < NGINX_PAGES; i++) {
        snprintf(name, sizeof(name), "www/%d", i);
        file = create_file(nginx, name);
        fprintf(file, "page %d\n", i);
        fclose(file);
    }
}

static void make_certificate(struct nginx *nginx, const char *openssl)
{
    struct run_result result;
    char key[PATH_SIZE];

    snprintf(key, sizeof(key), "%s/key.pem", nginx->directory);
    snprintf(nginx->certificate, sizeof(nginx->certificate), "%s/certificate.pem",
             nginx->directory);
    RUN_PROGRAM(&result, openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
                nginx->certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                "subjectAltName=IP:127.0.0.1");
    if (result.status != 0)
        fixture_fail(nginx->fixture, "openssl makes no certificate: %s", result.complaint);
}

static unsigned free_port(const struct nginx *nginx)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        fixture_fail(nginx->fixture, "no free port: %s", strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}

/* Without a master process it starts no other, and needs no privileges and no user. */
static void configure(struct nginx *nginx)
{
    static const char *const modules[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};
    FILE *file = create_file(nginx, "nginx.conf");

    nginx->port = free_port(nginx);
    nginx->secure_port = free_port(nginx);
    fprintf(file,
            "daemon off;\nmaster_process off;\npid pid;\nerror_log stderr warn;\n"
            "events { worker_connections %d; }\n"
            "http {\n"
            "  log_format plain '$connection $server_protocol $uri';\n"
            "  access_log access.log plain;\n"
            "  default_type text/plain;\n"
            "  gzip on;\n  gzip_types *;\n  gzip_http_version 1.1;\n"
            "  server_name_in_redirect off;\n",
            CONNECTIONS_MAX);
    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        fprintf(file, "  %s_temp_path temp_%s;\n", modules[i], modules[i]);
    fprintf(file,
            "  ssl_certificate certificate.pem;\n  ssl_certificate_key key.pem;\n"
            "  server {\n    listen 127.0.0.1:%u backlog=1024;\n"
            "    listen 127.0.0.1:%u ssl http2 backlog=1024;\n"
            "    root www;\n    location = /moved { return 302 /small; }\n  }\n}\n",
            nginx->port, nginx->secure_port);
    fclose(file);
    snprintf(nginx->url, sizeof(nginx->url), "http://127.0.0.1:%u", nginx->port);
    snprintf(nginx->secure_url, sizeof(nginx->secure_url), "https://127.0.0.1:%u",
             nginx->secure_port);
}

static bool can_connect(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    if (fd >= 0)
        close(fd);
    return connected;
}

static bool is_ready_or_gone(void *argument)
{
    struct nginx *nginx = argument;

    return process_wait(&nginx->process, 0) == 0 ||
           (can_connect(nginx->port) && can_connect(nginx->secure_port));
}

static void nginx_stop(void *argument)
{
    struct nginx *nginx = argument;

    process_finish(&nginx->process);
    free(nginx);
}

/* Somebody may take the port before nginx does. */
static void start(struct nginx *nginx, const char *program)
{
    char configuration[PATH_SIZE], complaint[1024];
    const char *const argv[] = {program,       "-p", nginx->directory, "-c",
                                configuration, "-e", "stderr",         NULL};

    snprintf(configuration, sizeof(configuration), "%s/nginx.conf", nginx->directory);
    for (int i = 0; i < ATTEMPTS; i++) {
        configure(nginx);
        if (process_start(&nginx->process, (char *const *)argv, 0) != 0 ||
            !wait_until(is_ready_or_gone, nginx, DEADLINE_MS))
            fixture_fail(nginx->fixture, "nginx does not start");
        if (!nginx->process.ended)
            return;
        process_read_complaint(&nginx->process, complaint, sizeof(complaint));
        process_finish(&nginx->process);
        if (strstr(complaint, "in use") == NULL)
            fixture_fail(nginx->fixture, "nginx has ended: %s", complaint);
    }
    fixture_fail(nginx->fixture, "no port for nginx: %s", complaint);
}

struct nginx *nginx_start(struct fixture *fixture)
{
    char program[64], openssl[64], path[PATH_SIZE];
    struct nginx *nginx;

    if (find_program("nginx", program, sizeof(program)) == NULL)
        fixture_skip(fixture, "nginx is not installed");
    if (find_program("openssl", openssl, sizeof(openssl)) == NULL)
        fixture_skip(fixture, "openssl is not installed");
    nginx = calloc(1, sizeof(*nginx));
    if (nginx == NULL)
        abort();
    nginx->fixture = fixture;
    nginx->process = (struct process){.pid = -1, .handle = -1, .output = -1, .complaint = -1};
    fixture_defer(fixture, nginx_stop, nginx);
    fixture_path(fixture, "nginx", nginx->directory, sizeof(nginx->directory));
    snprintf(path, sizeof(path), "%s/www", nginx->directory);
    if (mkdir(nginx->directory, 0755) != 0 || mkdir(path, 0755) != 0)
        fixture_fail(fixture, "%s: %s", path, strerror(errno));
    snprintf(nginx->log, sizeof(nginx->log), "%s/access.log", nginx->directory);
    write_pages(nginx);
    make_certificate(nginx, openssl);
    start(nginx, program);
    return nginx;
}

const char *nginx_url(const struct nginx *nginx)
{
    return nginx->url;
}

const char *nginx_secure_url(const struct nginx *nginx)
{
    return nginx->secure_url;
}

const char *nginx_certificate(const struct nginx *nginx)
{
    return nginx->certificate;
}

struct nginx_count nginx_count(const struct nginx *nginx, const char *protocol)
{
    unsigned long known[CONNECTIONS_MAX], connection;
    struct nginx_count count = {0, 0};
    FILE *file = fopen(nginx->log, "re");
    char spoken[16];

    while (file != NULL && fscanf(file, "%lu %15s %*[^\n]", &connection, spoken) == 2) {
        unsigned i = 0;

        if (strcmp(spoken, protocol) != 0)
            continue;
        count.requests++;
        while (i < count.connections && known[i] != connection)
            i++;
        if (i == count.connections && i < CONNECTIONS_MAX)
            known[count.connections++] = connection;
    }
    if (file != NULL)
        fclose(file);
    return count;
}

#include "bench/front_parts.h"

#include "bench/folder.h"
#include "bench/memory.h"
#include "bench/process.h"
#include "bench/programs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIMIT = 10000 };

/* 1.19.7: the first whose keepalive_requests is about HTTP/2 as well. */
enum { OLDEST = 1019007 };

#define INSTALL "scripts/setup peers installs nginx and openssl"

struct front_parts {
    char *program;
    char *version;
    char *folder;
    char *certificate;
    char *status;
};

/* Debian has nginx where only root's PATH leads. In new memory, or NULL. */
static char *find_one(const char *name)
{
    static const char *const folders[] = {"/usr/sbin", "/usr/local/sbin", "/sbin"};
    struct problem ignored;
    char *found;

    if (programs_find(name, "peers", "", &found, &ignored) == 0)
        return found;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        found = memory_printf("%s/%s", folders[i], name);
        if (access(found, X_OK) == 0)
            return found;
        free(found);
    }
    return NULL;
}

/* Runs it to its end. Returns 0 and *process, which the caller destroys, whatever its status is. */
static int run_to_end(struct process **process, struct supervisor *supervisor,
                      const char *const *arguments, struct problem *problem)
{
    struct process *created;
    int error = process_create(&created, supervisor, arguments, NULL, problem);

    if (error < 0)
        return -ENOTSUP;
    error = supervisor_wait(supervisor, process_is_finished, created, LIMIT);
    if (error == 0) {
        *process = created;
        return 0;
    }
    process_destroy(created);
    if (error == -EINTR)
        return error;
    return problem_set(problem, -ENOTSUP, "%s does not end within %d s", arguments[0],
                       LIMIT / 1000);
}

/* Of "nginx version: nginx/1.22.1" the last word, and as a number 1022001. */
static unsigned read_version(struct front_parts *parts, const struct process *process)
{
    static const char MARK[] = "nginx version: ";
    char *line = process_line_with(process, MARK);
    unsigned major = 0, minor = 0, patch = 0;
    const char *version;

    if (line == NULL)
        return 0;
    version = strstr(line, MARK) + strlen(MARK);
    parts->version = memory_text_of_length(version, strcspn(version, " \r"));
    free(line);
    if (sscanf(parts->version, "%*[^/]/%3u.%3u.%3u", &major, &minor, &patch) != 3)
        return 0;
    return (major * 1000 + minor) * 1000 + patch;
}

static int judge_nginx(struct front_parts *parts, const struct process *process,
                       struct problem *problem)
{
    static const char *const modules[] = {"--with-http_ssl_module", "--with-http_v2_module",
                                          "--with-http_stub_status_module"};
    unsigned version = read_version(parts, process);

    if (version < OLDEST)
        return problem_set(problem, -ENOTSUP, "nginx 1.19.7 or later is wanted, and %s is %s",
                           parts->program,
                           parts->version != NULL ? parts->version : "no nginx at all");
    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        if (strstr(process_text(process, PROCESS_ERRORS), modules[i]) == NULL)
            return problem_set(problem, -ENOTSUP, "%s was built without %s", parts->program,
                               modules[i]);
    return 0;
}

static int find_nginx(struct front_parts *parts, struct supervisor *supervisor,
                      struct problem *problem)
{
    struct process *process = NULL;
    int error;

    parts->program = find_one("nginx");
    if (parts->program == NULL)
        return problem_set(problem, -ENOTSUP,
                           "webserver has neither TLS nor HTTP/2, and there is no nginx to stand "
                           "before it; " INSTALL);
    error = run_to_end(&process, supervisor, (const char *[]){parts->program, "-V", NULL}, problem);
    if (error < 0)
        return error;
    error = judge_nginx(parts, process, problem);
    process_destroy(process);
    return error;
}

static int run_openssl(const struct front_parts *parts, struct supervisor *supervisor,
                       const char *openssl, struct problem *problem)
{
    char *key = memory_printf("%s/key.pem", parts->folder);
    const char *const arguments[] = {openssl,
                                     "req",
                                     "-x509",
                                     "-newkey",
                                     "ec",
                                     "-pkeyopt",
                                     "ec_paramgen_curve:prime256v1",
                                     "-nodes",
                                     "-keyout",
                                     key,
                                     "-out",
                                     parts->certificate,
                                     "-days",
                                     "30",
                                     "-subj",
                                     "/CN=127.0.0.1",
                                     "-addext",
                                     "subjectAltName=IP:127.0.0.1",
                                     NULL};
    struct process *process = NULL;
    struct process_end end;
    char *words;
    int error = run_to_end(&process, supervisor, arguments, problem);

    free(key);
    if (error < 0)
        return error;
    end = process_end(process);
    if (end.status != 0 || end.signal != 0) {
        words = process_last_line(process, PROCESS_ERRORS);
        error = problem_set(problem, -ENOTSUP, "%s makes no certificate: %s", openssl, words);
        free(words);
    }
    process_destroy(process);
    return error;
}

static int make_folder(struct front_parts *parts, struct problem *problem)
{
    parts->folder = folder_make();
    if (parts->folder == NULL)
        return problem_set(problem, -ENOTSUP, "cannot make a folder for the certificate: %s",
                           strerror(errno));
    parts->certificate = memory_printf("%s/certificate.pem", parts->folder);
    parts->status = memory_printf("%s/status", parts->folder);
    if (strlen(parts->status) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return 0;
    return problem_set(problem, -ENOTSUP,
                       "a socket cannot have a path as long as %s; TMPDIR may name another folder",
                       parts->status);
}

static int make_certificate(struct front_parts *parts, struct supervisor *supervisor,
                            struct problem *problem)
{
    char *openssl = find_one("openssl");
    int error;

    if (openssl == NULL)
        return problem_set(problem, -ENOTSUP,
                           "there is no openssl to make a certificate with; " INSTALL);
    error = make_folder(parts, problem);
    if (error == 0)
        error = run_openssl(parts, supervisor, openssl, problem);
    free(openssl);
    return error;
}

int front_parts_create(struct front_parts **parts, struct supervisor *supervisor,
                       struct problem *problem)
{
    struct front_parts *created = memory_zeroed(1, sizeof(*created));
    int error = find_nginx(created, supervisor, problem);

    if (error == 0)
        error = make_certificate(created, supervisor, problem);
    if (error < 0) {
        front_parts_destroy(created);
        return error;
    }
    *parts = created;
    return 0;
}

void front_parts_destroy(struct front_parts *parts)
{
    if (parts == NULL)
        return;
    if (parts->folder != NULL)
        folder_remove(parts->folder);
    free(parts->status);
    free(parts->certificate);
    free(parts->folder);
    free(parts->version);
    free(parts->program);
    free(parts);
}

const char *front_parts_program(const struct front_parts *parts)
{
    return parts->program;
}

const char *front_parts_version(const struct front_parts *parts)
{
    return parts->version;
}

const char *front_parts_folder(const struct front_parts *parts)
{
    return parts->folder;
}

const char *front_parts_certificate(const struct front_parts *parts)
{
    return parts->certificate;
}

const char *front_parts_status(const struct front_parts *parts)
{
    return parts->status;
}

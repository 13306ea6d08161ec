#include "bench/programs.h"

#include "bench/file.h"
#include "bench/json.h"
#include "bench/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

/* Takes the path over: returns it where it names a program, else frees it and returns NULL. */
static char *accept_program(char *path)
{
    struct stat status;

    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static char *find_in_path(const char *name)
{
    const char *folders = getenv("PATH");
    char *found = NULL;

    while (found == NULL && folders != NULL && *folders != '\0') {
        size_t length = strcspn(folders, ":");

        if (length > 0)
            found = accept_program(memory_printf("%.*s/%s", (int)length, folders, name));
        folders += length + (folders[length] == ':');
    }
    return found;
}

int programs_find(const char *name, const char *build_folder, const char *option, char **path,
                  struct problem *problem)
{
    char own[PATH_MAX] = "", *slash, *found = NULL;
    size_t size = sizeof(own);

    if (uv_exepath(own, &size) == 0 && (slash = strrchr(own, '/')) != NULL) {
        *slash = '\0';
        found = accept_program(memory_printf("%s/%s", own, name));
        if (found == NULL)
            found = accept_program(memory_printf("%s/../%s/%s", own, build_folder, name));
    }
    if (found == NULL)
        found = find_in_path(name);
    if (found == NULL)
        return problem_set(problem, -ENOENT,
                           "cannot find %s beside fibbench or in PATH; say where it is with %s",
                           name, option);
    *path = found;
    return 0;
}

int programs_digest(const char *path, char digest[static PROGRAMS_DIGEST], struct problem *problem)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t length;
    char *content;
    int error = file_read(path, &content, &length, problem);

    if (error < 0)
        return error;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)content[i]) * UINT64_C(0x100000001b3);
    snprintf(digest, PROGRAMS_DIGEST, "fnv1a64:%016" PRIx64, hash);
    free(content);
    return 0;
}

static void add_digest(cJSON *object, const char *role, const char *path)
{
    char digest[PROGRAMS_DIGEST];
    struct problem ignored;
    bool known = path != NULL && programs_digest(path, digest, &ignored) == 0;

    json_add_text(object, role, known ? digest : NULL);
}

cJSON *programs_to_json(const char *server, const char *client)
{
    cJSON *object = cJSON_CreateObject();

    add_digest(object, "server", server);
    add_digest(object, "client", client);
    return object;
}

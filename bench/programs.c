#include "bench/programs.h"

#include "bench/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
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

char *programs_in_path(const char *name)
{
    return strchr(name, '/') != NULL ? accept_program(memory_text(name)) : find_in_path(name);
}

/* Takes the path of a folder over: returns it where it has the list, else frees it. */
static char *accept_peers(char *folder)
{
    char *list = memory_printf("%s/peers.json", folder);
    bool there = access(list, R_OK) == 0;

    free(list);
    if (there)
        return folder;
    free(folder);
    return NULL;
}

/* What lies beside the program's own folder comes before the folder of the installation, so that
 * one may be moved. */
int programs_find_peers(char **folder, struct problem *problem)
{
    const char *given = getenv("FIBBENCH_PEERS");
    char own[PATH_MAX] = "", *slash, *found = NULL;
    size_t size = sizeof(own);

    if (given != NULL && given[0] != '\0') {
        *folder = memory_text(given);
        return 0;
    }
    if (uv_exepath(own, &size) == 0 && (slash = strrchr(own, '/')) != NULL) {
        *slash = '\0';
        found = accept_peers(memory_printf("%s/peers", own));
        if (found == NULL)
            found = accept_peers(memory_printf("%s/../libexec/fibserver/peers", own));
    }
    if (found == NULL)
        found = accept_peers(memory_text(PEERS_FOLDER));
    if (found == NULL)
        return problem_set(problem, -ENOENT,
                           "cannot find the peers, neither beside fibbench nor in %s; "
                           "FIBBENCH_PEERS in the environment says where they are",
                           PEERS_FOLDER);
    *folder = found;
    return 0;
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

#include "bench/peers_folder.h"

#include "bench/installed.h"
#include "bench/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

/* Takes the path over: returns it where the list is in that folder, else frees it. */
static char *accept_folder(char *folder)
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
int peers_folder_find(char **folder, struct problem *problem)
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
        found = accept_folder(memory_printf("%s/peers", own));
        if (found == NULL)
            found = accept_folder(memory_printf("%s/../libexec/fibserver/peers", own));
    }
    if (found == NULL)
        found = accept_folder(memory_text(INSTALLED_PEERS));
    if (found == NULL)
        return problem_set(problem, -ENOENT,
                           "cannot find the peers, neither beside fibbench nor in %s; "
                           "FIBBENCH_PEERS in the environment says where they are",
                           INSTALLED_PEERS);
    *folder = found;
    return 0;
}

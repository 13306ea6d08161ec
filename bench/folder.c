#include "bench/folder.h"

#include "bench/memory.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOLDERS_OPEN = 8 };

char *folder_make(void)
{
    const char *where = getenv("TMPDIR");
    char *whole = realpath(where != NULL && where[0] != '\0' ? where : "/tmp", NULL), *folder;
    int error;

    if (whole == NULL)
        return NULL;
    folder = memory_printf("%s/fibbench-XXXXXX", whole);
    free(whole);
    if (mkdtemp(folder) != NULL)
        return folder;
    error = errno;
    free(folder);
    errno = error;
    return NULL;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

void folder_remove(const char *path)
{
    (void)nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

#include "bench/version.h"

#include "bench/revision.h"

#include <stddef.h>
#include <string.h>

/* revision.h is made at each build; git describes changed files by this ending. */
static const char ENDING[] = "-dirty";

const char *version_number(void)
{
    return FIBBENCH_VERSION;
}

const char *version_revision(void)
{
    return FIBBENCH_REVISION;
}

bool version_is_modified(void)
{
    size_t length = strlen(FIBBENCH_REVISION), ending = strlen(ENDING);

    return length > ending && strcmp(&FIBBENCH_REVISION[length - ending], ENDING) == 0;
}

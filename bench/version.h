#ifndef BENCH_VERSION_H
#define BENCH_VERSION_H

#include <stdbool.h>

/* Of this build, like "0.1.0". */
const char *version_number(void);

/*
 * The git commit it was built from, with "-dirty" behind it where files differed from the commit;
 * "unknown" where it was not built from one.
 */
const char *version_revision(void);

/* Whether files differed. */
bool version_is_modified(void);

#endif

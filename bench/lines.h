#ifndef BENCH_LINES_H
#define BENCH_LINES_H

#include <stdbool.h>

/*
 * Lines of code of a backend of fibserver, or of webclient where web, blank lines and comments left
 * out, as counted in the sources of this build (src/sources.txt and clients/web/sources.txt say
 * which files make one); 0 for an unknown name.
 */
unsigned lines_of(const char *name, bool web);

#endif

#ifndef BENCH_LINES_H
#define BENCH_LINES_H

/*
 * Lines of code of a backend, blank lines and comments left out, as counted in the sources of this
 * build (src/sources.txt says which files make a backend); 0 for an unknown name.
 */
unsigned lines_of_backend(const char *name);

#endif

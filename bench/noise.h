#ifndef BENCH_NOISE_H
#define BENCH_NOISE_H

#include "bench/problem.h"

#include <cjson/cJSON.h>

/*
 * What earlier runs on this machine, in this placement, found a row to differ from itself: by
 * column, the last ten of them. In a JSON file of the user's,
 * $XDG_STATE_HOME/fibbench/noise.json, or ~/.local/state/fibbench/noise.json.
 */
struct noise;

/*
 * Reads the file at the path, or at the one above where it is NULL; a file that is not there yet is
 * empty. Returns 0 and *noise; -ENOENT where no path is given and neither XDG_STATE_HOME nor HOME
 * says where it would be; -EINVAL for a file of another kind; another -errno; all with the problem.
 */
int noise_create(struct noise **noise, const char *path, const cJSON *host, const cJSON *placement,
                 struct problem *problem);

/* Takes NULL. */
void noise_destroy(struct noise *noise);

/* What nine of ten of the earlier runs kept to in that column, a share; 0 without any. Takes NULL.
 */
double noise_bound(const struct noise *noise, const char *column);

/* Adds what a run found, and writes the file, at once. Returns 0 or -errno with the problem. */
void noise_add(struct noise *noise, const char *column, double bound);
int noise_write(const struct noise *noise, struct problem *problem);

#endif

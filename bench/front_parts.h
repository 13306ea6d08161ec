#ifndef BENCH_FRONT_PARTS_H
#define BENCH_FRONT_PARTS_H

#include "bench/problem.h"
#include "bench/supervisor.h"

/*
 * What fronts (front.h) are made of, once for a run: nginx, and in a folder of its own a key and a
 * certificate for 127.0.0.1 that nothing else trusts.
 */
struct front_parts;

/*
 * Looks for nginx and openssl in PATH and where distributions put them, asks nginx what it was
 * built with, and makes the certificate. Returns 0 and *parts; -ENOTSUP with the reason, and what
 * to install, where there can be no front here; -EINTR where a signal asks fibbench to end.
 */
int front_parts_create(struct front_parts **parts, struct supervisor *supervisor,
                       struct problem *problem);

/* Removes the folder. No front may be left. Takes NULL. */
void front_parts_destroy(struct front_parts *parts);

/* These belong to the parts. The version is as nginx says it: "nginx/1.22.1". */
const char *front_parts_program(const struct front_parts *parts);
const char *front_parts_version(const struct front_parts *parts);
const char *front_parts_folder(const struct front_parts *parts);
const char *front_parts_certificate(const struct front_parts *parts);

/* Of the socket on which a front says how many connections there were. */
const char *front_parts_status(const struct front_parts *parts);

#endif

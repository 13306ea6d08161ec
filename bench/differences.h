#ifndef BENCH_DIFFERENCES_H
#define BENCH_DIFFERENCES_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* One thing in which two runs were not alike. */
struct difference {
    char *member;  /* of the results file: "host.kernel", "rows.uv.library" */
    char *meaning; /* "the kernel" */
    const cJSON *old;
    const cJSON *new;
};

/* The values belong to the documents, which must live as long. */
struct differences {
    struct difference *list;
    size_t count;
};

/*
 * Fills in what differs between two results files and may move their numbers: everything known of
 * the host, program and revision, the measured builds, library versions of rows that both have,
 * placement, workers, slow request, windows and rounds. What one of them does not say is no
 * difference, and memory is the same within 5 %. The caller finishes it.
 */
void differences_find(struct differences *differences, const cJSON *old, const cJSON *new);

void differences_finish(struct differences *differences);

bool differences_have(const struct differences *differences, const char *member);

#endif

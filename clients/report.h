#ifndef CLIENTS_REPORT_H
#define CLIENTS_REPORT_H

#include "clients/load.h"
#include "clients/options.h"

#include <stdio.h>

/* The result for people, a few lines. */
void report_text(FILE *file, const struct client_options *options,
                 const struct load_result *result);

/*
 * The result for programs, one JSON object on one line; its members are described in fibclient(1).
 * Returns 0, or -ENOMEM.
 */
int report_json(FILE *file, const struct client_options *options, const struct load_result *result);

#endif

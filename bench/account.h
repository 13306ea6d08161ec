#ifndef BENCH_ACCOUNT_H
#define BENCH_ACCOUNT_H

#include "bench/placement.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What one cell cost: the server's side by usage.h, the clients' by their own reports, and what
 * happened to the machine meanwhile by host_counters.h.
 */
struct account;

/* Before the clients start. server: 0 where it is not a child of fibbench; then its side stays
 * unknown. The placement is borrowed. */
struct account *account_begin(pid_t server, const struct placement *placement);

/*
 * While all works: context is the account. Looks from a CPU on which neither server nor clients
 * run, where there is one.
 */
void account_look(void *context, const pid_t *clients, size_t count);

/*
 * When the clients have ended. Adds "server", "cpu_per_request", "client_cpu_per_request",
 * "client_migrations" and "host" to the cell as far as they are known; clients is the array of
 * fibclient's reports. Frees.
 */
void account_end(struct account *account, const cJSON *clients, cJSON *cell);

/* Frees; nothing is added. Takes NULL. */
void account_destroy(struct account *account);

#endif

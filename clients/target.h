#ifndef CLIENTS_TARGET_H
#define CLIENTS_TARGET_H

#include "common/address.h"

#include <stddef.h>

enum { TARGET_MOST = 8 };

/*
 * All stream addresses of a host, in the order in which the resolver wants them tried (a name like
 * localhost has an IPv6 and an IPv4 one, and the server may listen on either). An IPv6 address may
 * stand in brackets. May block on name resolution. Returns how many (1..TARGET_MOST), or -EINVAL
 * with *reason set to a text that lives for ever.
 */
int target_resolve(struct address addresses[static TARGET_MOST], const char *host, unsigned port,
                   const char **reason);

#endif

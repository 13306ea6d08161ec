#ifndef WEB_HOSTS_H
#define WEB_HOSTS_H

/* A limit on the URLs of one host that are under way at a time. Those beyond it wait here, in
 * their order. A host is a name and a port, as the URL has them. */

#include "clients/web/target.h"

#include <stddef.h>

struct hosts;

/* Returns 0 and *hosts, or -ENOMEM. */
int hosts_create(struct hosts **hosts, unsigned limit);

/* None must be under way; those that wait are freed. Takes NULL. */
void hosts_destroy(struct hosts *hosts);

/* True where the target may begin, and counts it. Otherwise it waits, and is no longer the
 * caller's. What is no URL, or finds no memory, may always begin. */
bool hosts_admit(struct hosts *hosts, struct target *target);

/* One that waited and may begin now, counted; NULL: none. */
struct target *hosts_take(struct hosts *hosts);

/* A target that was admitted has ended, or waits elsewhere. */
void hosts_leave(struct hosts *hosts, struct target *target);

/* How many wait. */
size_t hosts_waiting(const struct hosts *hosts);

/* One that waits, whether it may begin or not, not counted: at a stop. NULL: none. */
struct target *hosts_dismiss(struct hosts *hosts);

#endif

#ifndef WEB_INTERRUPT_H
#define WEB_INTERRUPT_H

/* SIGINT and SIGTERM: the first one asks for an end, a second one of the same kind ends the process
 * at once. */

#include <stdbool.h>

/* Handles the signals from here on. Returns a descriptor that becomes readable, and is never read,
 * with the first of them; or -errno. Once in a process. */
int interrupt_init(void);

/* Any thread may ask. */
bool interrupt_came(void);

#endif

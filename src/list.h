#ifndef LIST_H
#define LIST_H

#include <stdbool.h>

/* Prints the backends on stdout, a line each or as one JSON array. Returns 0, or -ENOMEM or -EIO.
 */
int list_backends(bool json);

#endif

#ifndef WEB_LIST_H
#define WEB_LIST_H

#include <stdbool.h>

/* Prints what is built in, a line each or as JSON. Returns 0, -ENOMEM or -EIO. */
int web_list_backends(bool json);

#endif

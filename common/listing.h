#ifndef COMMON_LISTING_H
#define COMMON_LISTING_H

/* What --list-backends prints of a program's table. */

#include <stdbool.h>
#include <stddef.h>

/* Texts are borrowed. */
struct listing_entry {
    const char *name;
    const char *summary;
    const char *family;
    const char *compute; /* where it computes; NULL: that is no property of this program's */
    bool concurrent;

    /* Whether it may run here, and its library and version ("": none), or why not. */
    bool (*probe)(char *text, size_t size);
};

struct listing {
    int name_width;
    const char *concurrent;                               /* JSON's name of that member */
    bool (*entry)(size_t i, struct listing_entry *entry); /* false behind the last one */
};

/* Prints all entries on stdout, a line each or as one JSON array. Returns 0, -ENOMEM or -EIO. */
int listing_print(const struct listing *listing, bool json);

#endif

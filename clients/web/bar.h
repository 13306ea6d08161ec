#ifndef WEB_BAR_H
#define WEB_BAR_H

/* One line on standard error, where that is a terminal, that is written over. */

#include "clients/web/source.h"

#include <stdbool.h>
#include <stdint.h>

struct bar {
    struct source *source;
    bool wanted, shown;
    int64_t started, due; /* when it is to be drawn again */
};

/* What it shows. */
struct bar_state {
    uint64_t done, failed;
    unsigned under_way;
};

/* Shows nothing for a while: what is quick needs no bar. */
void bar_init(struct bar *bar, struct source *source, bool wanted, int64_t now);

/* Draws it where that is due. Returns when it is due next; INT64_MAX: never. */
int64_t bar_draw(struct bar *bar, int64_t now, const struct bar_state *state);

/* Takes it away, so that something else can be printed. */
void bar_clear(struct bar *bar);

#endif

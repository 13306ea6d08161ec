#ifndef CLIENTS_DISPLAY_H
#define CLIENTS_DISPLAY_H

#include "clients/load.h"
#include "clients/options.h"

#include <stdbool.h>

/*
 * What fibclient shows while it runs: the lines of fast and slow on stdout (none with --json), and,
 * where stderr is a terminal, one line of progress there that is written over.
 */
struct display {
    const struct client_options *options;
    bool terminal;
    bool line_shown;
};

void display_init(struct display *display, const struct client_options *options);

/* Callbacks that draw on the display, which must outlive their use. */
struct load_observer display_observer(struct display *display);

/* Takes the line of progress away. */
void display_clear(struct display *display);

#endif

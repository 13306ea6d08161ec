#ifndef SELECT_H
#define SELECT_H

#include "src/loops.h"

/* The loop of select, to be run once or on several threads. */
extern const struct loop_kind select_loop;

#endif

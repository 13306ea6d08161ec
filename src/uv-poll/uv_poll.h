#ifndef UV_POLL_H
#define UV_POLL_H

#include "src/loops.h"

/* The loop of uv-poll, to be run once or on several threads. */
extern const struct loop_kind uv_poll_loop;

#endif

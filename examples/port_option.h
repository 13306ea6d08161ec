#ifndef EXAMPLES_PORT_OPTION_H
#define EXAMPLES_PORT_OPTION_H

/* The only option of the servers here: --port N, where 0 takes a free one. Returns the port, or the
 * usual one where none is given; or -EINVAL after it has said on standard error what was wrong. */
int port_option(int argc, char **argv, int usual);

#endif

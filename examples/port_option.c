#include "examples/port_option.h"

#include "common/number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PORT_MAX = 65535 };

int port_option(int argc, char **argv, int usual)
{
    long port;

    if (argc == 1)
        return usual;
    if (argc == 3 && strcmp(argv[1], "--port") == 0 &&
        number_parse(argv[2], 0, PORT_MAX, &port) == 0)
        return (int)port;
    fprintf(stderr,
            "usage: %s [--port N]\n"
            "N is a number from 0 (a free port) to %d; without it %d\n",
            argv[0], PORT_MAX, usual);
    return -EINVAL;
}

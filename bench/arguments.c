#include "bench/arguments.h"

#include <errno.h>
#include <stddef.h>

void arguments_begin(void)
{
    /* With 0 getopt forgets another subcommand's arguments. */
    optind = 0;
    opterr = 0;
}

int arguments_next(int count, char **arguments, const char *short_options,
                   const struct option *long_options, struct problem *problem)
{
    int option = getopt_long(count, arguments, short_options, long_options, NULL);

    if (option == ':')
        return problem_set(problem, -EINVAL, "%s needs a value", arguments[optind - 1]);
    if (option == '?')
        return problem_set(problem, -EINVAL, "there is no option '%s'; --help lists them",
                           arguments[optind - 1]);
    return option != -1 ? option : 0;
}

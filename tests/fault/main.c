#include "tests/fault/effort.h"
#include "tests/fault/parts.h"

const struct effort effort = {
    .depth = 12,
    .pausing_depth = 1,
    .start_depth = 15,
    .rounds = 1,
    .crowd = 400,
    .thread_crowd = 200,
};

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {exhaustion_part, resets_part, signals_part,
                                       clients_part,    calls_part,  start_part};

    return suite_main("fault", parts, sizeof(parts) / sizeof(parts[0]), argc, argv);
}

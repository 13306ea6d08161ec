#include "tests/fault/effort.h"
#include "tests/fault/parts.h"

const struct effort effort = {
    .depth = 150,
    .pausing_depth = 6,
    .start_depth = 200,
    .rounds = 8,
    .crowd = 10000,
    .thread_crowd = 1000,
};

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {clients_part, calls_part, start_part};

    return suite_main("long fault", parts, sizeof(parts) / sizeof(parts[0]), argc, argv);
}

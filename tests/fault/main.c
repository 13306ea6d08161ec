#include "tests/fault/parts.h"

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {exhaustion_part, resets_part, signals_part};

    return suite_main("fault", parts, sizeof(parts) / sizeof(parts[0]), argc, argv);
}

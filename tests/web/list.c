#include "tests/harness/assertions.h"
#include "tests/harness/listing.h"

#include <stdio.h>
#include <string.h>

/* LIST WEBCLIENT NAME...: the strategies that webclient lists are those that the suite runs
 * against. */
struct names {
    const char *program;
    char **names;
};

static void every_strategy_is_tested(void **state)
{
    const struct names *names = *state;
    cJSON *listing = listing_read(names->program);
    int count = 0;

    for (char **name = names->names; *name != NULL; name++, count++)
        if (listing_find(listing, *name) == NULL)
            fail_msg("webclient does not list %s", *name);
    assert_int_equal(cJSON_GetArraySize(listing), count);
    cJSON_Delete(listing);
}

int main(int argc, char **argv)
{
    struct names names = {argv[1], argv + 2};
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_strategy_is_tested, &names)};

    return cmocka_run_group_tests_name("strategies", tests, NULL, NULL);
}

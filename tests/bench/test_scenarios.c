#include "bench/capacity.h"
#include "bench/scenario.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DOCUMENT(scenarios)                                                                        \
    "{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":[" scenarios "]}"
#define GROUP(members) "{\"mode\":\"load\",\"column\":\"a\",\"header\":\"a (req/s)\"" members "}"
#define URLS(members) "{\"name\":\"mine\",\"urls\":3" members "}"
#define SCENARIO(members, groups) "{\"name\":\"mine\",\"groups\":[" groups "]" members "}"

static int add(struct scenario_set *set, const char *text, struct problem *problem)
{
    return scenario_set_add_text(set, "my.json", text, strlen(text), problem);
}

/* What is published stands first, for ever, and every scenario fits where it is measured. */
static void test_built_in_scenarios(void **state)
{
    static const char *const published[] = {"fast", "fast2", "slow", "slow2", "fast+slow"};
    struct scenario_set *set = scenario_set_create();

    assert_true(set->count >= 25);
    for (size_t i = 0; i < set->count; i++) {
        const struct scenario *scenario = &set->list[i];
        unsigned clients = 0;

        assert_ptr_equal(scenario_of_name(set, scenario->name), scenario);
        assert_non_null(scenario->summary);
        assert_int_equal(scenario_is_in_profile(scenario, "web"), scenario_is_web(scenario));
        if (scenario_is_web(scenario))
            continue;
        assert_int_equal(scenario->published, i < 5);
        if (i < 5)
            assert_string_equal(scenario->name, published[i]);
        assert_int_equal(scenario_is_in_profile(scenario, "table"),
                         i < 5 || strncmp(scenario->name, "load64", 6) == 0);
        assert_int_equal(scenario_is_in_profile(scenario, "quick"), i < 5);
        assert_true(scenario_is_in_profile(scenario, "full"));
        for (size_t j = 0; j < SCENARIO_GROUPS; j++)
            clients += scenario->groups[j].clients;
        assert_in_range(clients, 1, SCENARIO_CLIENTS);
    }
    assert_int_equal(scenario_of_name(set, "c10000-p16")->groups[0].pipeline, 16);
    assert_int_equal(scenario_connections(scenario_of_name(set, "idle10000")), 10016);
    assert_true(scenario_of_name(set, "open90")->groups[0].capacity_share == 0.9);
    assert_true(scenario_of_name(set, "churn16")->groups[0].churn);
    assert_string_equal(scenario_of_name(set, "fast-split")->placement, "split");
    assert_null(scenario_of_name(set, "fast")->placement);
    assert_null(scenario_of_name(set, "none"));
    scenario_set_destroy(set);
}

static void test_scenarios_of_urls(void **state)
{
    struct scenario_set *set = scenario_set_create();
    const struct scenario *scenario = scenario_of_name(set, "web1000-100ms");
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    bool measured[SCENARIOS_MAXIMUM] = {false};
    size_t count;

    assert_non_null(scenario);
    assert_int_equal(scenario->web.urls, 1000);
    assert_int_equal(scenario->web.concurrency, 100);
    assert_true(scenario->web.delay == 0.1);
    assert_int_equal(scenario_connections(scenario), 100);
    assert_true(client_group_is_time(&scenario->groups[0]));
    measured[scenario - set->list] = true;
    /* Without the published ones of servers. */
    count = scenario_columns(set, measured, columns);
    assert_int_equal(count, 5);
    assert_string_equal(columns[0].group->value, "over_ideal");
    assert_string_equal(columns[4].group->column, "web1000-100ms:connections");
    measured[scenario - set->list] = false;
    measured[0] = true;
    assert_int_equal(scenario_columns(set, measured, columns), 6);
    scenario_set_destroy(set);
}

/* The list in its own format is a file of scenarios again, which says the same. */
static void test_list_can_be_read_again(void **state)
{
    struct scenario_set *set = scenario_set_create(), *again = scenario_set_create();
    cJSON *document = scenario_set_to_json(set), *second;
    char *text = cJSON_Print(document);
    struct problem problem;

    assert_int_equal(add(again, text, &problem), 0);
    second = scenario_set_to_json(again);
    assert_true(cJSON_Compare(document, second, true));
    cJSON_free(text);
    cJSON_Delete(document);
    cJSON_Delete(second);
    scenario_set_destroy(set);
    scenario_set_destroy(again);
}

static void test_adds_and_replaces(void **state)
{
    struct scenario_set *set = scenario_set_create();
    size_t count = set->count, at = (size_t)(scenario_of_name(set, "load64") - set->list);
    const struct scenario *scenario;
    struct problem problem;

    assert_int_equal(add(set,
                         DOCUMENT(SCENARIO("", GROUP(",\"connections\":5,\"think_seconds\":0.5"))),
                         &problem),
                     0);
    assert_int_equal(set->count, count + 1);
    scenario = scenario_of_name(set, "mine");
    assert_int_equal(scenario->groups[0].connections, 5);
    assert_int_equal(scenario->groups[0].pipeline, 1);
    assert_true(scenario->groups[0].think == 0.5);
    /* Without a list of profiles, in all of them: who gives a file wants it measured. */
    assert_true(scenario_is_in_profile(scenario, "quick"));
    assert_int_equal(
        add(set,
            DOCUMENT("{\"name\":\"load64\",\"rounds\":2,\"groups\":[{\"mode\":\"load\","
                     "\"column\":\"load64\",\"header\":\"64 (s/req)\",\"value\":\"p50\","
                     "\"rate\":100.5}]}"),
            &problem),
        0);
    assert_int_equal(set->count, count + 1);
    assert_string_equal(set->list[at].name, "load64");
    assert_int_equal(set->list[at].rounds, 2);
    assert_true(set->list[at].groups[0].rate == 100.5);
    assert_true(client_group_is_time(&set->list[at].groups[0]));
    scenario_set_destroy(set);
}

struct wrong {
    const char *text;
    const char *words; /* of the complaint */
};

/* Each complaint names the file, and what would be right. */
static void assert_wrong(const struct wrong *wrong, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct scenario_set *set = scenario_set_create();
        struct problem problem = {""};

        assert_int_equal(add(set, wrong[i].text, &problem), -EINVAL);
        assert_int_equal(strncmp(problem.text, "my.json: ", 9), 0);
        if (strstr(problem.text, wrong[i].words) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", problem.text, wrong[i].words);
        scenario_set_destroy(set);
    }
}

static void test_wrong_documents(void **state)
{
    static const struct wrong wrong[] = {
        {"{", "my.json: this is not valid JSON"},
        {"[]", "its \"format\" is not \"fibbench-scenarios\""},
        {"{\"format\":\"fibbench-scenarios\",\"version\":2}", "\"version\" must be 1"},
        {"{\"format\":\"fibbench-scenarios\",\"version\":1}", "\"scenarios\" is missing"},
        {"{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":[],\"more\":1}",
         "\"more\""},
        {DOCUMENT("1"), "scenario number 1: a scenario is an object"},
        {DOCUMENT("{\"groups\":[" GROUP("") "]}"), "scenario number 1: \"name\" is missing"},
        {DOCUMENT("{\"name\":\"a,b\",\"groups\":[" GROUP("") "]}"), "without blanks, commas"},
    };

    assert_wrong(wrong, sizeof(wrong) / sizeof(wrong[0]));
}

static void test_wrong_scenarios(void **state)
{
    static const struct wrong wrong[] = {
        {DOCUMENT("{\"name\":\"mine\"}"), "scenario 'mine': \"groups\" is missing"},
        {DOCUMENT("{\"name\":\"mine\",\"groups\":[]}"), "array of 1 to 4 groups"},
        {DOCUMENT(SCENARIO(",\"window\":1", GROUP(""))),
         "scenario 'mine': there is no member \"window\"; these are: name, summary"},
        {DOCUMENT(SCENARIO(",\"rounds\":0", GROUP(""))), "\"rounds\" takes a whole number from 1"},
        {DOCUMENT(SCENARIO(",\"window_seconds\":\"1\"", GROUP(""))),
         "\"window_seconds\" takes a number from 0.05 to 3600"},
        {DOCUMENT(SCENARIO(",\"window_slow_requests\":3", GROUP(""))), "goes with slow clients"},
        {DOCUMENT(SCENARIO(",\"profiles\":[\"some\"]", GROUP(""))), "quick, table, full"},
        {DOCUMENT(SCENARIO(",\"published\":1", GROUP(""))), "\"published\" takes true or false"},
        {DOCUMENT(SCENARIO(",\"placement\":\"apart\"", GROUP(""))),
         "\"placement\" takes one of these: same same+pool split split+pool free"},
        {DOCUMENT(SCENARIO(",\"placement\":\"split\"", GROUP(",\"capacity_share\":0.5"))),
         "\"placement\" does not go with \"capacity_share\""},
        {DOCUMENT("{\"name\":\"mine\",\"groups\":[{\"mode\":\"load\",\"column\":\"fast\","
                  "\"header\":\"a (req/s)\"}]}"),
         "scenario 'mine': \"column\" is that of scenario 'fast' too"},
        {DOCUMENT("{\"name\":\"mine\",\"groups\":[{\"mode\":\"load\",\"column\":\"a\","
                  "\"header\":\"1 Fast (req/s)\"}]}"),
         "scenario 'mine': \"header\" is that of scenario 'fast' too"},
    };

    assert_wrong(wrong, sizeof(wrong) / sizeof(wrong[0]));
}

static void test_wrong_scenarios_of_urls(void **state)
{
    static const struct wrong wrong[] = {
        {DOCUMENT(URLS(",\"groups\":[]")), "\"groups\" does not go with \"urls\""},
        {DOCUMENT(URLS(",\"columns\":[]")), "array of 1 to 5 columns"},
        {DOCUMENT(URLS(",\"concurrency\":4,\"columns\":[]")),
         "\"concurrency\" is more than the \"urls\" are"},
        {DOCUMENT(URLS(",\"profiles\":[\"full\"],\"columns\":[]")),
         "\"profiles\" takes an array of web"},
        {DOCUMENT(URLS(",\"columns\":[{\"value\":\"over_ideal\","
                       "\"column\":\"a\",\"header\":\"a (x ideal)\"}]")),
         "without \"delay_seconds\" nothing is ideal"},
        {DOCUMENT(URLS(",\"columns\":[{\"value\":\"memory\","
                       "\"column\":\"a\",\"header\":\"a (req/s)\"}]")),
         "\"header\" must say (MiB), the unit of the value \"memory\""},
        {DOCUMENT(URLS(",\"columns\":[{\"value\":\"cpu\","
                       "\"column\":\"a\",\"header\":\"a (s/req)\"}]")),
         "scenario 'mine', column 1: \"header\" must say (µs/req), the unit of the value \"cpu\""},
        {DOCUMENT("{\"name\":\"mine\",\"urls\":10001,\"columns\":[]}"),
         "\"concurrency\" is missing: of more than 10000"},
        {DOCUMENT("{\"name\":\"mine\",\"urls\":\"3\",\"columns\":[]}"),
         "\"urls\" takes a whole number from 1 to 1000000"},
        {DOCUMENT(URLS(",\"delay_seconds\":601,\"columns\":[]")),
         "\"delay_seconds\" takes a number from 0 to 600"},
        {DOCUMENT(URLS(",\"delay_seconds\":0.0005,\"columns\":[]")),
         "\"delay_seconds\" takes whole milliseconds"},
        {DOCUMENT("{\"name\":\"mine\",\"delay_seconds\":3,\"groups\":[" GROUP("") "]}"),
         "\"delay_seconds\" goes with \"urls\" only"},
    };

    assert_wrong(wrong, sizeof(wrong) / sizeof(wrong[0]));
}

static void test_wrong_groups(void **state)
{
    static const struct wrong wrong[] = {
        {DOCUMENT(SCENARIO("", "1")), "scenario 'mine', group 1: a group is an object"},
        {DOCUMENT(SCENARIO("", GROUP("") ",{\"mode\":\"load\",\"column\":\"b\"}")),
         "scenario 'mine', group 2: \"header\" is missing"},
        {DOCUMENT(SCENARIO("", GROUP(",\"pipelines\":2"))),
         "scenario 'mine', group 1: there is no member \"pipelines\"; these are: mode, n, clients"},
        {DOCUMENT(SCENARIO("", GROUP(",\"pipeline\":0"))),
         "\"pipeline\" takes a whole number from 1 to 10000"},
        {DOCUMENT(SCENARIO("", GROUP(",\"connections\":1.5"))),
         "\"connections\" takes a whole number from 1 to 20000"},
        {DOCUMENT(SCENARIO("", GROUP(",\"connections\":20001"))), "from 1 to 20000"},
        {DOCUMENT(SCENARIO("", GROUP(",\"connections\":15000,\"idle\":6000"))), "are 21000"},
        {DOCUMENT(SCENARIO("", GROUP(",\"clients\":17"))), "from 1 to 16"},
        {DOCUMENT(SCENARIO("", GROUP(",\"n\":94"))), "\"n\" takes a whole number from 0 to 93"},
        {DOCUMENT(SCENARIO("", GROUP(",\"value\":\"p98\""))), "one of these: rate mean p50"},
        {DOCUMENT(SCENARIO("", GROUP(",\"value\":\"p99\""))), "must say (s/req)"},
        {DOCUMENT(SCENARIO("", GROUP(",\"churn\":1"))), "\"churn\" takes true or false"},
        {DOCUMENT(SCENARIO("", GROUP(",\"churn\":true,\"rate\":5"))), "one of them at most"},
        {DOCUMENT(SCENARIO("", GROUP(",\"think_seconds\":1,\"pipeline\":2"))), "of 1"},
        {DOCUMENT(SCENARIO("", GROUP(",\"capacity_share\":0"))), "number from 0.01 to 10"},
        {DOCUMENT(SCENARIO("", GROUP(",\"n\":1,\"n\":2"))), "\"n\" stands there twice"},
        {DOCUMENT("{\"name\":\"mine\",\"groups\":[{\"mode\":\"fastest\",\"column\":\"a\","
                  "\"header\":\"a (req/s)\"}]}"),
         "\"mode\" takes one of these: fast slow load"},
        {DOCUMENT("{\"name\":\"mine\",\"groups\":[{\"mode\":\"slow\",\"column\":\"a\","
                  "\"header\":\"a (s/req)\"}]}"),
         "it takes \"window_slow_requests\""},
    };

    assert_wrong(wrong, sizeof(wrong) / sizeof(wrong[0]));
}

static void test_too_many(void **state)
{
    struct scenario_set *set = scenario_set_create();
    struct problem problem;
    int error = 0;

    for (int i = 0; i <= SCENARIOS_MAXIMUM && error == 0; i++) {
        char text[300];

        snprintf(text, sizeof(text),
                 DOCUMENT("{\"name\":\"m%d\",\"groups\":[{\"mode\":\"load\",\"column\":\"m%d\","
                          "\"header\":\"m%d (req/s)\"}]}"),
                 i, i, i);
        error = add(set, text, &problem);
    }
    assert_int_equal(error, -EINVAL);
    assert_non_null(strstr(problem.text, "more than 64 scenarios"));
    assert_int_equal(set->count, SCENARIOS_MAXIMUM);
    scenario_set_destroy(set);
}

static void test_columns_say_what_they_are(void **state)
{
    struct scenario_set *set = scenario_set_create();
    const struct scenario *open = scenario_of_name(set, "open70");
    const struct scenario *churn = scenario_of_name(set, "churn16");
    struct scenario_column column = {open, &open->groups[0]};
    cJSON *object = scenario_column_to_json(&column);

    assert_true(cJSON_GetObjectItem(object, "offered")->valuedouble == 0.7);
    assert_int_equal(cJSON_GetObjectItem(object, "connections")->valueint, 64);
    assert_string_equal(cJSON_GetObjectItem(object, "better")->valuestring, "lower");
    assert_string_equal(cJSON_GetObjectItem(object, "unit")->valuestring, "s/req");
    cJSON_Delete(object);
    column = (struct scenario_column){churn, &churn->groups[0]};
    object = scenario_column_to_json(&column);
    /* Its 16 places are no plain connections. */
    assert_null(cJSON_GetObjectItem(object, "connections"));
    assert_null(cJSON_GetObjectItem(object, "offered"));
    assert_string_equal(cJSON_GetObjectItem(object, "better")->valuestring, "higher");
    cJSON_Delete(object);
    scenario_set_destroy(set);
}

/* An open loop's rate is its share of what was measured with clients like its own. */
static void test_capacity(void **state)
{
    struct plan plan = {.scenarios = scenario_set_create()}, restored;
    cJSON *object = cJSON_CreateObject();
    const struct client_group *group;

    plan.selected[scenario_of_name(plan.scenarios, "open70") - plan.scenarios->list] = true;
    restored = plan;
    group = &scenario_of_name(plan.scenarios, "open70")->groups[0];
    assert_true(capacity_seconds(&plan) > 0);
    capacity_from_json(&plan, object);
    assert_int_equal(plan.capacity_count, 1);
    assert_true(capacity_is_missing(&plan, group));
    cJSON_Delete(object);
    object = cJSON_Parse("{\"capacities\":[{\"clients\":1,\"connections\":64,\"pipeline\":1,"
                         "\"rate\":1000}]}");
    capacity_from_json(&restored, object);
    assert_false(capacity_is_missing(&restored, group));
    assert_float_equal(capacity_rate(&restored, group), 700, 1e-6);
    assert_float_equal(
        capacity_rate(&restored, &scenario_of_name(plan.scenarios, "fast")->groups[0]), 0, 0);
    cJSON_Delete(object);
    scenario_set_destroy((struct scenario_set *)plan.scenarios);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in_scenarios),
        cmocka_unit_test(test_scenarios_of_urls),
        cmocka_unit_test(test_list_can_be_read_again),
        cmocka_unit_test(test_adds_and_replaces),
        cmocka_unit_test(test_wrong_documents),
        cmocka_unit_test(test_wrong_scenarios),
        cmocka_unit_test(test_wrong_scenarios_of_urls),
        cmocka_unit_test(test_wrong_groups),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_columns_say_what_they_are),
        cmocka_unit_test(test_capacity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

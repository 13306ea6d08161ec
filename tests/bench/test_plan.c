#include "bench/counterpart.h"
#include "bench/plan.h"
#include "bench/plan_web.h"
#include "bench/scenario.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>

static cJSON *backends(void)
{
    return cJSON_Parse(
        "[{\"name\":\"null\",\"family\":\"null\",\"compute\":\"inline\",\"available\":true},"
        "{\"name\":\"sync\",\"family\":\"sync\",\"compute\":\"inline\",\"available\":true},"
        "{\"name\":\"select\",\"family\":\"select\",\"compute\":\"inline\",\"available\":true},"
        "{\"name\":\"uv\",\"family\":\"uv\",\"library\":\"libuv 1\",\"compute\":\"pool\","
        "\"available\":true},"
        "{\"name\":\"uring\",\"family\":\"uring\",\"compute\":\"inline\",\"available\":false,"
        "\"reason\":\"not permitted\"}]");
}

static void expect_labels(const struct variant_list *list, const char *const *labels)
{
    size_t count = 0;

    for (; labels[count] != NULL; count++) {
        assert_true(count < list->count);
        assert_string_equal(list->variants[count].label, labels[count]);
    }
    assert_int_equal(list->count, count);
}

static void test_columns_are_the_published_ones(void **state)
{
    static const char *const headers[] = {
        "1 fast (req/s)", "2 fast (req/s each)",       "1 slow (s/req)",
        "2 slow (s/req)", "fast + slow: fast (req/s)", "fast + slow: slow (s/req)",
    };
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    struct scenario_set *set = scenario_set_create();
    bool measured[SCENARIOS_MAXIMUM] = {false};

    assert_int_equal(scenario_columns(set, measured, columns), 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(columns[i].group->header, headers[i]);
    measured[scenario_of_name(set, "load64") - set->list] = true;
    assert_int_equal(scenario_columns(set, measured, columns), 7);
    assert_string_equal(columns[6].group->column, "load64");
    scenario_set_destroy(set);
}

static void test_peers_are_rows(void **state)
{
    cJSON *peers = cJSON_Parse(
        "[{\"name\":\"python-threads\",\"family\":\"python\",\"library\":\"CPython 3\","
        "\"compute\":\"pool\",\"available\":true,\"command\":\"python3 x {port}\"},"
        "{\"name\":\"node\",\"family\":\"node\",\"available\":false,\"reason\":\"no node\"}]");
    struct scenario_set *set = scenario_set_create();
    struct plan plan = {.scenarios = set, .slow_n = 39, .slow_seconds = 0.2};
    struct variant_list *rows = &plan.variants;
    struct problem problem;
    cJSON *row;

    assert_int_equal(variant_list_add_peer(rows, peers, "python-threads", &problem), 0);
    assert_int_equal(variant_list_add_peer(rows, peers, "python-threads", &problem), -EINVAL);
    assert_int_equal(variant_list_add_peer(rows, peers, "nothing", &problem), -EINVAL);
    assert_non_null(strstr(problem.text, "python-threads, node"));
    assert_int_equal(variant_list_add_peer(rows, peers, "node", &problem), -ENOTSUP);
    assert_string_equal(problem.text, "no node");
    assert_int_equal(rows->count, 1);
    assert_false(variant_has_pool(&rows->variants[0]));
    assert_int_equal(plan_slow_n(&plan, &rows->variants[0]), 39);

    /* A slow request of its own, and windows for as many of them. */
    rows->variants[0].slow_n = 30;
    rows->variants[0].slow_seconds = 0.1;
    assert_int_equal(plan_slow_n(&plan, &rows->variants[0]), 30);
    assert_float_equal(plan_row_window(&plan, &rows->variants[0], scenario_of_name(set, "slow")),
                       plan_window(&plan, scenario_of_name(set, "slow")) / 2, 1e-9);
    row = variant_to_json(&rows->variants[0]);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(row, "peer")));
    assert_int_equal(cJSON_GetObjectItem(row, "slow_n")->valueint, 30);
    assert_string_equal(cJSON_GetObjectItem(row, "library")->valuestring, "CPython 3");
    assert_string_equal(cJSON_GetObjectItem(row, "counterpart")->valuestring, "Threads");
    assert_null(cJSON_GetObjectItem(row, "command"));
    cJSON_Delete(row);
    plan_finish(&plan);
    scenario_set_destroy(set);
    cJSON_Delete(peers);
}

/* One language, one slow request: the first of its peers stands for it. */
static void test_families_of_peers(void **state)
{
    cJSON *peers = cJSON_Parse("[{\"name\":\"a\",\"family\":\"python\",\"available\":true},"
                               "{\"name\":\"b\",\"family\":\"node\",\"available\":true},"
                               "{\"name\":\"c\",\"family\":\"python\",\"available\":true}]");
    cJSON *list = backends();
    struct variant_list rows = {0};
    struct problem problem;

    assert_int_equal(variant_list_add_backend(&rows, list, "uv", &problem), 0);
    assert_int_equal(variant_list_add_peer(&rows, peers, "a", &problem), 0);
    assert_int_equal(variant_list_add_peer(&rows, peers, "b", &problem), 0);
    assert_int_equal(variant_list_add_peer(&rows, peers, "c", &problem), 0);
    assert_false(variant_list_begins_family(&rows, 0));
    assert_true(variant_list_begins_family(&rows, 1));
    assert_true(variant_list_begins_family(&rows, 2));
    assert_false(variant_list_begins_family(&rows, 3));
    assert_true(variant_same_family(&rows.variants[1], &rows.variants[3]));
    assert_false(variant_same_family(&rows.variants[0], &rows.variants[0]));
    variant_list_finish(&rows);
    cJSON_Delete(list);
    cJSON_Delete(peers);
}

static void test_rows_of_the_profiles(void **state)
{
    struct variant_list quick = {0}, all = {0};
    cJSON *list = backends();

    variant_list_add_quick(&quick, list);
    expect_labels(
        &quick, (const char *const[]){"null", "sync", "select", "uv", "uv --offload=always", NULL});
    variant_list_add_all(&all, list);
    expect_labels(&all, (const char *const[]){"null", "sync", "select", "select --poller=poll",
                                              "select --poller=select", "uv", "uv --offload=always",
                                              NULL});
    assert_false(variant_computes(variant_list_find(&all, "null")));
    assert_true(variant_has_pool(variant_list_find(&all, "uv --offload=always")));
    variant_list_finish(&quick);
    variant_list_finish(&all);
    cJSON_Delete(list);
}

static void test_rows_by_name(void **state)
{
    struct variant_list rows = {0};
    cJSON *list = backends();
    struct problem problem;

    assert_int_equal(variant_list_add_backend(&rows, list, " uv  --offload=never ", &problem), 0);
    assert_string_equal(rows.variants[0].label, "uv --offload=never");
    assert_int_equal(rows.variants[0].option_count, 1);
    assert_int_equal(variant_list_add_backend(&rows, list, "uv --offload=never", &problem),
                     -EINVAL);
    assert_int_equal(variant_list_add_backend(&rows, list, "uring", &problem), -ENOTSUP);
    assert_non_null(strstr(problem.text, "not permitted"));
    assert_int_equal(variant_list_add_backend(&rows, list, "u", &problem), -EINVAL);
    assert_non_null(strstr(problem.text, "null, sync, select, uv, uring"));
    assert_int_equal(variant_list_add_command(&rows, "a b=run {port}", &problem), 0);
    assert_string_equal(rows.variants[1].command, "run {port}");
    assert_int_equal(variant_list_add_command(&rows, "=run {port}", &problem), -EINVAL);
    assert_int_equal(variant_list_add_command(&rows, "a\nb=run {port}", &problem), -EINVAL);
    assert_int_equal(variant_list_add_address(&rows, "[::1]:80", &problem), 0);
    assert_string_equal(rows.variants[2].host, "::1");
    assert_int_equal(rows.variants[2].port, 80);
    assert_int_equal(variant_list_add_address(&rows, "::1:80", &problem), -EINVAL);
    assert_int_equal(variant_list_add_address(&rows, "here:70000", &problem), -EINVAL);
    assert_int_equal(variant_list_add_address(&rows, "here", &problem), -EINVAL);
    variant_list_finish(&rows);
    cJSON_Delete(list);
}

static void make_plan(struct plan *plan, const char *profile, const cJSON *list)
{
    struct problem problem;

    *plan = (struct plan){.profile = profile_of_name(profile),
                          .scenarios = scenario_set_create(),
                          .slow_seconds = 0.2,
                          .seed = 1};
    plan->rounds = plan->profile->rounds;
    plan->slow_rounds = plan->profile->slow_rounds;
    assert_int_equal(plan_select_scenarios(plan, NULL, &problem), 0);
    plan_add_profile_rows(plan, list);
    plan_fit(plan);
}

static void finish_plan(struct plan *plan)
{
    scenario_set_destroy((struct scenario_set *)plan->scenarios);
    plan_finish(plan);
}

static double row_seconds(const struct plan *plan, const char *label, unsigned round)
{
    return plan_row_seconds(plan, variant_list_find(&plan->variants, label), round);
}

/* Nine rows, as the quick profile has them, within two minutes; table in about twenty. */
static void test_profiles_keep_to_their_time(void **state)
{
    struct problem problem;
    struct plan plan;
    cJSON *list = cJSON_Parse(
        "[{\"name\":\"null\",\"family\":\"null\",\"available\":true},"
        "{\"name\":\"sync\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true,"
        "\"concurrent_connections\":false},"
        "{\"name\":\"threads\",\"family\":\"x\",\"compute\":\"connection\",\"available\":true},"
        "{\"name\":\"select\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
        "{\"name\":\"coro\",\"family\":\"x\",\"compute\":\"inline\",\"available\":true},"
        "{\"name\":\"uv\",\"family\":\"x\",\"compute\":\"pool\",\"available\":true},"
        "{\"name\":\"event\",\"family\":\"x\",\"compute\":\"pool\",\"available\":true}]");

    make_plan(&plan, "quick", list);
    assert_int_equal(plan.variants.count, 9);
    /* Who serves one client only is tried twice with several, in the first round. */
    assert_true(row_seconds(&plan, "sync", 0) > row_seconds(&plan, "select", 0) + 1);
    assert_float_equal(row_seconds(&plan, "sync", 1), row_seconds(&plan, "select", 1), 1e-9);
    assert_true(plan_seconds(&plan) < 118);
    assert_true(plan.fast_seconds > 0.4);
    plan.slow_seconds = 0.22; /* the most that the calibration leaves */
    plan_fit(&plan);
    assert_true(plan_seconds(&plan) < 118);
    finish_plan(&plan);
    make_plan(&plan, "table", list);
    assert_in_range((int)plan_seconds(&plan), 15 * 60, 20 * 60);
    finish_plan(&plan);
    /* As many rows as there are backends, and the reference's peers. */
    make_plan(&plan, "table", list);
    for (int i = 0; i < 28; i++) {
        char label[32];

        snprintf(label, sizeof(label), "peer %d=x {port}", i);
        assert_int_equal(variant_list_add_command(&plan.variants, label, &problem), 0);
    }
    assert_int_equal(plan_add_repeated_row(&plan, &problem), 0);
    assert_int_equal(plan.variants.count, 40);
    plan_fit(&plan);
    assert_in_range((int)plan_seconds(&plan), 18 * 60, 20 * 60);
    assert_true(plan.fast_seconds > 0.25);
    finish_plan(&plan);
    make_plan(&plan, "full", list);
    assert_in_range((int)plan_seconds(&plan), 45 * 60, 60 * 60);
    finish_plan(&plan);
    cJSON_Delete(list);
}

static void test_what_is_measured_when(void **state)
{
    const struct scenario *slow, *fast;
    cJSON *list = backends();
    struct plan plan;
    const struct variant *uv, *null;

    make_plan(&plan, "table", list);
    slow = scenario_of_name(plan.scenarios, "slow");
    fast = scenario_of_name(plan.scenarios, "fast");
    uv = variant_list_find(&plan.variants, "uv");
    null = variant_list_find(&plan.variants, "null");
    assert_true(plan_has_slow(&plan));
    assert_true(plan_measures(&plan, uv, fast, plan.rounds - 1));
    assert_true(plan_measures(&plan, uv, slow, plan.slow_rounds - 1));
    assert_false(plan_measures(&plan, uv, slow, plan.slow_rounds));
    assert_false(plan_measures(&plan, null, slow, 0));
    assert_true(plan_measures(&plan, uv, scenario_of_name(plan.scenarios, "load64"), 13));
    assert_false(plan_measures(&plan, uv, scenario_of_name(plan.scenarios, "c100"), 0));
    /* Two slow clients share the work: their window is twice as long. */
    assert_float_equal(plan_window(&plan, scenario_of_name(plan.scenarios, "slow2")),
                       2 * plan_window(&plan, slow), 1e-9);
    assert_true(plan_window(&plan, slow) > 2.5 * plan.slow_seconds);
    finish_plan(&plan);
    cJSON_Delete(list);
}

static void test_the_seed_makes_the_order(void **state)
{
    size_t one[8], two[8], differing = 0;
    cJSON *list = backends();
    struct plan plan;

    make_plan(&plan, "table", list);
    for (unsigned round = 0; round < 10; round++) {
        plan.seed = 1;
        plan_order(&plan, round, one);
        plan_order(&plan, round, two);
        assert_memory_equal(one, two, plan.variants.count * sizeof(one[0]));
        plan.seed = 2;
        plan_order(&plan, round, two);
        differing += memcmp(one, two, plan.variants.count * sizeof(one[0])) != 0;
    }
    assert_true(differing > 5);
    finish_plan(&plan);
    cJSON_Delete(list);
}

/* The reference first and last, the others once each between. */
static void test_blocks(void **state)
{
    cJSON *list = backends();
    struct problem problem;
    struct plan plan;
    size_t order[16];

    make_plan(&plan, "table", list);
    assert_int_equal(plan_add_repeated_row(&plan, &problem), 0);
    expect_labels(&plan.variants,
                  (const char *const[]){"null", "sync", "select", "select (again)",
                                        "select --poller=poll", "select --poller=select", "uv",
                                        "uv --offload=always", NULL});
    assert_string_equal(plan.variants.variants[3].repeats, "select");
    assert_null(plan.variants.variants[2].repeats);
    for (unsigned round = 0; round < plan.rounds; round++) {
        unsigned seen = 0;

        assert_int_equal(plan_order(&plan, round, order), 9);
        assert_int_equal(order[0], 0);
        assert_int_equal(order[8], 0);
        for (size_t i = 0; i < 8; i++)
            seen |= 1u << order[i];
        assert_int_equal(seen, 0xff);
    }
    finish_plan(&plan);
    cJSON_Delete(list);
}

/* Without null the first row is the reference; too few rounds or rows repeat none. */
static void test_blocks_of_few_rows(void **state)
{
    struct plan plan = {.profile = profile_of_name("table"), .rounds = 14};
    cJSON *list = backends();
    struct problem problem;
    size_t order[4];

    assert_int_equal(variant_list_add_backend(&plan.variants, list, "select", &problem), 0);
    assert_int_equal(plan_order(&plan, 0, order), 1);
    assert_int_equal(plan_add_repeated_row(&plan, &problem), 0);
    assert_int_equal(plan.variants.count, 1);
    assert_int_equal(variant_list_add_command(&plan.variants, "mine=x {port}", &problem), 0);
    plan.rounds = 8;
    assert_int_equal(plan_add_repeated_row(&plan, &problem), 0);
    assert_int_equal(plan.variants.count, 2);
    plan.rounds = 9;
    assert_int_equal(plan_add_repeated_row(&plan, &problem), 0);
    expect_labels(&plan.variants, (const char *const[]){"select", "mine", "mine (again)", NULL});
    assert_string_equal(plan.variants.variants[2].command, "x {port}");
    assert_int_equal(plan_reference(&plan), 0);
    plan_finish(&plan);
    cJSON_Delete(list);
}

static void test_placements(void **state)
{
    struct placement placement;
    struct problem problem;
    cpu_set_t own, one, both;

    assert_int_equal(sched_getaffinity(0, sizeof(own), &own), 0);
    assert_int_equal(placement_choose(&placement, "same", &problem), 0);
    assert_int_equal(CPU_COUNT(&placement.server), 1);
    assert_true(CPU_EQUAL(&placement.server, &placement.clients));
    assert_int_equal(placement_choose(&placement, "free", &problem), 0);
    assert_false(placement.pinned);
    assert_int_equal(placement_choose(&placement, "free+pool", &problem), -EINVAL);
    assert_int_equal(placement_choose(&placement, "samepool", &problem), -EINVAL);
    if (CPU_COUNT(&own) >= 2) {
        assert_int_equal(placement_choose(&placement, NULL, &problem), 0);
        assert_string_equal(placement.name, "same+pool");
        CPU_AND(&both, &placement.server, &placement.pool);
        assert_int_equal(CPU_COUNT(&both), 0);
        assert_int_equal(placement_choose(&placement, "split", &problem), 0);
        CPU_AND(&both, &placement.server, &placement.clients);
        assert_int_equal(CPU_COUNT(&both), 0);
    }
    placement_choose(&placement, "same", &problem);
    one = placement.server;
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(placement_choose(&placement, NULL, &problem), 0);
    assert_string_equal(placement.name, "same");
    assert_int_equal(placement_choose(&placement, "same+pool", &problem), -ENODEV);
    assert_int_equal(sched_setaffinity(0, sizeof(own), &own), 0);
}

static void test_counterparts(void **state)
{
    assert_string_equal(counterpart_of("uv"), "asyncio: Streams");
    assert_null(counterpart_of("uv --offload=always"));
    assert_null(counterpart_of("null"));
    assert_true(counterpart_matches("Asyncio:  streams", "event"));
    assert_true(counterpart_matches("coro", "Coroutines"));
    assert_false(counterpart_matches("coro", "Coroutines and threads"));
    assert_false(counterpart_matches("uv", "event"));
    assert_true(counterpart_same_name("Threads", " threads"));
}

/* Rows behind a front are put in relation to each other. */
static void test_references_behind_a_front(void **state)
{
    static const struct {
        const char *rows[4];
        size_t reference;
        size_t against[4];
    } cases[] = {
        {{"uv", "multi", "multi --http2", "multi --tls"}, 1, {1, 1, 3, 3}},
        {{"multi --tls", "uv", "uv --http2"}, 1, {0, 1, 0}},
        {{"uv --http2", "multi --http2"}, 0, {0, 0}},
        {{"uv --http2", "multi --tls"}, 1, {1, 1}},
        {{"uv", "multi"}, 1, {1, 1}},
        {{"multi", "uv --http", "multi --http2=prior-knowledge"}, 0, {0, 1, 1}},
        {{"multi", "uv --tls --http2", "multi --tls"}, 0, {0, 2, 2}},
    };
    cJSON *list = cJSON_Parse("[{\"name\":\"multi\",\"available\":true},"
                              "{\"name\":\"uv\",\"available\":true}]");
    struct problem problem;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan plan = {.profile = profile_of_name("web")};

        for (size_t row = 0; row < 4 && cases[i].rows[row] != NULL; row++)
            assert_int_equal(
                variant_list_add_strategy(&plan.variants, list, cases[i].rows[row], &problem), 0);
        assert_int_equal(plan_reference(&plan), cases[i].reference);
        for (size_t row = 0; row < plan.variants.count; row++)
            assert_int_equal(plan_reference_of(&plan, row), cases[i].against[row]);
        plan_finish(&plan);
    }
    cJSON_Delete(list);
}

/* A command may be called as a row behind a front is, and is none. */
static void test_name_of_a_front(void **state)
{
    cJSON *list = cJSON_Parse("[{\"name\":\"multi\",\"available\":true}]");
    struct plan plan = {.profile = profile_of_name("web")};
    struct variant_list *rows = &plan.variants;
    struct problem problem;

    assert_int_equal(variant_list_add_strategy(rows, list, "multi", &problem), 0);
    assert_int_equal(variant_list_add_web_command(rows, "multi --tls=get {urls}", &problem), 0);
    assert_int_equal(variant_list_add_strategy(rows, list, "multi --http2", &problem), 0);
    assert_int_equal(plan_reference_of(&plan, 1), 0);
    assert_int_equal(plan_reference_of(&plan, 2), 2);
    assert_int_equal(variant_list_add_strategy(rows, list, "multi --tls=1", &problem), -EINVAL);
    assert_non_null(strstr(problem.text, "takes no value"));
    plan_finish(&plan);
    cJSON_Delete(list);
}

/* With the rows of webclient and curl, and one of them twice. */
static void test_web_clients_keep_to_their_time(void **state)
{
    static const char *const names[] = {"easy", "threads", "multi", "uv", "event", "coro"};
    static const char *const peers[] = {"curl --parallel", "curl --parallel-immediate"};
    struct plan plan;
    struct problem problem;
    cJSON *list = cJSON_CreateArray(),
          *known = cJSON_Parse(
              "[{\"name\":\"curl --parallel\",\"available\":true,\"command\":\"x {urls}\","
              "\"concurrency_most\":300},"
              "{\"name\":\"curl --parallel-immediate\",\"available\":true,\"command\":\"x {urls}\","
              "\"url_seconds\":0.000001}]");
    struct variant slow;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cJSON *one = cJSON_CreateObject();

        cJSON_AddItemToArray(list, one);
        cJSON_AddStringToObject(one, "name", names[i]);
        cJSON_AddBoolToObject(one, "concurrent", i > 0);
        cJSON_AddTrueToObject(one, "available");
    }
    make_plan(&plan, "web", list);
    assert_int_equal(variant_list_add_strategy(&plan.variants, list, "multi --tls", &problem), 0);
    assert_int_equal(variant_list_add_strategy(&plan.variants, list, "multi --http2", &problem), 0);
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
        assert_int_equal(variant_list_add_web_peer(&plan.variants, known, peers[i], &problem), 0);
    assert_int_equal(plan_add_repeated_row(&plan, &problem), 0);
    assert_int_equal(plan.variants.count, 11);
    assert_string_equal(plan.variants.variants[plan_reference(&plan)].label, "multi");
    assert_string_equal(plan.variants.variants[5].repeats, "event");
    assert_true(plan.variants.variants[5].web);
    assert_int_equal(variant_list_find(&plan.variants, peers[0])->concurrency_most, 300);
    /* Who takes longer than others is counted so. */
    slow = *variant_list_find(&plan.variants, peers[1]);
    assert_float_equal(slow.url_seconds, 0.000001, 0);
    slow.url_seconds = 0.001;
    assert_true(plan_row_seconds(&plan, &slow, 0) > row_seconds(&plan, peers[1], 0) + 3);
    assert_true(plan_seconds(&plan) < 360);
    assert_false(plan_has_slow(&plan));
    finish_plan(&plan);
    cJSON_Delete(known);
    cJSON_Delete(list);
}

/* Who asks for ten seconds of delays gets them; who would take more than that is left out. */
static void test_long_lists_of_urls(void **state)
{
    static const char text[] =
        "{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":[{\"name\":\"long\","
        "\"urls\":99,\"concurrency\":10,\"delay_seconds\":1,\"columns\":[{\"value\":\"memory\","
        "\"column\":\"long\",\"header\":\"long (MiB)\"}]}]}";
    struct scenario_set *set = scenario_set_create();
    struct variant one = {.web = true, .sequential = true}, many = {.web = true};
    const struct scenario *scenario;
    struct problem problem;

    assert_int_equal(scenario_set_add_text(set, "text", text, strlen(text), &problem), 0);
    scenario = scenario_of_name(set, "long");
    assert_float_equal(plan_web_ideal(scenario), 10, 1e-9);
    assert_true(plan_web_is_too_long(&one, scenario));
    assert_false(plan_web_is_too_long(&many, scenario));
    assert_false(plan_web_is_too_long(&one, scenario_of_name(set, "web100-10ms")));
    assert_true(plan_web_is_too_long(&one, scenario_of_name(set, "web100-100ms")));
    scenario_set_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_the_published_ones),
        cmocka_unit_test(test_peers_are_rows),
        cmocka_unit_test(test_families_of_peers),
        cmocka_unit_test(test_rows_of_the_profiles),
        cmocka_unit_test(test_rows_by_name),
        cmocka_unit_test(test_profiles_keep_to_their_time),
        cmocka_unit_test(test_references_behind_a_front),
        cmocka_unit_test(test_name_of_a_front),
        cmocka_unit_test(test_web_clients_keep_to_their_time),
        cmocka_unit_test(test_long_lists_of_urls),
        cmocka_unit_test(test_what_is_measured_when),
        cmocka_unit_test(test_the_seed_makes_the_order),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_blocks_of_few_rows),
        cmocka_unit_test(test_placements),
        cmocka_unit_test(test_counterparts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "clients/web/crawl/crawl.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A page of a site that only exists here. */
struct entry {
    const char *path;
    long status;
    const char *type;
    const char *body; /* of a redirect, where to */
};

#define HTML "text/html"
#define SITE "http://example.org"

static const struct entry *find(const struct entry *site, const char *url)
{
    const char *path = strncmp(url, SITE, strlen(SITE)) == 0 ? url + strlen(SITE) : url;

    for (; site->path != NULL; site++)
        if (strcmp(site->path, path) == 0)
            return site;
    return NULL;
}

static void answer(struct crawl *crawl, const struct entry *site, struct crawl_task *task)
{
    const struct entry *entry = find(site, crawl_task_url(task));
    struct crawl_end end = {.status = entry != NULL ? entry->status : 404, .complete = true};

    if (end.status >= 300 && end.status <= 399)
        end.redirect = entry->body;
    else if (crawl_answer(task, end.status, entry != NULL ? entry->type : HTML) && entry != NULL)
        crawl_body(task, entry->body, strlen(entry->body));
    crawl_done(crawl, task, &end);
}

/* Visits everything with at most so many tasks under way, of which the last one ends first where
 * asked for. The paths that were fetched come in that order, a space behind each. */
struct tour {
    size_t workers;
    bool last_first;
    char fetched[4096];
};

static void note(struct tour *tour, const char *url, const char *mark)
{
    size_t length = strlen(tour->fetched);

    if (strncmp(url, SITE, strlen(SITE)) == 0)
        url += strlen(SITE);
    snprintf(tour->fetched + length, sizeof(tour->fetched) - length, "%s%s ", mark, url);
}

static void visit(struct crawl *crawl, const struct entry *site, struct tour *tour)
{
    struct crawl_task *under_way[8] = {NULL};
    size_t count = 0;

    crawl_begun(crawl);
    for (;;) {
        struct crawl_task *task;
        enum crawl_next next = crawl_next(crawl, &task);

        if (next == CRAWL_FORBIDDEN) {
            note(tour, crawl_task_url(task), "!");
            crawl_done(crawl, task, &(struct crawl_end){.status = 0});
            continue;
        }
        if (next == CRAWL_FETCH) {
            note(tour, crawl_task_url(task), "");
            under_way[count++] = task;
        }
        if (next == CRAWL_END && count == 0)
            return;
        if (next == CRAWL_WAIT)
            assert_int_not_equal(count, 0);
        if (next != CRAWL_FETCH || count == tour->workers) {
            size_t chosen = tour->last_first ? count - 1 : 0;

            answer(crawl, site, under_way[chosen]);
            for (size_t i = chosen; i + 1 < count; i++)
                under_way[i] = under_way[i + 1];
            count--;
        }
    }
}

static struct crawl *create(unsigned depth, size_t pages)
{
    struct crawl_settings settings = {.depth = depth, .pages = pages, .product = "webclient"};
    struct crawl *crawl = crawl_create(&settings);

    assert_non_null(crawl);
    return crawl;
}

static struct crawl_counts crawl_site(const struct entry *site, unsigned depth, size_t pages,
                                      struct tour *tour)
{
    struct crawl *crawl = create(depth, pages);
    struct crawl_counts counts;

    assert_int_equal(crawl_begin(crawl, SITE), 0);
    visit(crawl, site, tour);
    assert_int_equal(crawl_error(crawl), 0);
    counts = crawl_counts(crawl);
    crawl_destroy(crawl);
    return counts;
}

static void expect_tour(const struct entry *site, unsigned depth, const char *fetched)
{
    struct tour tour = {.workers = 1};

    crawl_site(site, depth, 1000, &tour);
    assert_string_equal(tour.fetched, fetched);
}

static const struct entry small_site[] = {
    {"/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /private\n"},
    {"/", 200, HTML, "<a href=a><a href=b#x><a href=/private/1><a href='http://other.org/'>"},
    {"/a", 200, HTML, "<a href=/><a href=b><a href=c><a href=/private/2><a href=picture>"},
    {"/b", 200, "text/html; charset=utf-8", "<a href=a><a href=c><a href=../../b>"},
    {"/c", 200, HTML, "<a href=d><a href=/private/1>"},
    {"/d", 200, HTML, "<a href=/>"},
    {"/picture", 200, "image/png", "<a href=never>"},
    {NULL, 0, NULL, NULL},
};

static void each_page_is_visited_once(void **state)
{
    expect_tour(small_site, 5, "/robots.txt / /a /b /c /picture /d ");
}

static void depth_is_a_number_of_links(void **state)
{
    expect_tour(small_site, 0, "/robots.txt / ");
    expect_tour(small_site, 1, "/robots.txt / /a /b ");
    expect_tour(small_site, 2, "/robots.txt / /a /b /c /picture ");
}

static void what_was_left_out_is_counted(void **state)
{
    struct tour tour = {.workers = 1};
    struct crawl_counts counts = crawl_site(small_site, 5, 1000, &tour);

    assert_int_equal(counts.pages, 6);
    assert_int_equal(counts.forbidden, 2);
    assert_int_equal(counts.off_host, 1);
    assert_int_equal(counts.left_out, 0);
}

static void pages_are_no_more_than_allowed(void **state)
{
    struct tour tour = {.workers = 4};
    struct crawl_counts counts = crawl_site(small_site, 5, 3, &tour);

    assert_string_equal(tour.fetched, "/robots.txt / /a /b ");
    assert_int_equal(counts.pages, 3);
    assert_int_not_equal(counts.left_out, 0);
}

static void forbidden_pages_leave_their_places_to_others(void **state)
{
    static const struct entry site[] = {
        {"/robots.txt", 200, NULL, "User-agent: *\nDisallow: /private\n"},
        {"/", 200, HTML,
         "<a href=private/1><a href=private/2><a href=private/3><a href=private/1><a href=a>"
         "<a href=b>"},
        {"/a", 200, HTML, "<a href=private/4><a href=c>"},
        {"/c", 200, HTML, "<a href=d>"},
        {NULL, 0, NULL, NULL},
    };
    struct tour tour = {.workers = 1};
    struct crawl_counts counts = crawl_site(site, 5, 4, &tour);

    assert_string_equal(tour.fetched, "/robots.txt / /a /b /c ");
    assert_int_equal(counts.pages, 4);
    assert_int_equal(counts.known, 4);
    assert_int_equal(counts.forbidden, 4);
    assert_int_equal(counts.left_out, 1);
}

/* The long way to /x is quick and the short way slow: the depth is the short one's all the same. */
static void the_shortest_way_decides_whatever_comes_first(void **state)
{
    static const struct entry site[] = {
        {"/", 200, HTML, "<a href=slow><a href=1>"},
        {"/1", 200, HTML, "<a href=2>"},
        {"/2", 200, HTML, "<a href=x>"},
        {"/slow", 200, HTML, "<a href=x>"},
        {"/x", 200, HTML, "<a href=y>"},
        {"/y", 200, HTML, ""},
        {NULL, 0, NULL, NULL},
    };
    struct tour tour = {.workers = 4, .last_first = true};

    crawl_site(site, 3, 1000, &tour);
    assert_string_equal(tour.fetched, "/robots.txt / /slow /1 /2 /x /y ");
}

static void a_redirect_is_a_link(void **state)
{
    static const struct entry site[] = {
        {"/", 302, NULL, SITE "/home"},
        {"/home", 200, HTML, "<a href=loop><a href=out><a href=secret>"},
        {"/loop", 301, NULL, "/loop"},
        {"/out", 301, NULL, "http://other.org/"},
        {"/secret", 301, NULL, "/private"},
        {"/robots.txt", 200, NULL, "User-agent: webclient\nDisallow: /private"},
        {NULL, 0, NULL, NULL},
    };

    expect_tour(site, 1, "/robots.txt / /home /loop /out /secret ");
}

static void redirects_without_end_are_left_after_ten(void **state)
{
    static const struct entry site[] = {
        {"/", 302, NULL, "/1"},   {"/1", 302, NULL, "/2"},   {"/2", 302, NULL, "/3"},
        {"/3", 302, NULL, "/4"},  {"/4", 302, NULL, "/5"},   {"/5", 302, NULL, "/6"},
        {"/6", 302, NULL, "/7"},  {"/7", 302, NULL, "/8"},   {"/8", 302, NULL, "/9"},
        {"/9", 302, NULL, "/10"}, {"/10", 302, NULL, "/11"}, {NULL, 0, NULL, NULL},
    };

    expect_tour(site, 0, "/robots.txt / /1 /2 /3 /4 /5 /6 /7 /8 /9 /10 ");
}

static void nothing_is_fetched_where_robots_txt_cannot_be_had(void **state)
{
    static const struct entry site[] = {
        {"/robots.txt", 503, NULL, ""},
        {"/", 200, HTML, "<a href=a>"},
        {NULL, 0, NULL, NULL},
    };

    expect_tour(site, 1, "/robots.txt !/ ");
}

static void pages_to_begin_with_may_be_on_several_hosts(void **state)
{
    static const struct entry site[] = {
        {"http://one.org/robots.txt", 404, NULL, ""},
        {"http://one.org/", 200, HTML, "<a href='http://two.org/x'><a href=y>"},
        {"http://two.org/robots.txt", 200, NULL, "User-agent: *\nDisallow: /"},
        {"https://one.org/", 200, HTML, "secure"},
        {NULL, 0, NULL, NULL},
    };
    struct crawl *crawl = create(1, 1000);
    struct tour tour = {.workers = 1};

    assert_int_equal(crawl_begin(crawl, "http://one.org"), 0);
    assert_int_equal(crawl_begin(crawl, "http://two.org/"), 0);
    assert_int_equal(crawl_begin(crawl, "https://one.org"), 0);
    assert_int_equal(crawl_begin(crawl, "HTTP://ONE.org/#again"), -EEXIST);
    assert_int_equal(crawl_begin(crawl, "one"), -EINVAL);
    assert_int_equal(crawl_begin(crawl, "ftp://one.org"), -EPROTONOSUPPORT);
    visit(crawl, site, &tour);
    assert_string_equal(tour.fetched,
                        "http://one.org/robots.txt http://one.org/ "
                        "http://two.org/robots.txt !http://two.org/ "
                        "https://one.org/robots.txt https://one.org/ http://one.org/y ");
    crawl_destroy(crawl);
}

/* Also of one that is named after the link was found. */
static void links_between_hosts_to_begin_with_are_followed(void **state)
{
    static const struct entry site[] = {
        {"http://one.org/", 200, HTML,
         "<a href='http://two.org/x'><a href='http://three.org/'><a href='https://two.org/y'>"},
        {"http://two.org/", 302, NULL, "http://one.org/moved"},
        {"http://two.org/x", 200, HTML, "<a href='http://one.org/z'><a href='//two.org:81/'>"},
        {NULL, 0, NULL, NULL},
    };
    struct crawl *crawl = create(2, 1000);
    struct tour tour = {.workers = 1};
    struct crawl_task *task;

    assert_int_equal(crawl_begin(crawl, "http://one.org"), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
        answer(crawl, site, task);
    }
    assert_int_equal(crawl_next(crawl, &task), CRAWL_WAIT);
    assert_int_equal(crawl_begin(crawl, "http://two.org"), 0);
    visit(crawl, site, &tour);
    assert_string_equal(tour.fetched,
                        "http://two.org/robots.txt http://two.org/ http://one.org/moved "
                        "http://two.org/x https://two.org/robots.txt https://two.org/y "
                        "http://one.org/z ");
    assert_int_equal(crawl_counts(crawl).off_host, 2);
    crawl_destroy(crawl);
}

/* Also where a link led to it before. */
static void a_forbidden_page_to_begin_with_is_told(void **state)
{
    struct crawl *crawl = create(1, 2);
    struct crawl_task *task;

    assert_int_equal(crawl_begin(crawl, SITE), 0);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_true(crawl_answer(task, 200, NULL));
    crawl_body(task, "User-agent: *\nDisallow: /private\n", 33);
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = true});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_true(crawl_answer(task, 200, HTML));
    crawl_body(task, "<a href=private><a href=a>", 26);
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = true});
    assert_int_equal(crawl_begin(crawl, SITE "/private"), 0);
    crawl_begun(crawl);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FORBIDDEN);
    assert_string_equal(crawl_task_url(task), SITE "/private");
    assert_null(crawl_task_found_on(task));
    crawl_done(crawl, task, &(struct crawl_end){.status = 0});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_string_equal(crawl_task_url(task), SITE "/a");
    crawl_done(crawl, task, &(struct crawl_end){.status = 404, .complete = true});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_END);
    assert_int_equal(crawl_counts(crawl).forbidden, 1);
    assert_int_equal(crawl_counts(crawl).pages, 2);
    assert_int_equal(crawl_counts(crawl).known, 2);
    crawl_destroy(crawl);
}

/* What the first attempt brought is no part of the page. */
static void a_repeated_answer_replaces_the_first(void **state)
{
    struct crawl *crawl = create(1, 1000);
    struct crawl_task *task;

    assert_int_equal(crawl_begin(crawl, SITE), 0);
    crawl_begun(crawl);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_true(crawl_task_is_robots(task));
    assert_true(crawl_answer(task, 200, NULL));
    crawl_body(task, "User-agent: *\nDisallow: /\n", 26);
    assert_false(crawl_answer(task, 404, NULL));
    crawl_done(crawl, task, &(struct crawl_end){.status = 404, .complete = true});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_false(crawl_task_is_robots(task));
    assert_null(crawl_task_found_on(task));
    assert_true(crawl_answer(task, 200, HTML));
    crawl_body(task, "<a href=a>", 10);
    assert_true(crawl_answer(task, 200, HTML));
    crawl_body(task, "<a href=b>", 10);
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = true});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_string_equal(crawl_task_url(task), SITE "/b");
    assert_string_equal(crawl_task_found_on(task), SITE "/");
    assert_int_equal(crawl_task_depth(task), 1);
    crawl_destroy(crawl); /* with a task under way */
}

static void a_broken_answer_leads_nowhere(void **state)
{
    struct crawl *crawl = create(1, 1000);
    struct crawl_task *task;

    assert_int_equal(crawl_begin(crawl, SITE), 0);
    crawl_begun(crawl);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    crawl_done(crawl, task, &(struct crawl_end){.status = 404, .complete = true});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_true(crawl_answer(task, 200, HTML));
    crawl_body(task, "<a href=a>", 10);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_WAIT);
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = false});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_END);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_END);
    crawl_destroy(crawl);
}

static void pages_to_begin_with_may_come_late(void **state)
{
    struct crawl *crawl = create(1, 1000);
    struct crawl_task *task;

    assert_int_equal(crawl_next(crawl, &task), CRAWL_WAIT);
    assert_int_equal(crawl_begin(crawl, SITE), 0);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    crawl_done(crawl, task, &(struct crawl_end){.status = 404, .complete = true});
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_true(crawl_answer(task, 200, HTML));
    crawl_body(task, "<a href=a>", 10);
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = true});
    /* /a is a link away, and may yet be a page to begin with. */
    assert_int_equal(crawl_next(crawl, &task), CRAWL_WAIT);
    assert_int_equal(crawl_begin(crawl, SITE "/b"), 0);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_string_equal(crawl_task_url(task), SITE "/b");
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = true});
    assert_int_equal(crawl_begin(crawl, SITE "/a"), 0);
    assert_int_equal(crawl_begin(crawl, SITE "/a"), -EEXIST);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_FETCH);
    assert_string_equal(crawl_task_url(task), SITE "/a");
    assert_int_equal(crawl_task_depth(task), 0);
    assert_null(crawl_task_found_on(task));
    crawl_done(crawl, task, &(struct crawl_end){.status = 200, .complete = true});
    crawl_begun(crawl);
    assert_int_equal(crawl_next(crawl, &task), CRAWL_END);
    crawl_destroy(crawl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_page_is_visited_once),
        cmocka_unit_test(depth_is_a_number_of_links),
        cmocka_unit_test(what_was_left_out_is_counted),
        cmocka_unit_test(pages_are_no_more_than_allowed),
        cmocka_unit_test(forbidden_pages_leave_their_places_to_others),
        cmocka_unit_test(the_shortest_way_decides_whatever_comes_first),
        cmocka_unit_test(a_redirect_is_a_link),
        cmocka_unit_test(redirects_without_end_are_left_after_ten),
        cmocka_unit_test(nothing_is_fetched_where_robots_txt_cannot_be_had),
        cmocka_unit_test(pages_to_begin_with_may_be_on_several_hosts),
        cmocka_unit_test(pages_to_begin_with_may_come_late),
        cmocka_unit_test(links_between_hosts_to_begin_with_are_followed),
        cmocka_unit_test(a_forbidden_page_to_begin_with_is_told),
        cmocka_unit_test(a_repeated_answer_replaces_the_first),
        cmocka_unit_test(a_broken_answer_leads_nowhere),
    };

    return cmocka_run_group_tests_name("crawl", tests, NULL, NULL);
}

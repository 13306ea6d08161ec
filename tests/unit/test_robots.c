#include "clients/web/crawl/robots.h"
#include "tests/harness/assertions.h"

#include <stdlib.h>
#include <string.h>

static struct robots *parse(const char *text)
{
    struct robots *robots = robots_create(200, text, strlen(text), "webclient");

    assert_non_null(robots);
    return robots;
}

/* One file, and paths that it allows, or not. */
static void check(const char *text, bool allowed, const char *const *paths)
{
    struct robots *robots = parse(text);

    for (; *paths != NULL; paths++)
        if (robots_allow(robots, *paths) != allowed)
            fail_msg("%s is %s by:\n%s", *paths, allowed ? "forbidden" : "allowed", text);
    robots_destroy(robots);
}

#define ALLOWS(text, ...) check(text, true, (const char *const[]){__VA_ARGS__, NULL})
#define FORBIDS(text, ...) check(text, false, (const char *const[]){__VA_ARGS__, NULL})

static void without_rules_everything_is_allowed(void **state)
{
    ALLOWS("", "/", "/a");
    ALLOWS("User-agent: *\n", "/");
    ALLOWS("User-agent: *\nDisallow:\n", "/", "/a");
    ALLOWS("Disallow: /\n", "/a"); /* stands in no group */
    ALLOWS("User-agent: other\nDisallow: /\n", "/a");
    ALLOWS("<html><body>Disallow: /</body></html>\n", "/a");
}

static void the_group_that_names_the_crawler_is_its_only_one(void **state)
{
    static const char text[] = "User-agent: *\nDisallow: /all\n"
                               "User-agent: WebClient/2.0\nDisallow: /named\n"
                               "User-agent: webclientx\nDisallow: /longer\n"
                               "User-agent: web\nDisallow: /shorter\n";

    FORBIDS(text, "/named", "/named/a");
    ALLOWS(text, "/all", "/longer", "/shorter");
}

static void groups_of_one_name_are_one(void **state)
{
    static const char text[] = "user-agent: webclient\ndisallow: /a\n\n"
                               "user-agent: other\ndisallow: /o\n\n"
                               "user-agent: webclient\ndisallow: /b\n";

    FORBIDS(text, "/a", "/b");
    ALLOWS(text, "/o");
    FORBIDS("user-agent: *\ndisallow: /a\nuser-agent: *\ndisallow: /b\n", "/a", "/b");
}

static void several_names_share_a_group(void **state)
{
    static const char text[] =
        "User-agent: other\nSitemap: https://example.org/map\n\n"
        "User-agent: webclient\nDisallow: /a\nUser-agent: third\nDisallow: /b\n";

    FORBIDS(text, "/a");
    ALLOWS(text, "/b");
}

static void lines_end_in_any_way_and_comments_are_cut_off(void **state)
{
    FORBIDS("\xEF\xBB\xBFUser-agent:*\rDisallow:/a\r\n  disallow :\t/b # not /c\n#Disallow: "
            "/d\nDISALLOW: /e",
            "/a", "/b", "/e");
    ALLOWS("User-agent: * # all\nDisallow: /b#c\n#Disallow: /d\n", "/d", "/a");
    FORBIDS("User-agent: *\nDisallow /x\nnonsense\n: /y\nDisallow: /a\n", "/a");
}

static void the_longest_match_decides(void **state)
{
    static const char text[] = "User-agent: *\nDisallow: /folder\nAllow: /folder/page\n"
                               "Disallow: /folder/page/secret\n";

    FORBIDS(text, "/folder", "/folder/", "/folders", "/folder/page/secret.html");
    ALLOWS(text, "/", "/Folder", "/folder/page", "/folder/page.html");
    ALLOWS("User-agent: *\nDisallow: /a\nAllow: /a\n", "/a");
    ALLOWS("User-agent: *\nAllow: /a\nDisallow: /a\n", "/a");
    ALLOWS("User-agent: *\nDisallow: /\nAllow: /p*\n", "/page");
}

static void asterisks_stand_for_anything(void **state)
{
    static const char text[] =
        "User-agent: *\nDisallow: /fish*.php\nDisallow: *.gif$\nDisallow: /*/x/**/y\n";

    FORBIDS(text, "/fish.php", "/fishheads/catfish.php?id=1", "/a.gif", "/a/b.gif.gif", "/q/x/z/y",
            "/q/x/x//y/z");
    ALLOWS(text, "/Fish.PHP", "/fish.ph", "/a.gif?", "/a.gifs", "/x/y", "/q/x/y");
    FORBIDS("User-agent: *\nDisallow: /*ab*ab$\n", "/abab", "/abxab", "/aabbabab");
    ALLOWS("User-agent: *\nDisallow: /*ab*ab$\n", "/ab", "/abb", "/ababa");
}

static void a_dollar_sign_is_the_end(void **state)
{
    FORBIDS("User-agent: *\nDisallow: /a$\n", "/a");
    ALLOWS("User-agent: *\nDisallow: /a$\n", "/", "/ab", "/a/", "/a?b", "/a$");
    FORBIDS("User-agent: *\nDisallow: /a$b\n", "/a$b", "/a%24b");
    ALLOWS("User-agent: *\nDisallow: /a$b\n", "/a");
    FORBIDS("User-agent: *\nDisallow: /$\n", "/");
    ALLOWS("User-agent: *\nDisallow: /$\n", "/a");
}

static void escapes_are_compared_by_meaning(void **state)
{
    FORBIDS("User-agent: *\nDisallow: /foo/bar/\xE3\x83\x84\n", "/foo/bar/%E3%83%84",
            "/foo/bar/%e3%83%84", "/foo/bar/\xE3\x83\x84");
    FORBIDS("User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", "/foo/bar/baz");
    FORBIDS("User-agent: *\nDisallow: /foo/bar?baz=https://foo.bar\n",
            "/foo/bar?baz=https://foo.bar");
    ALLOWS("User-agent: *\nDisallow: /a%2Fb\n", "/a/b");
    FORBIDS("User-agent: *\nDisallow: /a%2fb\n", "/a%2Fb");
    FORBIDS("User-agent: *\nDisallow: /file-with-a-%2A.html\n", "/file-with-a-*.html");
    ALLOWS("User-agent: *\nDisallow: /file-with-a-%2A.html\n", "/file-with-a-b.html");
    FORBIDS("User-agent: *\nDisallow: /foo-%24\n", "/foo-$");
    FORBIDS("User-agent: *\nDisallow: /100%\n", "/100%", "/100%25");
}

static void robots_txt_is_always_allowed(void **state)
{
    ALLOWS("User-agent: *\nDisallow: /\n", "/robots.txt");
    FORBIDS("User-agent: *\nDisallow: /\n", "/", "/robots.txt.html");
}

static void the_status_decides_where_there_is_no_file(void **state)
{
    static const struct {
        long status;
        bool allowed;
    } answers[] = {{0, false},  {500, false}, {503, false}, {599, false}, {404, true},
                   {401, true}, {403, true},  {429, true},  {302, true}};
    static const char forbids_all[] = "User-agent: *\nDisallow: /\n";

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct robots *robots =
            robots_create(answers[i].status, forbids_all, strlen(forbids_all), "webclient");

        assert_non_null(robots);
        if (robots_allow(robots, "/a") != answers[i].allowed)
            fail_msg("status %ld", answers[i].status);
        robots_destroy(robots);
    }
}

static void any_bytes_are_survived(void **state)
{
    static const char bytes[] =
        "User-agent: *\0\nDis\0allow: /\nDisallow: /a\0b\nDisallow:\0\nUser-agent:\n"
        "Disallow: %\nDisallow: %4\nDisallow: *\0*";
    struct robots *robots = robots_create(200, bytes, sizeof(bytes) - 1, "webclient");

    assert_non_null(robots);
    assert_true(robots_allow(robots, "/b"));
    robots_destroy(robots);
}

static void only_the_beginning_of_a_long_file_counts(void **state)
{
    static const char begin[] = "User-agent: *\nDisallow: /a\n", end[] = "\nDisallow: /b\n";
    size_t length = ROBOTS_BYTES_MAX + strlen(end);
    char *text = malloc(length);
    struct robots *robots;

    assert_non_null(text);
    memset(text, '#', length);
    memcpy(text, begin, strlen(begin));
    memcpy(text + ROBOTS_BYTES_MAX, end, strlen(end));
    robots = robots_create(200, text, length, "webclient");
    assert_non_null(robots);
    assert_false(robots_allow(robots, "/a"));
    assert_true(robots_allow(robots, "/b"));
    robots_destroy(robots);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rules_everything_is_allowed),
        cmocka_unit_test(the_group_that_names_the_crawler_is_its_only_one),
        cmocka_unit_test(groups_of_one_name_are_one),
        cmocka_unit_test(several_names_share_a_group),
        cmocka_unit_test(lines_end_in_any_way_and_comments_are_cut_off),
        cmocka_unit_test(the_longest_match_decides),
        cmocka_unit_test(asterisks_stand_for_anything),
        cmocka_unit_test(a_dollar_sign_is_the_end),
        cmocka_unit_test(escapes_are_compared_by_meaning),
        cmocka_unit_test(robots_txt_is_always_allowed),
        cmocka_unit_test(the_status_decides_where_there_is_no_file),
        cmocka_unit_test(any_bytes_are_survived),
        cmocka_unit_test(only_the_beginning_of_a_long_file_counts),
    };

    return cmocka_run_group_tests_name("robots", tests, NULL, NULL);
}

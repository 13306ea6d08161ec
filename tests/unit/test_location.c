#include "clients/web/crawl/location.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *base, const char *reference, const char *url)
{
    struct location location;
    int error = location_init(&location, base, reference);

    if (error != 0)
        fail_msg("'%s' on %s: error %d instead of %s", reference, base != NULL ? base : "nothing",
                 error, url);
    if (strcmp(location.url, url) != 0)
        fail_msg("'%s' on %s: %s instead of %s", reference, base != NULL ? base : "nothing",
                 location.url, url);
    location_finish(&location);
}

static void expect_error(const char *base, const char *reference, int expected)
{
    struct location location;
    int error = location_init(&location, base, reference);

    if (error == 0)
        fail_msg("'%s' is taken as %s", reference, location.url);
    if (error != expected)
        fail_msg("'%s': error %d instead of %d", reference, error, expected);
    assert_null(location.url);
}

/* The examples of RFC 3986, 5.4, without those that are mere fragments of other kinds of URL. */
static void references_are_resolved_as_in_the_standard(void **state)
{
    static const char base[] = "http://a/b/c/d;p?q";
    static const char *const examples[][2] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        expect(base, examples[i][0], examples[i][1]);
}

static void equivalent_urls_become_equal(void **state)
{
    expect(NULL, "HTTP://Example.ORG", "http://example.org/");
    expect(NULL, "http://example.org:80/", "http://example.org/");
    expect(NULL, "https://example.org:443/a", "https://example.org/a");
    expect(NULL, "https://example.org:80/a", "https://example.org:80/a");
    expect(NULL, "http://example.org/%7euser/%e3/%2f", "http://example.org/~user/%E3/%2F");
    expect(NULL, "http://example.org/a b?c d", "http://example.org/a%20b?c%20d");
    expect(NULL, "http://example.org/\xC3\xA4?\xC3\xA4", "http://example.org/%C3%A4?%C3%A4");
    expect(NULL, "http://example.org/a#b", "http://example.org/a");
    expect(NULL, "http://example.org/a?b=%41&c=%26", "http://example.org/a?b=A&c=%26");
    expect(NULL, "http://example.org/%2e%2e/a/%2e/b", "http://example.org/a/b");
    expect(NULL, "http://[::1]:8080/a", "http://[::1]:8080/a");
}

static void white_space_of_an_attribute_is_dropped(void **state)
{
    expect("http://example.org/", " \n a\tb\nc \r", "http://example.org/abc");
    expect("http://example.org/", "a b", "http://example.org/a%20b");
}

static void what_is_no_page_of_the_web_is_refused(void **state)
{
    char *long_one = malloc(LOCATION_LENGTH_MAX + 2);

    expect_error("http://example.org/", "mailto:somebody@example.org", -EPROTONOSUPPORT);
    expect_error("http://example.org/", "javascript:void(0)", -EPROTONOSUPPORT);
    expect_error("http://example.org/", "data:text/html,hello", -EPROTONOSUPPORT);
    expect_error("http://example.org/", "ftp://example.org/", -EPROTONOSUPPORT);
    expect_error("http://example.org/", "http://", -EINVAL);
    expect_error(NULL, "", -EINVAL);
    expect_error(NULL, "/a", -EINVAL);
    assert_non_null(long_one);
    memset(long_one, 'a', LOCATION_LENGTH_MAX + 1);
    long_one[LOCATION_LENGTH_MAX + 1] = '\0';
    expect_error("http://example.org/", long_one, -ENAMETOOLONG);
    free(long_one);
}

static void parts_are_told_apart(void **state)
{
    struct location location;

    assert_int_equal(location_init(&location, NULL, "https://Example.org:8443/a/b?c=d#e"), 0);
    assert_string_equal(location.origin, "https://example.org:8443");
    assert_string_equal(location.path, "/a/b?c=d");
    assert_string_equal(location.host, "example.org");
    assert_string_equal(location.port, "8443");
    assert_false(location.default_port);
    location_finish(&location);
    assert_int_equal(location_init(&location, NULL, "http://example.org"), 0);
    assert_string_equal(location.origin, "http://example.org");
    assert_string_equal(location.path, "/");
    assert_true(location.default_port);
    location_finish(&location);
}

static bool same_host(const char *one, const char *other)
{
    struct location first, second;
    bool same;

    assert_int_equal(location_init(&first, NULL, one), 0);
    assert_int_equal(location_init(&second, NULL, other), 0);
    same = location_same_host(&first, &second);
    location_finish(&first);
    location_finish(&second);
    return same;
}

static void a_host_is_a_name_and_a_port(void **state)
{
    assert_true(same_host("http://example.org/a", "http://EXAMPLE.org:80/b"));
    assert_true(same_host("http://example.org/", "https://example.org/"));
    assert_true(same_host("http://example.org:8080/", "https://example.org:8080/"));
    assert_false(same_host("http://example.org/", "http://example.org:8080/"));
    assert_false(same_host("http://example.org/", "http://www.example.org/"));
    assert_false(same_host("http://127.0.0.1/", "http://localhost/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_resolved_as_in_the_standard),
        cmocka_unit_test(equivalent_urls_become_equal),
        cmocka_unit_test(white_space_of_an_attribute_is_dropped),
        cmocka_unit_test(what_is_no_page_of_the_web_is_refused),
        cmocka_unit_test(parts_are_told_apart),
        cmocka_unit_test(a_host_is_a_name_and_a_port),
    };

    return cmocka_run_group_tests_name("location", tests, NULL, NULL);
}

#include "clients/web/crawl/links.h"
#include "tests/harness/assertions.h"

#include <stdio.h>
#include <string.h>

struct seen {
    char text[4096]; /* the links, a space behind each */
};

static void note(void *context, struct location *link)
{
    struct seen *seen = context;
    size_t length = strlen(seen->text);

    snprintf(seen->text + length, sizeof(seen->text) - length, "%s ", link->url);
}

static void read_page(struct seen *seen, const char *charset, const char *html, size_t piece)
{
    size_t length = strlen(html);
    struct links *links = links_create(charset);

    assert_non_null(links);
    for (size_t i = 0; i < length; i += piece)
        links_feed(links, html + i, length - i < piece ? length - i : piece);
    seen->text[0] = '\0';
    assert_int_equal(links_finish(links, "http://example.org/dir/page", note, seen), 0);
    links_destroy(links);
}

/* However the page is cut to pieces, it leads to the same links. */
static void expect(const char *html, const char *urls)
{
    static const size_t pieces[] = {1 << 20, 1, 2, 7};
    struct seen seen;

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        read_page(&seen, NULL, html, pieces[i]);
        if (strcmp(seen.text, urls) != 0)
            fail_msg("in pieces of %zu, '%s' instead of '%s' from:\n%s", pieces[i], seen.text, urls,
                     html);
    }
}

static void elements_that_lead_to_pages_are_links(void **state)
{
    expect("<html><body><a href='a'>A</a><AREA HREF=\"/b\"></body></html>",
           "http://example.org/dir/a http://example.org/b ");
    expect("<frameset><frame src=f><iframe src='g'></iframe></frameset>",
           "http://example.org/dir/f http://example.org/dir/g ");
    expect("<link rel='next' href='n'><link rel=stylesheet href=s.css><link href=x><link rel='a "
           "canonical' href=c>",
           "http://example.org/dir/n http://example.org/dir/c ");
    expect("<img src=i><script src=s></script><form action=f></form><a name=x>", "");
    expect("<a href='?a=1&amp;b=2'>", "http://example.org/dir/page?a=1&b=2 ");
    expect("<a href='#top'><a href=''>",
           "http://example.org/dir/page http://example.org/dir/page ");
    expect("<a href='mailto:a@b'><a href='javascript:x()'><a href='http://'><a href='//other/x'>",
           "http://other/x ");
}

static void a_base_moves_all_links(void **state)
{
    expect("<head><base href='/other/'><base href='/third/'></head><a href=a>",
           "http://example.org/other/a ");
    expect("<a href=a><base href='http://elsewhere.org/x/y'>", "http://elsewhere.org/x/a ");
    expect("<base target=_top><a href=a>", "http://example.org/dir/a ");
    expect("<base href='data:,x'><a href=a>", "http://example.org/dir/a ");
}

static void a_page_may_ask_not_to_be_followed(void **state)
{
    expect("<a rel=nofollow href=a><a rel='x NoFollow' href=b><a rel=nofollower href=c>",
           "http://example.org/dir/c ");
    expect("<meta name=robots content='noindex, nofollow'><a href=a>", "");
    expect("<meta name=ROBOTS content=none><a href=a>", "");
    expect("<meta name=robots content=noindex><meta name=other content=nofollow><a href=a>",
           "http://example.org/dir/a ");
}

static void broken_html_is_mended(void **state)
{
    expect("<a href=a<b><<p><table><a href='b'><td></body></html><a href=c>",
           "http://example.org/dir/a%3Cb http://example.org/dir/b http://example.org/dir/c ");
    expect("no html at all & < > \"", "");
    expect("<!-- <a href=a> --><a href=b><!-- <a href=c>", "http://example.org/dir/b ");
    expect("<script>document.write('<a href=a>')</script><a href=b>", "http://example.org/dir/b ");
    expect("", "");
}

static void addresses_are_read_in_the_charset_of_the_page(void **state)
{
    struct seen seen;

    read_page(&seen, "ISO-8859-1", "<a href='\xE4'>", 100);
    assert_string_equal(seen.text, "http://example.org/dir/%C3%A4 ");
    read_page(&seen, "UTF-8", "<a href='\xC3\xA4'>", 100);
    assert_string_equal(seen.text, "http://example.org/dir/%C3%A4 ");
    read_page(&seen, NULL, "<meta charset=iso-8859-1><a href='\xE4'>", 100);
    assert_string_equal(seen.text, "http://example.org/dir/%C3%A4 ");
    read_page(&seen, "no-such-charset", "<a href='a'>", 100);
    assert_string_equal(seen.text, "http://example.org/dir/a ");
}

static void count(void *context, struct location *link)
{
    size_t *links = context;

    ++*links;
}

static void a_page_without_end_does_not_fill_the_memory(void **state)
{
    enum { TAG = 4096, REFERENCE = TAG - 11, TAGS = 2 * LINKS_PAGE_MAX / TAG };
    struct links *links = links_create(NULL);
    char tag[TAG + 1];
    size_t found = 0;

    assert_non_null(links);
    memset(tag, 'a', TAG);
    memcpy(tag, "<a href='", 9);
    memcpy(tag + TAG - 2, "'>", 3);
    for (size_t i = 0; i < TAGS; i++)
        links_feed(links, tag, TAG);
    assert_int_equal(links_finish(links, "http://example.org/dir/page", count, &found), 0);
    assert_int_equal(found, LINKS_BYTES_MAX / (REFERENCE + 1));
    links_destroy(links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_that_lead_to_pages_are_links),
        cmocka_unit_test(a_base_moves_all_links),
        cmocka_unit_test(a_page_may_ask_not_to_be_followed),
        cmocka_unit_test(broken_html_is_mended),
        cmocka_unit_test(addresses_are_read_in_the_charset_of_the_page),
        cmocka_unit_test(a_page_without_end_does_not_fill_the_memory),
    };

    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}

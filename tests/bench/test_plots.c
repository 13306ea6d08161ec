#include "bench/html.h"
#include "bench/plot.h"
#include "bench/plot_axis.h"
#include "bench/plot_label.h"
#include "bench/plot_svg.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect_escaped(const char *text, const char *expected)
{
    char *written = NULL;
    size_t length;
    FILE *file = open_memstream(&written, &length);

    assert_non_null(file);
    html_escape(file, text);
    fclose(file);
    assert_string_equal(written, expected);
    free(written);
}

static void test_escape(void **state)
{
    expect_escaped("", "");
    expect_escaped("<a b=\"c\" d='e'>&amp;", "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
    expect_escaped("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                   "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

/* What XML cannot hold: control characters, surrogates, broken and overlong UTF-8. */
static void test_escape_what_is_no_text(void **state)
{
    expect_escaped("a\x01\x1b\tb", "a\xef\xbf\xbd\xef\xbf\xbd\tb");
    expect_escaped("\xff\x80z", "\xef\xbf\xbd\xef\xbf\xbdz");
    expect_escaped("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
    expect_escaped("\xc3", "\xef\xbf\xbd");
    expect_escaped("\xed\xa0\x80", "\xef\xbf\xbd");
    expect_escaped("\xef\xbf\xbf", "\xef\xbf\xbd");
    expect_escaped("\xe0\x80\xbc", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_escaped("\xf4\x90\x80\x80", "\xef\xbf\xbd");
}

static void expect_quantity(enum plot_quantity quantity, double value, const char *expected,
                            const char *digits)
{
    char *text = plot_quantity_text(quantity, value),
         *exact = plot_quantity_digits(quantity, value);

    assert_string_equal(text, expected);
    assert_string_equal(exact, digits);
    free(text);
    free(exact);
}

static void test_quantities(void **state)
{
    expect_quantity(PLOT_RATE, 70000, "70 k", "70.0 k");
    expect_quantity(PLOT_RATE, 999.6, "1 k", "1.00 k");
    expect_quantity(PLOT_RATE, 4.331, "4.33", "4.33");
    expect_quantity(PLOT_SECONDS, 0.149, "149 ms", "149 ms");
    expect_quantity(PLOT_SECONDS, 1.5e-5, "15 µs", "15.0 µs");
    expect_quantity(PLOT_SECONDS, 9e-7, "900 ns", "900 ns");
    expect_quantity(PLOT_SECONDS, 2, "2 s", "2.00 s");
    expect_quantity(PLOT_BYTES, 28400, "28.4 kB", "28.4 kB");
    expect_quantity(PLOT_NUMBER, 1000, "1000", "1000");
    expect_quantity(PLOT_NUMBER, 10000, "10,000", "10,000");
    expect_quantity(PLOT_PERCENT, 0.7, "70 %", "70 %");
    expect_quantity(PLOT_PERCENTILE, 1000, "99.9 %", "99.9 %");
}

static void test_axis_covers_what_it_takes(void **state)
{
    struct plot_axis axis = plot_axis_of(PLOT_RATE, "");

    axis.logarithmic = true;
    plot_axis_cover(&axis, NAN);
    plot_axis_cover(&axis, 0);
    plot_axis_cover(&axis, -1);
    plot_axis_cover(&axis, 10);
    plot_axis_cover(&axis, 1000);
    assert_false(plot_axis_takes(&axis, 0));
    assert_true(axis.low == 10 && axis.high == 1000);
    assert_true(fabs(plot_axis_place(&axis, 100) - 0.5) < 1e-9);
    plot_axis_settle(&axis);
    assert_true(axis.low < 10 && axis.low > 5 && axis.high > 1000 && axis.high < 2000);
    axis = plot_axis_of(PLOT_NUMBER, "");
    axis.from_zero = true;
    plot_axis_cover(&axis, 300);
    plot_axis_settle(&axis);
    assert_true(axis.low == 0 && axis.high > 300);
    axis = plot_axis_of(PLOT_NUMBER, "");
    plot_axis_settle(&axis);
    assert_true(axis.low < axis.high);
}

static void test_labels_are_spread(void **state)
{
    double places[] = {50, 52, 51, 90, 2}, crowded[] = {5, 5, 5};

    plot_spread(places, 5, 10, 0, 100);
    assert_true(places[4] == 2 && places[3] == 90);
    assert_true(places[2] - places[0] >= 10 - 1e-9 && places[1] - places[2] >= 10 - 1e-9);
    plot_spread(crowded, 3, 10, 0, 20);
    assert_true(crowded[0] + crowded[1] + crowded[2] == 30);
    plot_spread(NULL, 0, 10, 0, 20);
}

static void test_labels_are_cut_at_characters(void **state)
{
    char *text = plot_text_cut("abc", 3);

    assert_string_equal(text, "abc");
    free(text);
    text = plot_text_cut("abcdef", 4);
    assert_string_equal(text, "abc…");
    free(text);
    text = plot_text_cut("äöüäöü", 4);
    assert_string_equal(text, "äöü…");
    free(text);
    text = plot_text_cut("ab", 1);
    assert_string_equal(text, "…");
    free(text);
    assert_true(plot_text_width("WW", 10) > plot_text_width("ll", 10));
    assert_true(plot_text_width("ää", 10) == plot_text_width("aa", 10));
}

/* What gnuplot writes becomes the page's: colours, texts, identifiers. */
static void test_svg(void **state)
{
    static const char drawn[] =
        "<svg viewBox=\"0 0 1 1\"><title>Gnuplot</title><g id=\"gnuplot_canvas\"><defs>x</defs>"
        "<g id=\"gnuplot_plot_1\" ><title>gnuplot_plot_1</title><g color=\"black\" "
        "stroke=\"black\">"
        "<path stroke='rgb(  0, 204,   6)'/><use xlink:href='#gpPt6' color='rgb(1,2,3)'/>"
        "<text>@L1@ @L7@ @L0</text></g></g></g></svg>";
    char zero[] = "zero", one[] = "<one> @L0@", description[] = "a \"b\"", *texts[] = {zero, one};
    struct plot_picture picture = {
        .number = 4, .width = 8, .height = 9, .description = description};
    struct problem problem;

    assert_int_equal(plot_svg_adapt(&picture, drawn, texts, 2, &problem), 0);
    assert_non_null(strstr(picture.svg, "viewBox=\"0 0 8 9\""));
    assert_non_null(strstr(picture.svg, "aria-label=\"a &quot;b&quot;\""));
    assert_non_null(strstr(picture.svg, "<text>&lt;one&gt; @L0@ @L7@ @L0</text>"));
    assert_non_null(strstr(picture.svg, "stroke='var(--series0)'"));
    assert_non_null(strstr(picture.svg, "color='rgb(1,2,3)'"));
    assert_non_null(strstr(picture.svg, "#p4-gpPt6"));
    assert_null(strstr(picture.svg, "gnuplot"));
    assert_null(strstr(picture.svg, "black"));
    free(picture.svg);
    assert_int_equal(plot_svg_adapt(&picture, "no picture", texts, 2, &problem), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_what_is_no_text),
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_axis_covers_what_it_takes),
        cmocka_unit_test(test_labels_are_spread),
        cmocka_unit_test(test_labels_are_cut_at_characters),
        cmocka_unit_test(test_svg),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* webclient's agenda where memory runs out: malloc is replaced by the linker. */

#include "clients/web/agenda.h"
#include "clients/web/interrupt.h"
#include "tests/harness/assertions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_REFUSED = 100000, URLS = 3 };

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

/* Nothing else here is as large as a target with a URL of that length. */
void *__wrap_malloc(size_t size)
{
    return size > SIZE_REFUSED ? NULL : __real_malloc(size);
}

/* Hands out one URL so many times, its own address as the token. */
struct fixture {
    struct source source;
    unsigned handed_out, finished;
    char url[SIZE_REFUSED + 1];
};

static enum source_state next(struct source *source, struct source_item *item)
{
    struct fixture *fixture = (struct fixture *)source;

    if (fixture->handed_out == URLS)
        return SOURCE_END;
    fixture->handed_out++;
    *item = (struct source_item){.url = fixture->url, .token = fixture};
    return SOURCE_URL;
}

static void finished(struct source *source, void *token, const struct result *result)
{
    struct fixture *fixture = token;

    assert_ptr_equal(&fixture->source, source);
    assert_string_equal(result->url, fixture->url);
    assert_string_equal(result->message, "no memory");
    assert_int_equal(result->failure, FAILURE_INTERNAL);
    fixture->finished++;
}

static const struct source_operations operations = {.next = next, .finished = finished};

/* A URL that no memory is left for has its line and its result all the same. */
static void test_no_memory_for_a_url(void **state)
{
    static struct fixture fixture = {.source = {&operations}};
    const struct settings settings = {.concurrency = 1};
    struct agenda *agenda;
    struct report report;
    struct fetch *fetch;
    char *output, *line;
    size_t size;
    FILE *stream = open_memstream(&output, &size);
    int interrupt = interrupt_init();

    assert_non_null(stream);
    memset(fixture.url, 'u', SIZE_REFUSED);
    report_init(&report, stream, FORMAT_TEXT, true, true, &fixture.source);
    assert_int_equal(agenda_create(&agenda, &settings, &fixture.source, &report, false, interrupt),
                     0);
    assert_int_equal(agenda_next(agenda, &fetch), AGENDA_DONE);
    agenda_destroy(agenda);
    assert_true(report_has_failures(&report));
    assert_int_equal(report.failures[FAILURE_INTERNAL], URLS);
    assert_int_equal(report_finish(&report, "test", false), 0);
    assert_int_equal(fixture.finished, URLS);
    assert_int_equal(fclose(stream), 0);
    line = output;
    for (int i = 0; i < URLS; i++, line = strchr(line, '\n') + 1) {
        assert_memory_equal(line, "000 ", 4);
        assert_memory_equal(strchr(line, 'u'), fixture.url, SIZE_REFUSED);
    }
    assert_string_equal(line, "");
    free(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory_for_a_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The parts of webclient that no transfer is needed for. */

#include "clients/web/failure.h"
#include "clients/web/files.h"
#include "clients/web/format.h"
#include "clients/web/hosts.h"
#include "clients/web/lines.h"
#include "clients/web/retry.h"
#include "tests/harness/assertions.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *const no_words[] = {NULL};

/* A file with that content, deleted already; its path leads to it for as long as it is open. */
struct content {
    FILE *file;
    char path[64];
};

static struct content content_of(const char *bytes, size_t size)
{
    struct content content = {.file = tmpfile()};

    assert_non_null(content.file);
    assert_int_equal(fwrite(bytes, 1, size, content.file), size);
    assert_int_equal(fflush(content.file), 0);
    rewind(content.file);
    snprintf(content.path, sizeof(content.path), "/proc/self/fd/%d", fileno(content.file));
    return content;
}

static struct source *open_lines(char *const *words, const char *path)
{
    struct source *source;

    assert_int_equal(lines_create(&source, words, path), 0);
    return source;
}

static void expect_url(struct source *source, const char *url)
{
    struct source_item item;

    assert_int_equal(source->operations->next(source, &item), SOURCE_URL);
    assert_string_equal(item.url, url);
    assert_null(item.token);
    assert_false(item.silent);
}

static void expect_end(struct source *source)
{
    struct source_item item;

    assert_int_equal(source->operations->next(source, &item), SOURCE_END);
    assert_int_equal(lines_error(source), 0);
    source_destroy(source);
}

static void test_words_come_before_lines(void **state)
{
    static const char text[] = "http://c\nhttp://d";
    char first[] = "http://a", second[] = "http://b";
    char *words[] = {first, second, NULL};
    struct content content = content_of(text, sizeof(text) - 1);
    struct source *source = open_lines(words, content.path);

    expect_url(source, "http://a");
    expect_url(source, "http://b");
    expect_url(source, "http://c");
    expect_url(source, "http://d");
    expect_end(source);
    fclose(content.file);
}

static void test_lines_are_trimmed(void **state)
{
    static const char text[] = "\n  http://a \t\r\n# a remark\n \r\n\thttp://b c\n#\n\n";
    struct content content = content_of(text, sizeof(text) - 1);
    struct source *source = open_lines(no_words, content.path);

    expect_url(source, "http://a");
    expect_url(source, "http://b c");
    expect_end(source);
    fclose(content.file);
}

static void test_a_nul_makes_no_url(void **state)
{
    static const char text[] = "http://a\0b\nhttp://c\n";
    struct content content = content_of(text, sizeof(text) - 1);
    struct source *source = open_lines(no_words, content.path);

    expect_url(source, "http://a\1b");
    expect_url(source, "http://c");
    expect_end(source);
    fclose(content.file);
}

static void test_overlong_line_comes_out_once(void **state)
{
    enum { LONG = 300000 };
    char *text = malloc(LONG + 32);
    struct content content;
    struct source *source;
    struct source_item item;

    assert_non_null(text);
    memset(text, 'x', LONG);
    memcpy(text, "http://", 7);
    strcpy(text + LONG, "\nhttp://after\n");
    content = content_of(text, strlen(text));
    source = open_lines(no_words, content.path);
    assert_int_equal(source->operations->next(source, &item), SOURCE_URL);
    assert_int_equal(strncmp(item.url, "http://xxx", 10), 0);
    assert_true(strlen(item.url) < 1000);
    assert_non_null(strchr(item.url, '\1'));
    expect_url(source, "http://after");
    expect_end(source);
    fclose(content.file);
    free(text);
}

static void test_many_lines_cross_the_buffer(void **state)
{
    enum { LINES = 20000 };
    struct content content = {.file = tmpfile()};
    struct source *source;
    char url[64];

    assert_non_null(content.file);
    for (int i = 0; i < LINES; i++)
        fprintf(content.file, "http://host/%d%s", i, i + 1 < LINES ? "\n" : "");
    assert_int_equal(fflush(content.file), 0);
    snprintf(content.path, sizeof(content.path), "/proc/self/fd/%d", fileno(content.file));
    source = open_lines(no_words, content.path);
    for (int i = 0; i < LINES; i++) {
        snprintf(url, sizeof(url), "http://host/%d", i);
        expect_url(source, url);
    }
    assert_int_equal(source->operations->total(source, LINES), LINES);
    expect_end(source);
    fclose(content.file);
}

static void test_pipe_brings_more_later(void **state)
{
    struct source_item item;
    struct source *source;
    char path[64];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    source = open_lines(no_words, path);
    assert_int_equal(source->operations->next(source, &item), SOURCE_LATER);
    assert_true(source->operations->descriptor(source) >= 0);
    assert_int_equal(write(ends[1], "http://a\nhttp", 13), 13);
    expect_url(source, "http://a");
    assert_int_equal(source->operations->next(source, &item), SOURCE_LATER);
    assert_int_equal(write(ends[1], "://b", 4), 4);
    assert_int_equal(source->operations->next(source, &item), SOURCE_LATER);
    close(ends[1]);
    expect_url(source, "http://b");
    expect_end(source);
    close(ends[0]);
}

static void test_files_that_cannot_be_read(void **state)
{
    struct source *source;

    assert_int_equal(lines_create(&source, no_words, "/"), -EISDIR);
    assert_int_equal(lines_create(&source, no_words, "/nowhere/at/all"), -ENOENT);
}

static enum failure failure_for(CURLcode code, long status)
{
    const struct failure_facts facts = {.code = code, .status = status};

    return failure_of(&facts);
}

static void test_codes_have_words(void **state)
{
    assert_int_equal(failure_for(CURLE_OK, 200), FAILURE_NONE);
    assert_int_equal(failure_for(CURLE_OK, 399), FAILURE_NONE);
    assert_int_equal(failure_for(CURLE_OK, 400), FAILURE_HTTP);
    assert_int_equal(failure_for(CURLE_URL_MALFORMAT, 0), FAILURE_BAD_URL);
    assert_int_equal(failure_for(CURLE_COULDNT_RESOLVE_HOST, 0), FAILURE_RESOLVE);
    assert_int_equal(failure_for(CURLE_COULDNT_RESOLVE_PROXY, 0), FAILURE_PROXY);
    assert_int_equal(failure_for(CURLE_GOT_NOTHING, 0), FAILURE_EMPTY);
    assert_int_equal(failure_for(CURLE_PARTIAL_FILE, 200), FAILURE_TRUNCATED);
    assert_int_equal(failure_for(CURLE_RECV_ERROR, 200), FAILURE_RESET);
    assert_int_equal(failure_for(CURLE_TOO_MANY_REDIRECTS, 302), FAILURE_REDIRECT_LOOP);
    assert_int_equal(failure_for(CURLE_PEER_FAILED_VERIFICATION, 0), FAILURE_CERTIFICATE);
    assert_int_equal(failure_for(CURLE_SSL_CONNECT_ERROR, 0), FAILURE_TLS);
    assert_int_equal(failure_for(CURLE_WEIRD_SERVER_REPLY, 0), FAILURE_PROTOCOL);
    assert_int_equal(failure_for(CURLE_ABORTED_BY_CALLBACK, 0), FAILURE_INTERRUPTED);
    assert_int_equal(failure_for(CURLE_OUT_OF_MEMORY, 0), FAILURE_INTERNAL);
}

static void test_only_what_we_cannot_write_is_a_file(void **state)
{
    struct failure_facts facts = {.code = CURLE_WRITE_ERROR, .status = 200, .unwritten = true};

    assert_int_equal(failure_of(&facts), FAILURE_FILE);
    facts.unwritten = false;
    assert_int_equal(failure_of(&facts), FAILURE_PROTOCOL);
}

static void test_a_proxy_may_refuse(void **state)
{
    struct failure_facts facts = {.code = CURLE_RECV_ERROR, .proxy_status = 403};

    assert_int_equal(failure_of(&facts), FAILURE_PROXY);
    facts.code = CURLE_COULDNT_CONNECT;
    assert_int_equal(failure_of(&facts), FAILURE_PROXY);
    facts = (struct failure_facts){.code = CURLE_RECV_ERROR, .proxy_status = 200};
    assert_int_equal(failure_of(&facts), FAILURE_RESET);
}

static void test_no_code_is_without_a_word(void **state)
{
    for (int code = CURLE_OK + 1; code < CURL_LAST; code++) {
        int failure = (int)failure_for((CURLcode)code, 0);

        assert_in_range(failure, FAILURE_HTTP, FAILURE_INTERNAL);
    }
    assert_string_equal(failure_word(FAILURE_NONE), "");
    for (int one = FAILURE_HTTP; one < FAILURE_KINDS; one++) {
        assert_true(failure_word((enum failure)one)[0] != '\0');
        for (int other = FAILURE_HTTP; other < one; other++)
            assert_string_not_equal(failure_word((enum failure)one),
                                    failure_word((enum failure)other));
    }
}

static void test_connecting_and_time(void **state)
{
    struct failure_facts facts = {.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED};

    assert_int_equal(failure_of(&facts), FAILURE_REFUSED);
    facts.os_error = ENETUNREACH;
    assert_int_equal(failure_of(&facts), FAILURE_UNREACHABLE);
    facts.os_error = ETIMEDOUT;
    assert_int_equal(failure_of(&facts), FAILURE_CONNECT_TIMEOUT);
    facts = (struct failure_facts){.code = CURLE_OPERATION_TIMEDOUT};
    assert_int_equal(failure_of(&facts), FAILURE_CONNECT_TIMEOUT);
    facts.total_over = true;
    assert_int_equal(failure_of(&facts), FAILURE_TIMEOUT);
    facts = (struct failure_facts){
        .code = CURLE_ABORTED_BY_CALLBACK, .connected = true, .stalled = true};
    assert_int_equal(failure_of(&facts), FAILURE_STALLED);
    facts.connected = false;
    assert_int_equal(failure_of(&facts), FAILURE_CONNECT_TIMEOUT);
}

static void test_what_is_tried_again(void **state)
{
    assert_true(failure_is_transient(FAILURE_REFUSED, 0));
    assert_true(failure_is_transient(FAILURE_RESET, 0));
    assert_true(failure_is_transient(FAILURE_TIMEOUT, 0));
    assert_true(failure_is_transient(FAILURE_HTTP, 503));
    assert_true(failure_is_transient(FAILURE_HTTP, 429));
    assert_false(failure_is_transient(FAILURE_HTTP, 404));
    assert_false(failure_is_transient(FAILURE_HTTP, 501));
    assert_false(failure_is_transient(FAILURE_NONE, 200));
    assert_false(failure_is_transient(FAILURE_CERTIFICATE, 0));
    assert_false(failure_is_transient(FAILURE_INTERRUPTED, 0));
}

static void test_waits_double_up_to_a_limit(void **state)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        long full = 100;

        for (unsigned attempts = 1; attempts < 40; attempts++) {
            long wait = retry_wait_ms(100, attempts, 0, seed);

            assert_true(wait >= full / 2 && wait <= full);
            full = full * 2 < RETRY_WAIT_MOST_S * 1000L ? full * 2 : RETRY_WAIT_MOST_S * 1000L;
        }
    }
    assert_int_equal(retry_wait_ms(0, 5, 0, 1), 0);
    assert_true(retry_wait_ms(LONG_MAX / 4, 9, 0, 1) <= RETRY_WAIT_MOST_S * 1000L);
}

static void test_waits_are_spread(void **state)
{
    long least = 1000, most = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        long wait = retry_wait_ms(1000, 1, 0, seed);

        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    assert_true(most - least > 250);
}

static void test_the_server_says_when(void **state)
{
    assert_int_equal(retry_wait_ms(100, 1, 3, 1), 3000);
    assert_int_equal(retry_wait_ms(100, 9, 1, 7), 1000);
    assert_int_equal(retry_wait_ms(100, 1, RETRY_AFTER_MOST_S, 1), RETRY_AFTER_MOST_S * 1000L);
    assert_int_equal(retry_wait_ms(100, 1, RETRY_AFTER_MOST_S + 1, 1), -1);
}

static struct target *target_of(const char *url)
{
    struct target *target = calloc(1, sizeof(*target) + strlen(url) + 1);

    assert_non_null(target);
    strcpy(target->url, url);
    return target;
}

static void test_retries_come_in_their_order(void **state)
{
    enum { COUNT = 1000 };
    struct retries retries = {.heap = NULL};
    int64_t before = -1;

    assert_null(retries_first(&retries));
    for (int i = 0; i < COUNT; i++) {
        struct target *target = target_of("");

        target->due = (int64_t)i * 7919 % 1009;
        assert_int_equal(retries_add(&retries, target), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        const struct target *first = retries_first(&retries);
        struct target *target = retries_take(&retries);

        assert_ptr_equal(first, target);
        assert_true(target->due >= before);
        before = target->due;
        free(target);
    }
    assert_null(retries_first(&retries));
    retries_finish(&retries);
}

/* Whether it is freed is AddressSanitizer's to say. */
static void test_a_retry_that_is_left_is_freed(void **state)
{
    struct retries retries = {.heap = NULL};

    assert_int_equal(retries_add(&retries, target_of("http://one/")), 0);
    assert_int_equal(retries_add(&retries, target_of("http://two/")), 0);
    free(retries_take(&retries));
    retries_finish(&retries);
    assert_null(retries_first(&retries));
}

static void test_hosts_have_limits_of_their_own(void **state)
{
    struct target *first = target_of("http://one/a"), *second = target_of("http://ONE:80/b"),
                  *third = target_of("http://one/c"), *other = target_of("http://one:81/d"),
                  *none = target_of("nonsense://");
    struct hosts *hosts;

    assert_int_equal(hosts_create(&hosts, 1), 0);
    assert_true(hosts_admit(hosts, first));
    assert_false(hosts_admit(hosts, second));
    assert_false(hosts_admit(hosts, third));
    assert_true(hosts_admit(hosts, other));
    assert_true(hosts_admit(hosts, none));
    assert_int_equal(hosts_waiting(hosts), 2);
    assert_null(hosts_take(hosts));
    hosts_leave(hosts, first);
    assert_ptr_equal(hosts_take(hosts), second);
    assert_null(hosts_take(hosts));
    hosts_leave(hosts, other);
    assert_null(hosts_take(hosts));
    hosts_leave(hosts, second);
    hosts_leave(hosts, none);
    assert_ptr_equal(hosts_dismiss(hosts), third);
    assert_null(hosts_dismiss(hosts));
    assert_int_equal(hosts_waiting(hosts), 0);
    hosts_destroy(hosts);
    free(first);
    free(second);
    free(third);
    free(other);
    free(none);
}

static char *formatted(enum format format, const struct result *result)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(format_result(stream, format, result), 0);
    fclose(stream);
    return text;
}

static const struct result plain = {
    .url = "http://a/",
    .final_url = "http://b/",
    .status = 200,
    .bytes = 5,
    .seconds = 0.25,
    .message = "",
    .attempts = 2,
    .redirects = 1,
    .type = "text/plain",
};

static void expect_line(enum format format, const struct result *result, const char *line)
{
    char *text = formatted(format, result);

    assert_string_equal(text, line);
    free(text);
}

static void test_text_has_no_control_characters(void **state)
{
    struct result result = plain;

    expect_line(FORMAT_TEXT, &result, "200 5 0.250000 http://a/\n");
    result.url = "x\n\033[2J\177y";
    result.status = 0;
    expect_line(FORMAT_TEXT, &result, "000 5 0.250000 x%0A%1B[2J%7Fy\n");
}

static void test_csv_quotes(void **state)
{
    struct result result = plain;

    expect_line(FORMAT_CSV, &result, "http://a/,200,5,0.250000,,,2,1,http://b/,text/plain,\r\n");
    result.url = "http://a/?x=\"1\",2";
    result.failure = FAILURE_RESET;
    result.message = "two\nlines";
    expect_line(FORMAT_CSV, &result,
                "\"http://a/?x=\"\"1\"\",2\",200,5,0.250000,reset,\"two\nlines\",2,1,http://b/,"
                "text/plain,\r\n");
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void test_json_can_be_read_back(void **state)
{
    struct result result = plain;
    cJSON *object;
    char *text;

    result.url = "a\"\\\n\x01\xc3\xa4";
    result.failure = FAILURE_TRUNCATED;
    result.message = "because";
    text = formatted(FORMAT_JSON, &result);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    object = cJSON_Parse(text);
    assert_non_null(object);
    assert_string_equal(text_of(object, "url"), result.url);
    assert_string_equal(text_of(object, "failure"), "truncated");
    assert_string_equal(text_of(object, "message"), "because");
    assert_string_equal(text_of(object, "final_url"), "http://b/");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, "file")));
    assert_true(cJSON_GetObjectItemCaseSensitive(object, "status")->valuedouble == 200);
    cJSON_Delete(object);
    free(text);
}

static void expect_utf8(const char *from, const char *to)
{
    char *copy = format_utf8(from);

    assert_non_null(copy);
    assert_string_equal(copy, to);
    free(copy);
}

static void test_what_is_not_utf8_is_replaced(void **state)
{
    expect_utf8("", "");
    expect_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_utf8("\xff", "\xef\xbf\xbd");
    expect_utf8("x\xc3", "x\xef\xbf\xbd");
    expect_utf8("\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");
    expect_utf8("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_utf8("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_utf8("\xe2\x82z", "\xef\xbf\xbd\xef\xbf\xbdz");
}

static void expect_name(const char *url, const char *name)
{
    char text[64];

    file_name_of_url(text, sizeof(text), url);
    assert_string_equal(text, name);
}

static void test_names_stay_in_their_directory(void **state)
{
    expect_name("http://host/a/b.html", "host_a_b.html");
    expect_name("http://host/", "host");
    expect_name("http://host/x?y=1&z=2#part", "host_x_y_1_z_2");
    expect_name("http://../../etc/passwd", "_.._etc_passwd");
    expect_name("http://.hidden/", "hidden");
    expect_name("host:80/a", "host_80_a");
    expect_name("http://h\xc3\xa4/\n", "h");
    expect_name("", "_");
}

static void write_file(struct files *files, uint64_t number, bool whole, const char *name)
{
    const char *behind;
    struct file file;

    file_init(&file);
    assert_int_equal(file_open(&file, files, "http://host/page", number), 0);
    assert_int_equal(file_write(&file, "body", 4), 0);
    assert_int_equal(file_close(&file, whole), 0);
    if (name == NULL) {
        assert_null(file_name(&file));
    } else {
        behind = strrchr(file_name(&file), '/');
        assert_non_null(behind);
        assert_string_equal(behind + 1, name);
        assert_int_equal(access(file_name(&file), R_OK), 0);
    }
    file_clear(&file);
}

static void test_no_file_is_written_over(void **state)
{
    static const char *const names[] = {"host_page", "host_page-7", "host_page-7.2"};
    char directory[] = "/tmp/test_web_parts.XXXXXX", path[64];
    struct files *files;

    assert_non_null(mkdtemp(directory));
    assert_int_equal(files_create(&files, directory), 0);
    write_file(files, 7, false, NULL);
    for (size_t i = 0; i < 3; i++)
        write_file(files, 7, true, names[i]);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    files_destroy(files);
    /* What was not whole is gone as well: the directory is empty. */
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(files_create(&files, "/dev/null"), -ENOTDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_come_before_lines),
        cmocka_unit_test(test_lines_are_trimmed),
        cmocka_unit_test(test_a_nul_makes_no_url),
        cmocka_unit_test(test_overlong_line_comes_out_once),
        cmocka_unit_test(test_many_lines_cross_the_buffer),
        cmocka_unit_test(test_pipe_brings_more_later),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_codes_have_words),
        cmocka_unit_test(test_only_what_we_cannot_write_is_a_file),
        cmocka_unit_test(test_a_proxy_may_refuse),
        cmocka_unit_test(test_no_code_is_without_a_word),
        cmocka_unit_test(test_connecting_and_time),
        cmocka_unit_test(test_what_is_tried_again),
        cmocka_unit_test(test_waits_double_up_to_a_limit),
        cmocka_unit_test(test_waits_are_spread),
        cmocka_unit_test(test_the_server_says_when),
        cmocka_unit_test(test_retries_come_in_their_order),
        cmocka_unit_test(test_a_retry_that_is_left_is_freed),
        cmocka_unit_test(test_hosts_have_limits_of_their_own),
        cmocka_unit_test(test_text_has_no_control_characters),
        cmocka_unit_test(test_csv_quotes),
        cmocka_unit_test(test_json_can_be_read_back),
        cmocka_unit_test(test_what_is_not_utf8_is_replaced),
        cmocka_unit_test(test_names_stay_in_their_directory),
        cmocka_unit_test(test_no_file_is_written_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

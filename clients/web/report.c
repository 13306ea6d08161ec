#include "clients/web/report.h"

#include "common/clock.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t flush_after_ns = 100000000;

void report_init(struct report *report, FILE *stream, enum format format, bool quiet, bool at_once,
                 struct source *source)
{
    *report = (struct report){
        .stream = stream,
        .source = source,
        .format = format,
        .quiet = quiet,
        .at_once = at_once || isatty(fileno(stream)) == 1,
        .started = clock_ns(),
        .flush_due = INT64_MAX,
    };
    bar_init(&report->bar, source, !quiet, report->started);
    format_heading(stream, format);
}

static void flush(struct report *report)
{
    if ((fflush(report->stream) != 0 || ferror(report->stream)) && report->error == 0)
        report->error = errno != 0 ? -errno : -EIO;
    report->flush_due = INT64_MAX;
}

static void count(struct report *report, const struct result *result)
{
    report->urls++;
    report->succeeded += result->failure == FAILURE_NONE;
    report->failures[result->failure]++;
    report->redirects += (uint64_t)result->redirects;
    report->connections += (uint64_t)result->connections;
    report->bytes += result->bytes;
}

int64_t report_result(struct report *report, const struct result *result)
{
    int error;

    report->ended = clock_ns();
    count(report, result);
    if (report->at_once)
        bar_clear(&report->bar);
    error = format_result(report->stream, report->format, result);
    if (error < 0 && report->error == 0)
        report->error = error;
    if (report->at_once)
        flush(report);
    else if (report->flush_due == INT64_MAX)
        report->flush_due = report->ended + flush_after_ns;
    return report->flush_due;
}

int64_t report_tick(struct report *report, int64_t now, unsigned under_way)
{
    const struct bar_state state = {
        .done = report->urls,
        .failed = report->urls - report->succeeded,
        .under_way = under_way,
    };
    int64_t bar_due;

    if (report->flush_due <= now)
        flush(report);
    bar_due = bar_draw(&report->bar, now, &state);
    return bar_due < report->flush_due ? bar_due : report->flush_due;
}

void report_lose_reader(struct report *report)
{
    if (report->error == 0)
        report->error = -EPIPE;
}

void report_retry(struct report *report)
{
    report->retries++;
}

bool report_has_failures(const struct report *report)
{
    return report->succeeded < report->urls;
}

/* What the source has counted, one after the other; NULL behind the last. */
static const char *source_count(const struct report *report, size_t i, uint64_t *value)
{
    return report->source != NULL && report->source->operations->count != NULL
               ? report->source->operations->count(report->source, i, value)
               : NULL;
}

static void add_source_counts(const struct report *report, cJSON *object)
{
    const char *name;
    uint64_t value;

    for (size_t i = 0; (name = source_count(report, i, &value)) != NULL; i++)
        cJSON_AddNumberToObject(object, name, (double)value);
}

static void print_source_counts(const struct report *report)
{
    const char *name;
    uint64_t value;

    for (size_t i = 0; (name = source_count(report, i, &value)) != NULL; i++) {
        fprintf(stderr, ", %" PRIu64 " ", value);
        for (; *name != '\0'; name++)
            putc(*name == '_' ? ' ' : *name, stderr);
    }
}

static void add_failures(const struct report *report, cJSON *object)
{
    cJSON *failures = cJSON_AddObjectToObject(object, "failures");

    for (int i = FAILURE_HTTP; i < FAILURE_KINDS; i++) {
        if (report->failures[i] > 0)
            cJSON_AddNumberToObject(failures, failure_word((enum failure)i),
                                    (double)report->failures[i]);
    }
}

static void print_json(const struct report *report, const char *backend, bool interrupted,
                       double seconds)
{
    cJSON *outer = cJSON_CreateObject(), *object = cJSON_AddObjectToObject(outer, "summary");
    char *text;

    cJSON_AddStringToObject(object, "backend", backend);
    cJSON_AddNumberToObject(object, "urls", (double)report->urls);
    cJSON_AddNumberToObject(object, "succeeded", (double)report->succeeded);
    cJSON_AddNumberToObject(object, "failed", (double)(report->urls - report->succeeded));
    add_failures(report, object);
    cJSON_AddNumberToObject(object, "retries", (double)report->retries);
    cJSON_AddNumberToObject(object, "redirects", (double)report->redirects);
    cJSON_AddNumberToObject(object, "connections", (double)report->connections);
    cJSON_AddNumberToObject(object, "bytes", (double)report->bytes);
    cJSON_AddNumberToObject(object, "seconds", seconds);
    add_source_counts(report, object);
    cJSON_AddBoolToObject(object, "interrupted", interrupted);
    text = cJSON_PrintUnformatted(outer);
    if (text != NULL)
        fprintf(report->stream, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(outer);
}

static void print_text(const struct report *report, const char *backend, bool interrupted,
                       double seconds)
{
    uint64_t failed = report->urls - report->succeeded;
    const char *separator = " (";

    fprintf(stderr, "webclient: %s%s: %" PRIu64 " URLs in %.3f s, %" PRIu64 " failed", backend,
            interrupted ? ", interrupted" : "", report->urls, seconds, failed);
    for (int i = FAILURE_HTTP; i < FAILURE_KINDS; i++) {
        if (report->failures[i] == 0)
            continue;
        fprintf(stderr, "%s%" PRIu64 " %s", separator, report->failures[i],
                failure_word((enum failure)i));
        separator = ", ";
    }
    if (failed > 0)
        putc(')', stderr);
    fprintf(stderr, "; %" PRIu64 " bytes, %" PRIu64 " connections", report->bytes,
            report->connections);
    if (report->retries > 0)
        fprintf(stderr, ", %" PRIu64 " retries", report->retries);
    print_source_counts(report);
    putc('\n', stderr);
}

int report_finish(struct report *report, const char *backend, bool interrupted)
{
    int64_t ended = report->urls > 0 ? report->ended : clock_ns();
    double seconds = (double)(ended - report->started) / 1e9;

    bar_clear(&report->bar);
    if (report->format == FORMAT_JSON)
        print_json(report, backend, interrupted, seconds);
    flush(report);
    if (!report->quiet)
        print_text(report, backend, interrupted, seconds);
    return report->error;
}

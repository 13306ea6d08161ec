#include "bench/html.h"
#include "bench/json.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 5 };

static const cJSON *member(const struct report *report, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(report->data->document, name);
}

static const char *plural(double count, const char *one, const char *more)
{
    return count == 1 ? one : more;
}

/* Comparisons of what a user gets, with that verdict; the row that is measured twice counts once.
 */
static size_t count_verdicts(const struct report_data *data, enum report_verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < data->row_count; i++)
        for (size_t j = 0; j < data->column_count && data->rows[i].repeats == NULL; j++)
            count += data->columns[j].subject == REPORT_RESULT &&
                     data->rows[i].cells[j].ratio.verdict == verdict;
    return count;
}

static size_t count_rows(const struct report_data *data)
{
    size_t count = 0;

    for (size_t i = 0; i < data->row_count; i++)
        count += data->rows[i].repeats == NULL;
    return count;
}

static void write_machine(struct report *report)
{
    const cJSON *host = member(report, "host");
    const char *cpu = json_text_or_null(host, "cpu");
    const char *virtualisation = json_text_or_null(host, "virtualisation");
    double cpus = json_number_or(host, "cpus", NAN);

    html_text(report->file, "%s", cpu != NULL ? cpu : "a machine of unknown kind");
    if (isfinite(cpus))
        html_text(report->file, ", %.0f %s", cpus, plural(cpus, "CPU", "CPUs"));
    if (virtualisation != NULL && strcmp(virtualisation, "none found") != 0)
        html_text(report->file, " (a virtual machine: %s)", virtualisation);
}

/* Whether a row is compared with another than the reference. */
static bool has_other_references(const struct report_data *data)
{
    for (size_t i = 0; i < data->row_count; i++)
        if (data->rows[i].reference != data->reference && data->rows[i].reference != i)
            return true;
    return false;
}

static void write_counts(struct report *report)
{
    const struct report_data *data = report->data;
    size_t faster = count_verdicts(data, REPORT_FASTER);
    size_t slower = count_verdicts(data, REPORT_SLOWER);
    size_t equivalent = count_verdicts(data, REPORT_EQUIVALENT);
    size_t open = count_verdicts(data, REPORT_INCONCLUSIVE);

    html_text(report->file, "Of %zu judged comparisons%s with it%s, ",
              faster + slower + equivalent + open, data->web ? " of wall time" : "",
              has_other_references(data) ? ", or with the row that stands behind a name below"
                                         : "");
    html_text(report->file, "%zu found the %s faster, %zu slower, and %zu equivalent", faster,
              report->words->row, slower, equivalent);
    if (open == 0)
        fputs("; none was left open.", report->file);
    else
        html_text(report->file, "; %zu could not be told.", open);
}

static void write_summary(struct report *report)
{
    const struct report_data *data = report->data;
    const cJSON *placement = member(report, "placement");
    const char *place = json_text_or_null(placement, "name");

    fputs("<p class=\"lead\">On ", report->file);
    write_machine(report);
    html_text(report->file, ", %zu %s%s %s measured in %zu %s", count_rows(data),
              data->web ? "web " : "",
              plural((double)count_rows(data), report->words->row, report->words->rows),
              plural((double)count_rows(data), "was", "were"), data->round_count,
              plural((double)data->round_count, "round", "rounds"));
    if (place != NULL)
        html_text(report->file, ", placement %s", place);
    fputs(data->web ? ", each started afresh for every list of URLs, with a fresh webserver that "
                      "counts what it is asked for"
                    : ", each started afresh in every round",
          report->file);
    fputs(". What they are compared with is <b>", report->file);
    html_escape(report->file, data->rows[data->reference].label);
    fputs("</b>. ", report->file);
    if (data->judged)
        write_counts(report);
    else
        fprintf(report->file,
                "This run gives ratios and no verdicts: %s So nothing here is claimed to be faster "
                "or slower; <code>fibbench run --profile %s</code> measures enough to say.",
                data->web ? "it has too few rounds for them."
                          : "its profile has too few rounds for them, or an older fibbench made "
                            "it.",
                data->web ? "web" : "table");
    fputs("</p>\n", report->file);
}

/* And with what it was compared, where that is not the reference. */
static void write_name(struct report *report, const struct report_row *row)
{
    const struct report_data *data = report->data;

    /* A name breaks only where it would not fit otherwise. */
    fputs(strlen(row->label) < 26 ? "<span class=\"name\">" : "<span>", report->file);
    html_escape(report->file, row->label);
    fputs("</span>", report->file);
    if (row->reference != data->reference)
        html_text(report->file, " (relative to %s)", data->rows[row->reference].label);
}

/* The rows of a column with a verdict; of many the first few. */
static void write_names(struct report *report, size_t column, enum report_verdict verdict)
{
    const struct report_data *data = report->data;
    size_t count = 0;

    fputs("<td>", report->file);
    for (size_t i = 0; i < data->row_count; i++) {
        const struct report_ratio *ratio = &data->rows[i].cells[column].ratio;

        if (ratio->verdict != verdict || data->rows[i].repeats != NULL)
            continue;
        if (count++ >= NAMES_SHOWN)
            continue;
        fputs(count > 1 ? ", " : "", report->file);
        write_name(report, &data->rows[i]);
        if (verdict == REPORT_INCONCLUSIVE && isfinite(ratio->smallest_effect))
            html_text(report->file, " (sees %.2g %%)", ratio->smallest_effect * 100);
    }
    if (count > NAMES_SHOWN)
        html_text(report->file, " and %zu more", count - NAMES_SHOWN);
    fputs(count > 0 ? "</td>" : "–</td>", report->file);
}

/* What a difference must be beyond; of the column, or one for all. */
static double margin_of(const struct report *report, size_t column)
{
    const cJSON *object = cJSON_GetArrayItem(member(report, "columns"), (int)column);

    return json_number_or(object, "delta", json_number_or(report->data->document, "delta", NAN));
}

static void write_share(FILE *file, double share)
{
    fputs("<td class=\"number\">", file);
    if (isfinite(share))
        html_text(file, "±%.2g %%", share * 100);
    else
        fputs("–", file);
    fputs("</td>", file);
}

static bool is_judged(const struct report_data *data, size_t column)
{
    for (size_t i = 0; i < data->row_count; i++)
        if (data->rows[i].cells[column].ratio.verdict > REPORT_REFERENCE)
            return true;
    return false;
}

static void write_columns(struct report *report)
{
    static const enum report_verdict order[] = {REPORT_FASTER, REPORT_EQUIVALENT, REPORT_SLOWER,
                                                REPORT_INCONCLUSIVE};
    const struct report_data *data = report->data;
    const cJSON *noise = member(report, "noise");

    fputs("<div class=\"scroll\" tabindex=\"0\"><table "
          "class=\"verdicts\">\n<thead><tr><th>Column</th><th>Faster</th><th>Equivalent</"
          "th><th>Slower</th><th>Cannot "
          "tell</th><th>Margin</th><th>Noise</th></tr></thead>\n<tbody>\n",
          report->file);
    for (size_t j = 0; j < data->column_count; j++) {
        if (data->columns[j].subject != REPORT_RESULT || !is_judged(data, j))
            continue;
        fputs("<tr><th scope=\"row\">", report->file);
        report_write_phrases(report->file, data->columns[j].header);
        fputs("</th>", report->file);
        for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
            write_names(report, j, order[k]);
        write_share(report->file, margin_of(report, j));
        write_share(report->file, json_number_or(noise, data->columns[j].name, NAN));
        fputs("</tr>\n", report->file);
    }
    fprintf(report->file,
            "</tbody></table></div>\n<p class=\"note\">%sCannot tell: in brackets the smallest "
            "difference that this run could have seen. Margin: what a whole interval must lie "
            "beyond to be faster or slower, and within to be equivalent. Noise: how far one %s "
            "differs from itself, entered twice under two names, at the outer end of its "
            "interval.</p>\n",
            data->web ? "Of wall time; what else was judged stands in the tables below. " : "",
            report->words->row);
}

static void write_fact(struct report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void write_fact(struct report *report, const char *name, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    fprintf(report->file, "<div><dt>%s</dt><dd>", name);
    html_escape(report->file, text != NULL ? text : "");
    fputs("</dd></div>\n", report->file);
    free(text);
}

static void write_placement(struct report *report)
{
    const cJSON *placement = member(report, "placement");
    const char *name = json_text_or_null(placement, "name");
    const char *server = json_text_or_null(placement, "server_cpus");
    const char *clients = json_text_or_null(placement, "client_cpus");
    const char *pool = json_text_or_null(placement, "pool_cpus");

    if (name == NULL)
        return;
    if (report->data->web && strcmp(name, "free") != 0 && server != NULL && clients != NULL)
        write_fact(report, "Placement", "%s: webserver on CPU %s, client on %s", name, server,
                   clients);
    else if (strcmp(name, "free") != 0 && server != NULL && clients != NULL && pool != NULL)
        write_fact(report, "Placement", "%s: server on CPU %s, clients on %s, pool threads on %s",
                   name, server, clients, pool);
    else
        write_fact(report, "Placement", "%s", name);
}

static void write_host(struct report *report)
{
    const cJSON *host = member(report, "host");
    const char *kernel = json_text_or_null(host, "kernel");
    const char *governor = json_text_or_null(host, "governor");
    double memory = json_number_or(host, "memory_bytes", NAN);

    if (kernel != NULL)
        write_fact(report, "Kernel", "%s", kernel);
    write_fact(report, "Governor", "%s", governor != NULL ? governor : "not known");
    if (isfinite(memory))
        write_fact(report, "Memory", "%.3g GiB", memory / (1 << 30));
}

/* Through what rows go that do not meet the webserver itself. */
static void write_front(struct report *report)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, member(report, "rows"))
    {
        const char *front = json_text_or_null(row, "front");

        if (front == NULL)
            continue;
        write_fact(report, "Rows with --tls or --http2",
                   "over TLS through %s, which is in their numbers", front);
        return;
    }
}

static void write_plan(struct report *report)
{
    const cJSON *document = report->data->document;
    const cJSON *program = member(report, "program");
    const char *profile = json_text_or_null(document, "profile");
    const char *peers_slow_n = json_text_or_null(document, "peers_slow_n");
    const char *version = json_text_or_null(program, "version");
    const char *revision = json_text_or_null(program, "revision");
    double rounds = json_number_or(document, "rounds", NAN);
    double slow_rounds = json_number_or(document, "slow_rounds", NAN);
    double seconds = json_number_or(document, "seconds", NAN);
    double slow_n = json_number_or(document, "slow_n", NAN);
    double window = json_number_or(document, "fast_seconds", NAN);

    if (isfinite(rounds) && isfinite(slow_rounds) && rounds != slow_rounds)
        write_fact(report, "Rounds", "%.0f, with slow clients %.0f", rounds, slow_rounds);
    else if (isfinite(rounds))
        write_fact(report, "Rounds", "%.0f", rounds);
    if (window > 0)
        write_fact(report, "Windows", "%.3g s", window);
    if (slow_n > 0)
        write_fact(report, "A slow request", "F(%.0f), %.3g s", slow_n,
                   json_number_or(document, "slow_seconds", 0));
    if (peers_slow_n != NULL)
        write_fact(report, "A slow request of peers", "F(n) with n by language: %s", peers_slow_n);
    if (isfinite(seconds))
        write_fact(report, "Duration", "%.0f min %02.0f s", floor(seconds / 60),
                   floor(fmod(seconds, 60)));
    if (profile != NULL)
        write_fact(report, "Profile", "%s, seed %.0f", profile,
                   json_number_or(document, "seed", 0));
    if (version != NULL && revision != NULL)
        write_fact(report, "Program", "fibserver %s (%.12s%s)", version, revision,
                   cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(program, "modified"))
                       ? ", modified"
                       : "");
}

static void write_warnings(struct report *report)
{
    const cJSON *warning;

    if (cJSON_GetArraySize(member(report, "warnings")) == 0)
        return;
    fputs("<ul class=\"warnings\">\n", report->file);
    cJSON_ArrayForEach(warning, member(report, "warnings"))
    {
        const char *text = json_text_or_null(warning, "text");
        const char *advice = json_text_or_null(warning, "advice");

        fputs("<li><b>Warning:</b> ", report->file);
        html_escape(report->file, text != NULL ? text : "");
        if (advice != NULL) {
            fputs(". <span class=\"advice\">", report->file);
            html_escape(report->file, advice);
            fputs("</span>", report->file);
        }
        fputs("</li>\n", report->file);
    }
    fputs("</ul>\n", report->file);
}

/* For a drift all rows of a round are measured again, one after the other. */
static bool is_of_a_round(const cJSON *repeat)
{
    const char *cause = json_text_or_null(repeat, "cause");

    return cause != NULL && strcmp(cause, "drift") == 0;
}

static void write_repeat(struct report *report, const cJSON *repeat)
{
    const char *row = json_text_or_null(repeat, "row");
    const char *cause = json_text_or_null(repeat, "cause");
    double round = json_number_or(repeat, "round", 0) + 1;

    if (is_of_a_round(repeat))
        html_text(report->file, "all of round %.0f (%s)", round, cause);
    else
        html_text(report->file, "%s in round %.0f (%s)", row != NULL ? row : "a row", round,
                  cause != NULL ? cause : "cause not known");
}

static void write_repeats(struct report *report)
{
    const cJSON *repeats = member(report, "repeats"), *one, *before = NULL;
    int count = cJSON_GetArraySize(repeats);

    if (!cJSON_IsArray(repeats))
        return;
    if (count == 0) {
        fputs("<p class=\"note\">No round was repeated.</p>\n", report->file);
        return;
    }
    fputs("<p class=\"note\">Repeated for a cause outside: ", report->file);
    cJSON_ArrayForEach(one, repeats)
    {
        if (before != NULL && is_of_a_round(one) && is_of_a_round(before) &&
            json_number_or(one, "round", 0) == json_number_or(before, "round", 0))
            continue;
        fputs(before != NULL ? ", " : "", report->file);
        write_repeat(report, one);
        before = one;
    }
    fputs(".</p>\n", report->file);
}

/* Rows that were asked for and cannot be measured here. */
static void write_left_out(struct report *report)
{
    const cJSON *one;
    bool first = true;

    cJSON_ArrayForEach(one, member(report, "left_out"))
    {
        const char *label = json_text_or_null(one, "label");
        const char *reason = json_text_or_null(one, "reason");

        fputs(first ? "<p class=\"note\">Left out: " : "; ", report->file);
        html_text(report->file, "%s (%s)", label != NULL ? label : "a row",
                  reason != NULL ? reason : "reason not known");
        first = false;
    }
    fputs(first ? "" : ".</p>\n", report->file);
}

void report_write_verdict(struct report *report)
{
    report_begin_section(report, "verdict", "Verdict");
    write_summary(report);
    write_warnings(report);
    if (report->data->judged)
        write_columns(report);
    fputs("<h3>Where and how</h3>\n<dl>\n", report->file);
    write_placement(report);
    write_front(report);
    write_plan(report);
    write_host(report);
    fputs("</dl>\n", report->file);
    write_repeats(report);
    write_left_out(report);
    report_end_section(report);
}

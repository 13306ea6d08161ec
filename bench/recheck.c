#include "bench/recheck.h"

#include "bench/command.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/programs.h"
#include "bench/recheck_order.h"
#include "bench/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_host(const struct diff_side *new, struct problem *problem)
{
    const cJSON *then = cJSON_GetObjectItemCaseSensitive(new->document, "host");
    cJSON *now = host_to_json();
    const char *differs = NULL;

    if (!host_is_same(then, now))
        differs = "on another machine";
    else if (!cJSON_Compare(cJSON_GetObjectItemCaseSensitive(then, "kernel"),
                            cJSON_GetObjectItemCaseSensitive(now, "kernel"), true))
        differs = "with another kernel";
    else if (!cJSON_Compare(cJSON_GetObjectItemCaseSensitive(then, "governor"),
                            cJSON_GetObjectItemCaseSensitive(now, "governor"), true))
        differs = "with another governor";
    cJSON_Delete(now);
    if (differs == NULL)
        return 0;
    return problem_set(problem, -EINVAL,
                       "--recheck: %s was measured %s; only where and how it was measured can it "
                       "be measured again",
                       new->path, differs);
}

static int check_build(const struct diff_side *new, const char *given, const char *name,
                       const char *folder, const char *role, struct problem *problem)
{
    const cJSON *builds = cJSON_GetObjectItemCaseSensitive(new->document, "builds");
    const char *then = json_text_or_null(builds, role);
    char *option = memory_printf("--%s", role), *path = NULL;
    char digest[PROGRAMS_DIGEST];
    int error = given == NULL ? programs_find(name, folder, option, &path, problem) : 0;

    if (error == 0)
        error = programs_digest(given != NULL ? given : path, digest, problem);
    if (error == 0 && strcmp(then, digest) != 0)
        error = problem_set(problem, -EINVAL,
                            "--recheck: %s was measured with another build of %s than %s; say with "
                            "%s where that one is",
                            new->path, name, given != NULL ? given : path, option);
    free(path);
    free(option);
    return error;
}

int recheck_check(const struct recheck_options *options, const struct diff_side *new,
                  struct problem *problem)
{
    const cJSON *builds;
    bool web;
    int error;

    if (new->document == NULL)
        return problem_set(problem, -EINVAL,
                           "--recheck: %s is Markdown; only a results file says how to measure "
                           "again",
                           new->path);
    builds = cJSON_GetObjectItemCaseSensitive(new->document, "builds");
    web = results_are_of_web_clients(new->document);
    /* Of programs of others there need be no webclient. */
    if (json_text_or_null(builds, web ? "server" : "client") == NULL)
        return problem_set(problem, -EINVAL,
                           "--recheck: %s does not say with which builds it was measured; measure "
                           "it again with this fibbench",
                           new->path);
    error = check_host(new, problem);
    if (error == 0 && json_text_or_null(builds, "server") != NULL)
        error = web ? check_build(new, options->server, "webserver", "clients/webserver", "server",
                                  problem)
                    : check_build(new, options->server, "fibserver", "src", "server", problem);
    if (error == 0 && json_text_or_null(builds, "client") != NULL)
        error =
            web ? check_build(new, options->client, "webclient", "clients/web", "client", problem)
                : check_build(new, options->client, "fibclient", "clients", "client", problem);
    return error;
}

/* Returns 0, the status of an interrupted `fibbench run`, or -errno with the problem. */
static int measure(const struct recheck_order *order, struct problem *problem)
{
    int status;

    fprintf(stderr, "fibbench diff: measuring again what is worse: %zu row%s, %u round%s\n",
            order->rows.count, order->rows.count == 1 ? "" : "s", order->report->rounds,
            order->report->rounds == 1 ? "" : "s");
    status = command_run((int)order->word_count, order->words);
    if (status > EXIT_INTERRUPTED)
        return status;
    if (status != EXIT_SUCCESS)
        return problem_set(problem, -EIO,
                           "--recheck: what is worse could not be measured again; the reason "
                           "stands above");
    return 0;
}

static bool has_numbers(const struct compared_cell *cell)
{
    return cell->old->outcome == OUTCOME_MEASURED && cell->new->outcome == OUTCOME_MEASURED;
}

static bool has_moved(const struct compared_cell *cell)
{
    return cell->verdict == VERDICT_WORSE || cell->verdict == VERDICT_BETTER;
}

static const struct compared_cell *find_by_label(const struct comparison *comparison,
                                                 const struct table *new, const char *label,
                                                 const char *header)
{
    for (size_t i = 0; i < comparison->row_count; i++)
        if (strcmp(new->rows[comparison->rows[i].new], label) == 0)
            return comparison_find(comparison, comparison->rows[i].old, new, label, header);
    return NULL;
}

static void judge_controls(struct recheck *recheck)
{
    const struct table *table = &recheck->side.table;

    for (size_t i = 0; i < recheck->report.control_count; i++) {
        struct recheck_control *control = &recheck->report.controls[i];
        const struct compared_cell *to_new, *to_old;

        if (control->row == NULL)
            continue;
        to_new = find_by_label(&recheck->to_new, table, control->row, control->header);
        to_old = find_by_label(&recheck->to_old, table, control->row, control->header);
        if (to_new == NULL || to_old == NULL || !has_numbers(to_new) || !has_numbers(to_old)) {
            control->row = NULL;
            continue;
        }
        control->to_new = *to_new;
        control->to_old = *to_old;
        control->moved = has_moved(to_new) && has_moved(to_old);
    }
}

/* A machine is one: where a column has no control, those of the others speak for it. */
static bool machine_moved(const struct recheck_report *report, const char *header)
{
    bool any = false;

    for (size_t i = 0; i < report->control_count; i++) {
        const struct recheck_control *control = &report->controls[i];

        if (strcmp(control->header, header) == 0 && control->row != NULL)
            return control->moved;
        any = any || control->moved;
    }
    return any;
}

static void apply(struct compared_cell *cell, bool moved)
{
    bool again = cell->again != NULL && cell->again->verdict == VERDICT_WORSE;
    bool open = cell->again == NULL || cell->again->verdict == VERDICT_NONE ||
                (cell->again->verdict == VERDICT_NOISY && !cell->again->favourable);

    if (moved || open) {
        cell->recheck = RECHECK_UNCLEAR;
        cell->verdict = VERDICT_NOISY;
    } else if (again) {
        cell->recheck = RECHECK_CONFIRMED;
    } else {
        cell->recheck = RECHECK_REFUTED;
        cell->verdict = VERDICT_SAME;
        cell->equivalent = false;
    }
}

static void apply_all(const struct recheck *recheck, const struct table *new,
                      struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->row_count; i++)
        for (size_t j = 0; j < comparison->column_count; j++) {
            const struct compared_row *row = &comparison->rows[i];
            const char *header = comparison->columns[j].header;

            if (row->cells[j].verdict != VERDICT_WORSE)
                continue;
            row->cells[j].again = comparison_find(&recheck->to_old, row->old, &recheck->side.table,
                                                  new->rows[row->new], header);
            apply(&row->cells[j], machine_moved(&recheck->report, header));
        }
}

static int compare_again(struct recheck *recheck, const struct table *old, const struct table *new,
                         const struct compare_settings *settings, struct problem *problem)
{
    int error = diff_side_read(&recheck->side, recheck->report.results, 1, problem);

    if (error == 0)
        error = compare_tables(&recheck->to_old, old, &recheck->side.table, settings, problem);
    if (error == 0)
        error = compare_tables(&recheck->to_new, new, &recheck->side.table, settings, problem);
    if (error < 0)
        return error;
    recheck->report.seed = (uint64_t)json_number_or(recheck->side.document, "seed", 0);
    judge_controls(recheck);
    return 0;
}

int recheck_measure(struct recheck *recheck, const struct recheck_options *options,
                    const struct diff_side *old, const struct diff_side *new,
                    const struct compare_settings *settings, struct comparison *comparison,
                    struct problem *problem)
{
    struct recheck_order order = {.options = options,
                                  .new = new,
                                  .settings = settings,
                                  .comparison = comparison,
                                  .report = &recheck->report};
    int status = recheck_order_write(&order, problem);

    if (status == 0)
        status = measure(&order, problem);
    if (status == 0)
        status = compare_again(recheck, &old->table, &new->table, settings, problem);
    if (status == 0)
        apply_all(recheck, &new->table, comparison);
    recheck_order_finish(&order);
    return status;
}

void recheck_finish(struct recheck *recheck)
{
    comparison_finish(&recheck->to_old);
    comparison_finish(&recheck->to_new);
    diff_side_finish(&recheck->side);
    free(recheck->report.controls);
    free(recheck->report.results);
    *recheck = (struct recheck){0};
}

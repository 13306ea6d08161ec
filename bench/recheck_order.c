#include "bench/recheck_order.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "bench/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS_MOST = 1000, ROUNDS_UNKNOWN = 3 };

static void add_name(struct recheck_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i], name) == 0)
            return;
    names->list = memory_grown(names->list, names->count, sizeof(*names->list));
    names->list[names->count++] = name;
}

static bool fails(const struct comparison *comparison, size_t row, size_t column)
{
    return comparison->rows[row].cells[column].verdict == VERDICT_WORSE;
}

static bool column_fails(const struct comparison *comparison, size_t column)
{
    for (size_t row = 0; row < comparison->row_count; row++)
        if (fails(comparison, row, column))
            return true;
    return false;
}

static const char *row_label(const struct recheck_order *order, size_t row)
{
    return order->new->table.rows[order->comparison->rows[row].new];
}

static bool has_numbers(const struct compared_cell *cell)
{
    return cell->old->outcome == OUTCOME_MEASURED && cell->new->outcome == OUTCOME_MEASURED;
}

/* The reference where it has numbers in the column, else the first row that does not fail there. */
static const char *control_of(const struct recheck_order *order, size_t column)
{
    const struct comparison *comparison = order->comparison;
    const char *reference = json_text_or_null(order->new->document, "reference");
    const char *first = NULL;

    if (reference == NULL)
        reference = "null";
    for (size_t row = 0; row < comparison->row_count; row++) {
        const char *label = row_label(order, row);

        if (!has_numbers(&comparison->rows[row].cells[column]))
            continue;
        if (strcmp(label, reference) == 0)
            return label;
        if (first == NULL && !fails(comparison, row, column))
            first = label;
    }
    return first;
}

static void add_control(struct recheck_order *order, size_t column)
{
    struct recheck_report *report = order->report;
    struct recheck_control control = {.header = order->comparison->columns[column].header,
                                      .row = control_of(order, column)};

    report->controls =
        memory_grown(report->controls, report->control_count, sizeof(*report->controls));
    report->controls[report->control_count++] = control;
    if (control.row != NULL)
        add_name(&order->rows, control.row);
}

static int add_scenario(struct recheck_order *order, const char *header, struct problem *problem)
{
    const cJSON *column;

    cJSON_ArrayForEach(column, cJSON_GetObjectItemCaseSensitive(order->new->document, "columns"))
    {
        const char *name = json_text_or_null(column, "header");
        const char *scenario = json_text_or_null(column, "scenario");

        if (name == NULL || scenario == NULL || !table_same_header(name, header))
            continue;
        add_name(&order->scenarios, scenario);
        return 0;
    }
    return problem_set(problem, -EINVAL,
                       "--recheck: %s does not say to which scenario the column '%s' belongs",
                       order->new->path, header);
}

static unsigned rounds_of(const struct recheck_order *order)
{
    size_t rounds = 0;

    if (order->options->rounds > 0)
        return order->options->rounds;
    for (size_t i = 0; i < order->comparison->row_count; i++)
        for (size_t j = 0; j < order->comparison->column_count; j++)
            if (fails(order->comparison, i, j) &&
                order->comparison->rows[i].cells[j].new->sample_count > rounds)
                rounds = order->comparison->rows[i].cells[j].new->sample_count;
    if (rounds == 0)
        rounds = (size_t)json_number_or(order->new->document, "rounds", ROUNDS_UNKNOWN);
    return rounds <= ROUNDS_MOST ? (unsigned)rounds : ROUNDS_MOST;
}

static int choose_cells(struct recheck_order *order, struct problem *problem)
{
    const struct comparison *comparison = order->comparison;
    bool relative = order->settings->relative;
    int error = 0;

    for (size_t j = 0; j < comparison->column_count && error == 0; j++) {
        if (!column_fails(comparison, j))
            continue;
        error = add_scenario(order, comparison->columns[j].header, problem);
        for (size_t i = 0; i < comparison->row_count; i++)
            if (fails(comparison, i, j) || (relative && has_numbers(&comparison->rows[i].cells[j])))
                add_name(&order->rows, row_label(order, i));
        if (!relative)
            add_control(order, j);
    }
    order->report->rounds = rounds_of(order);
    return error;
}

/* Takes the text over. */
static void add_word(struct recheck_order *order, char *word)
{
    order->words = memory_grown(order->words, order->word_count, sizeof(*order->words));
    order->words[order->word_count++] = word;
}

static void add_option(struct recheck_order *order, const char *name, const char *value)
{
    add_word(order, memory_text(name));
    add_word(order, memory_text(value));
}

static char *joined(char *list, const char *name)
{
    char *longer = list == NULL ? memory_text(name) : memory_printf("%s,%s", list, name);

    free(list);
    return longer;
}

static const cJSON *find_row(const struct recheck_order *order, const char *label)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(order->new->document, "rows"))
    {
        if (strcmp(json_text_or_null(row, "label"), label) == 0)
            return row;
    }
    return NULL;
}

static int add_command(struct recheck_order *order, const char *label, struct problem *problem)
{
    size_t length = strlen(label);

    for (size_t i = 0; i < order->options->variant_count; i++) {
        const char *definition = order->options->variants[i];

        if (strncmp(definition, label, length) != 0 || definition[length] != '=')
            continue;
        add_option(order, "--variant", definition);
        return 0;
    }
    return problem_set(problem, -EINVAL,
                       "--recheck: the row '%s' is a command, which results do not hold; say it "
                       "again with --variant '%s=COMMAND'",
                       label, label);
}

/* The peers of the new run, asked for what they were asked for there. */
static void add_peers(struct recheck_order *order, const char *peers)
{
    const char *slow_n = json_text_or_null(order->new->document, "peers_slow_n");

    add_word(order, memory_printf("--peers=%s", peers));
    if (slow_n != NULL)
        add_option(order, "--peers-slow-n", slow_n);
}

static int add_rows(struct recheck_order *order, struct problem *problem)
{
    char *backends = NULL, *peers = NULL;
    int error = 0;

    for (size_t i = 0; i < order->rows.count && error == 0; i++) {
        const char *label = order->rows.list[i];
        const cJSON *row = find_row(order, label);
        const char *kind = json_text_or_null(row, "kind");

        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "peer")))
            peers = joined(peers, label);
        else if (kind == NULL || strcmp(kind, "built-in") == 0)
            backends = joined(backends, label);
        else if (strcmp(kind, "connect") == 0)
            add_option(order, "--connect", label);
        else
            error = add_command(order, label, problem);
    }
    add_option(order, "--backends", backends != NULL ? backends : "none");
    if (peers != NULL)
        add_peers(order, peers);
    free(backends);
    free(peers);
    return error;
}

static void add_number(struct recheck_order *order, const char *option, const char *member)
{
    double value = json_number_or(order->new->document, member, 0);
    char *text;

    if (value <= 0)
        return;
    text = memory_printf("%.15g", value);
    add_option(order, option, text);
    free(text);
}

static void add_conditions(struct recheck_order *order)
{
    const cJSON *placement = cJSON_GetObjectItemCaseSensitive(order->new->document, "placement");
    const char *name = json_text_or_null(placement, "name");
    char *rounds = memory_printf("%u", order->report->rounds), *scenarios = NULL;

    for (size_t i = 0; i < order->scenarios.count; i++)
        scenarios = joined(scenarios, order->scenarios.list[i]);
    for (size_t i = 0; i < order->options->scenario_file_count; i++)
        add_option(order, "--scenario-file", order->options->scenario_files[i]);
    if (results_are_of_web_clients(order->new->document))
        add_option(order, "--profile", "web");
    add_option(order, "--scenarios", scenarios);
    add_option(order, "--rounds", rounds);
    if (name != NULL)
        add_option(order, "--placement", name);
    add_number(order, "--duration", "fast_seconds");
    add_number(order, "--workers", "workers");
    add_number(order, "--slow-n", "slow_n");
    if (order->options->server != NULL)
        add_option(order, "--server", order->options->server);
    if (order->options->client != NULL)
        add_option(order, "--client", order->options->client);
    free(scenarios);
    free(rounds);
}

/* An interrupted recheck of the same cells is gone on with. */
static void add_output(struct recheck_order *order)
{
    struct recheck_report *report = order->report;
    char *partial;

    report->results = order->options->output != NULL
                          ? memory_text(order->options->output)
                          : memory_printf("%s.recheck", order->new->path);
    partial = memory_printf("%s.partial", report->results);
    add_option(order, "--output", report->results);
    if (access(partial, F_OK) == 0)
        add_word(order, memory_text("--resume"));
    free(partial);
}

int recheck_order_write(struct recheck_order *order, struct problem *problem)
{
    int error;

    add_word(order, memory_text("run"));
    add_word(order, memory_text("--of-diff"));
    error = choose_cells(order, problem);
    if (error == 0)
        error = add_rows(order, problem);
    if (error < 0)
        return error;
    add_conditions(order);
    add_output(order);
    add_word(order, NULL);
    order->word_count--;
    return 0;
}

void recheck_order_finish(struct recheck_order *order)
{
    for (size_t i = 0; i < order->word_count; i++)
        free(order->words[i]);
    free(order->words);
    free(order->rows.list);
    free(order->scenarios.list);
}

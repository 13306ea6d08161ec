#include "bench/variant.h"

#include "bench/counterpart.h"
#include "bench/json.h"
#include "bench/lines.h"
#include "bench/memory.h"
#include "bench/words.h"
#include "common/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_LONGEST = 200 };

static void variant_finish(struct variant *variant)
{
    for (size_t i = 0; i < variant->option_count; i++)
        free(variant->options[i]);
    free(variant->options);
    free(variant->label);
    free(variant->backend);
    free(variant->command);
    free(variant->host);
    free(variant->family);
    free(variant->library);
    free(variant->compute);
    free(variant->repeats);
    free(variant->through);
}

void variant_list_finish(struct variant_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        variant_finish(&list->variants[i]);
    free(list->variants);
    *list = (struct variant_list){0};
}

void variant_list_remove(struct variant_list *list, size_t index)
{
    variant_finish(&list->variants[index]);
    list->count--;
    memmove(&list->variants[index], &list->variants[index + 1],
            (list->count - index) * sizeof(*list->variants));
}

const struct variant *variant_list_find(const struct variant_list *list, const char *label)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->variants[i].label, label) == 0)
            return &list->variants[i];
    return NULL;
}

static int check_label(const struct variant_list *list, const char *label, struct problem *problem)
{
    for (const char *at = label; *at != '\0'; at++)
        if (iscntrl((unsigned char)*at))
            return problem_set(problem, -EINVAL, "a label must be plain text on one line");
    if (strlen(label) > LABEL_LONGEST)
        return problem_set(problem, -EINVAL, "a label is longer than %d characters", LABEL_LONGEST);
    if (variant_list_find(list, label) != NULL)
        return problem_set(problem, -EINVAL, "two rows are called '%s'; give one another label",
                           label);
    return 0;
}

/* Takes the label over. NULL, and the label freed, where it is no label or another row has it. */
static struct variant *add_row(struct variant_list *list, enum variant_kind kind, char *label,
                               struct problem *problem)
{
    if (check_label(list, label, problem) < 0) {
        free(label);
        return NULL;
    }
    list->variants = memory_grown(list->variants, list->count, sizeof(*list->variants));
    list->variants[list->count] = (struct variant){.kind = kind, .label = label};
    return &list->variants[list->count++];
}

static const cJSON *find_backend(const cJSON *backends, const char *name, size_t length)
{
    const cJSON *backend;

    cJSON_ArrayForEach(backend, backends)
    {
        const char *known = json_text_or_null(backend, "name");

        if (known != NULL && strlen(known) == length && strncmp(known, name, length) == 0)
            return backend;
    }
    return NULL;
}

static int unknown_name(const char *kind, const cJSON *backends, const char *name, size_t length,
                        struct problem *problem)
{
    const cJSON *backend;
    char known[512] = "";
    size_t used = 0;

    cJSON_ArrayForEach(backend, backends)
    {
        const char *one = json_text_or_null(backend, "name");

        if (one != NULL && used < sizeof(known))
            used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
                                     used > 0 ? ", " : "", one);
    }
    return problem_set(problem, -EINVAL, "there is no %s '%.*s'; these are: %s", kind, (int)length,
                       name, known);
}

/* Of a backend or a peer: 0, or -ENOTSUP with the reason. */
static int check_available(const cJSON *listed, struct problem *problem)
{
    const char *reason = json_text_or_null(listed, "reason");

    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(listed, "available")))
        return 0;
    return problem_set(problem, -ENOTSUP, "%s", reason != NULL ? reason : "no reason is given");
}

static char *text_of(const cJSON *object, const char *name)
{
    const char *text = json_text_or_null(object, name);

    return text != NULL ? memory_text(text) : NULL;
}

/* The words of the row, one blank between them: two spellings of a row are one row. */
static char *tidy_label(const char *row)
{
    char *label = memory_text(row), *to = label;

    for (const char *word = row + strspn(row, " \t"); *word != '\0'; word += strspn(word, " \t")) {
        size_t length = strcspn(word, " \t");

        if (to > label)
            *to++ = ' ';
        memmove(to, word, length);
        to += length;
        word += length;
    }
    *to = '\0';
    return label;
}

static void add_options(struct variant *variant, const char *words)
{
    while (*words != '\0') {
        size_t length;

        words += strspn(words, " ");
        length = strcspn(words, " ");
        variant->options = memory_grown(variant->options, variant->option_count, sizeof(char *));
        variant->options[variant->option_count++] = memory_text_of_length(words, length);
        words += length;
    }
}

int variant_list_add_backend(struct variant_list *list, const cJSON *backends, const char *row,
                             struct problem *problem)
{
    char *label = tidy_label(row);
    size_t length = strcspn(label, " ");
    const cJSON *backend = find_backend(backends, label, length);
    struct variant *variant;
    int error = 0;

    if (backend == NULL)
        error = unknown_name("backend", backends, label, length, problem);
    else
        error = check_available(backend, problem);
    if (error < 0) {
        free(label);
        return error;
    }
    variant = add_row(list, VARIANT_BUILT_IN, label, problem);
    if (variant == NULL)
        return -EINVAL;
    variant->backend = memory_text_of_length(label, length);
    add_options(variant, label + length);
    variant->family = text_of(backend, "family");
    variant->library = text_of(backend, "library");
    variant->compute = text_of(backend, "compute");
    variant->sequential =
        cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(backend, "concurrent_connections"));
    return 0;
}

int variant_list_add_peer(struct variant_list *list, const cJSON *peers, const char *name,
                          struct problem *problem)
{
    const cJSON *peer = find_backend(peers, name, strlen(name));
    struct variant *variant;
    int error;

    if (peer == NULL)
        return unknown_name("peer", peers, name, strlen(name), problem);
    error = check_available(peer, problem);
    if (error < 0)
        return error;
    variant = add_row(list, VARIANT_COMMAND, memory_text(name), problem);
    if (variant == NULL)
        return -EINVAL;
    variant->peer = true;
    variant->command = text_of(peer, "command");
    variant->family = text_of(peer, "family");
    variant->library = text_of(peer, "library");
    variant->compute = text_of(peer, "compute");
    return 0;
}

/* --http2, with a value or without, or cut short, as getopt_long(3) takes it. */
static bool is_http2(const char *option)
{
    size_t length = strcspn(option, "=");

    return length > strlen("--h") && strncmp(option, "--http2", length) == 0;
}

static enum variant_front front_of(const struct variant *variant)
{
    enum variant_front front = VARIANT_DIRECT;

    for (size_t i = 0; i < variant->option_count; i++) {
        if (is_http2(variant->options[i]))
            return VARIANT_HTTP2;
        if (strcmp(variant->options[i], VARIANT_OPTION_TLS) == 0)
            front = VARIANT_TLS;
    }
    return front;
}

/* webclient knows nothing of it, and would say so once for each cell. */
static int check_tls(const char *row, struct problem *problem)
{
    if (strstr(row, " " VARIANT_OPTION_TLS "=") == NULL)
        return 0;
    return problem_set(problem, -EINVAL, VARIANT_OPTION_TLS " of '%s' takes no value", row);
}

int variant_list_add_strategy(struct variant_list *list, const cJSON *strategies, const char *row,
                              struct problem *problem)
{
    int error = check_tls(row, problem);
    struct variant *added;

    if (error == 0)
        error = variant_list_add_backend(list, strategies, row, problem);
    if (error < 0)
        return error;
    added = &list->variants[list->count - 1];
    added->web = true;
    added->front = front_of(added);
    added->sequential = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(
        find_backend(strategies, added->backend, strlen(added->backend)), "concurrent"));
    return 0;
}

int variant_list_add_web_peer(struct variant_list *list, const cJSON *peers, const char *name,
                              struct problem *problem)
{
    int error = variant_list_add_peer(list, peers, name, problem);
    const cJSON *peer;
    struct variant *added;

    if (error < 0)
        return error;
    peer = find_backend(peers, name, strlen(name));
    added = &list->variants[list->count - 1];
    added->web = true;
    added->concurrency_most = (unsigned)json_number_or(peer, "concurrency_most", 0);
    added->start_seconds = json_number_or(peer, "start_seconds", 0);
    added->url_seconds = json_number_or(peer, "url_seconds", 0);
    return 0;
}

int variant_list_add_web_command(struct variant_list *list, const char *definition,
                                 struct problem *problem)
{
    const char *equals = strchr(definition, '=');
    struct variant *variant;

    if (equals == NULL || equals == definition || !words_name_urls(equals + 1))
        return problem_set(problem, -EINVAL,
                           "--variant of web clients wants 'LABEL=COMMAND with {urls} or {config}' "
                           "and, for how many at a time, {concurrency}, not '%s'",
                           definition);
    if (words_check(equals + 1, problem) < 0)
        return -EINVAL;
    variant = add_row(list, VARIANT_COMMAND,
                      memory_text_of_length(definition, (size_t)(equals - definition)), problem);
    if (variant == NULL)
        return -EINVAL;
    variant->command = memory_text(equals + 1);
    variant->web = true;
    return 0;
}

bool variant_list_begins_family(const struct variant_list *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (variant_same_family(&list->variants[i], &list->variants[index]))
            return false;
    return list->variants[index].peer && !list->variants[index].web;
}

int variant_list_add_command(struct variant_list *list, const char *definition,
                             struct problem *problem)
{
    const char *equals = strchr(definition, '=');
    struct variant *variant;

    if (equals == NULL || equals == definition || equals[1] == '\0')
        return problem_set(problem, -EINVAL,
                           "--variant wants 'LABEL=COMMAND with {port}', not '%s'", definition);
    if (strstr(equals, "{port}") == NULL)
        return problem_set(problem, -EINVAL,
                           "the command of --variant '%s' has no {port}, where the port that it "
                           "shall listen on stands",
                           definition);
    variant = add_row(list, VARIANT_COMMAND,
                      memory_text_of_length(definition, (size_t)(equals - definition)), problem);
    if (variant == NULL)
        return -EINVAL;
    variant->command = memory_text(equals + 1);
    return 0;
}

int variant_list_add_address(struct variant_list *list, const char *address,
                             struct problem *problem)
{
    const char *colon = strrchr(address, ':');
    struct variant *variant;
    const char *host = address;
    size_t length = colon != NULL ? (size_t)(colon - address) : 0;
    long port;

    if (length >= 2 && address[0] == '[' && colon[-1] == ']') {
        host++;
        length -= 2;
    } else if (length > 0 && memchr(address, ':', length) != NULL) {
        length = 0;
    }
    if (length == 0 || number_parse(colon + 1, 1, 65535, &port) < 0)
        return problem_set(problem, -EINVAL,
                           "--connect wants HOST:PORT (an IPv6 address in brackets), not '%s'",
                           address);
    variant = add_row(list, VARIANT_CONNECT, memory_text(address), problem);
    if (variant == NULL)
        return -EINVAL;
    variant->host = memory_text_of_length(host, length);
    variant->port = (unsigned)port;
    return 0;
}

static char *copy_of(const char *text)
{
    return text != NULL ? memory_text(text) : NULL;
}

int variant_list_repeat(struct variant_list *list, size_t index, struct problem *problem)
{
    char *label = memory_printf("%s (again)", list->variants[index].label);
    struct variant *added = add_row(list, list->variants[index].kind, label, problem), copy;
    const struct variant *from = &list->variants[index];

    if (added == NULL)
        return -EINVAL;
    copy = *added;
    copy.backend = copy_of(from->backend);
    for (size_t i = 0; i < from->option_count; i++) {
        copy.options = memory_grown(copy.options, i, sizeof(char *));
        copy.options[copy.option_count++] = memory_text(from->options[i]);
    }
    copy.command = copy_of(from->command);
    copy.host = copy_of(from->host);
    copy.port = from->port;
    copy.family = copy_of(from->family);
    copy.library = copy_of(from->library);
    copy.compute = copy_of(from->compute);
    copy.peer = from->peer;
    copy.slow_n = from->slow_n;
    copy.slow_seconds = from->slow_seconds;
    copy.web = from->web;
    copy.sequential = from->sequential;
    copy.concurrency_most = from->concurrency_most;
    copy.start_seconds = from->start_seconds;
    copy.url_seconds = from->url_seconds;
    copy.front = from->front;
    copy.through = copy_of(from->through);
    copy.repeats = memory_text(from->label);
    memmove(&list->variants[index + 2], &list->variants[index + 1],
            (list->count - index - 2) * sizeof(copy));
    list->variants[index + 1] = copy;
    return 0;
}

void variant_list_add_quick(struct variant_list *list, const cJSON *backends)
{
    static const char *const rows[] = {
        "null",
        "sync",
        "threads",
        "select",
        "coro",
        "uv",
        "uv --offload=always",
        "event",
        "event --offload=always",
    };
    struct problem ignored;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        (void)variant_list_add_backend(list, backends, rows[i], &ignored);
}

void variant_list_add_all(struct variant_list *list, const cJSON *backends)
{
    const cJSON *backend;
    struct problem ignored;

    cJSON_ArrayForEach(backend, backends)
    {
        const char *name = json_text_or_null(backend, "name");
        const char *compute = json_text_or_null(backend, "compute");
        char row[256];

        if (name == NULL || variant_list_add_backend(list, backends, name, &ignored) < 0)
            continue;
        snprintf(row, sizeof(row), "%s --offload=always", name);
        if (compute != NULL && strcmp(compute, "pool") == 0)
            (void)variant_list_add_backend(list, backends, row, &ignored);
        if (strcmp(name, "select") == 0) {
            (void)variant_list_add_backend(list, backends, "select --poller=poll", &ignored);
            (void)variant_list_add_backend(list, backends, "select --poller=select", &ignored);
        }
    }
}

void variant_list_add_strategies(struct variant_list *list, const cJSON *strategies)
{
    const cJSON *strategy;
    struct problem ignored;

    cJSON_ArrayForEach(strategy, strategies)
    {
        const char *name = json_text_or_null(strategy, "name");

        if (name != NULL)
            (void)variant_list_add_strategy(list, strategies, name, &ignored);
    }
}

bool variant_same_family(const struct variant *left, const struct variant *right)
{
    return left->peer && right->peer && left->family != NULL && right->family != NULL &&
           strcmp(left->family, right->family) == 0;
}

bool variant_has_pool(const struct variant *variant)
{
    return variant->kind == VARIANT_BUILT_IN && variant->compute != NULL &&
           strcmp(variant->compute, "pool") == 0;
}

bool variant_computes(const struct variant *variant)
{
    return variant->family == NULL || strcmp(variant->family, "null") != 0;
}

static void add_backend(cJSON *row, const struct variant *variant)
{
    cJSON *options;

    cJSON_AddStringToObject(row, "backend", variant->backend);
    options = cJSON_AddArrayToObject(row, "options");
    for (size_t i = 0; i < variant->option_count; i++)
        cJSON_AddItemToArray(options, cJSON_CreateString(variant->options[i]));
}

static void add_peer(cJSON *row, const struct variant *variant)
{
    cJSON_AddTrueToObject(row, "peer");
    if (variant->web)
        return;
    if (variant->slow_n == 0) {
        cJSON_AddNullToObject(row, "slow_n");
        return;
    }
    cJSON_AddNumberToObject(row, "slow_n", variant->slow_n);
    if (variant->slow_seconds > 0)
        cJSON_AddNumberToObject(row, "slow_seconds", variant->slow_seconds);
}

cJSON *variant_to_json(const struct variant *variant)
{
    static const char *const kinds[] = {
        [VARIANT_BUILT_IN] = "built-in",
        [VARIANT_COMMAND] = "command",
        [VARIANT_CONNECT] = "connect",
    };
    cJSON *row = cJSON_CreateObject();

    cJSON_AddStringToObject(row, "label", variant->label);
    cJSON_AddStringToObject(row, "kind", kinds[variant->kind]);
    if (variant->repeats != NULL)
        cJSON_AddStringToObject(row, "repeats", variant->repeats);
    if (variant->web)
        cJSON_AddTrueToObject(row, "web");
    if (variant->peer)
        add_peer(row, variant);
    else if (variant->kind == VARIANT_BUILT_IN)
        add_backend(row, variant);
    else
        return row;
    json_add_text(row, "family", variant->family);
    json_add_text(row, "library", variant->library);
    json_add_text(row, "compute", variant->compute);
    if (variant->front != VARIANT_DIRECT)
        json_add_text(row, "front", variant->through);
    if (!variant->web)
        json_add_text(row, "counterpart", counterpart_of(variant->label));
    if (variant->backend != NULL && lines_of(variant->backend, variant->web) > 0)
        cJSON_AddNumberToObject(row, "lines", lines_of(variant->backend, variant->web));
    return row;
}

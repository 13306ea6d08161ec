#include "bench/web_client.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "bench/process.h"
#include "bench/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_BEFORE = 2, WORDS_OF_WEBCLIENT = 10 };

static void add_word(char **words, size_t *count, const char *word)
{
    words[(*count)++] = memory_text(word);
}

/* A list of words with room for so many, which begins with the stopwatch. */
static char **begin_words(size_t room, size_t *count)
{
    char **words = memory_zeroed(WORDS_BEFORE + room + 1, sizeof(*words));

    *count = 0;
    add_word(words, count, "/proc/self/exe");
    add_word(words, count, "stopwatch");
    return words;
}

static char **strategy_words(const struct web_client_run *run)
{
    const struct variant *variant = run->variant;
    size_t count;
    char **words = begin_words(WORDS_OF_WEBCLIENT + variant->option_count, &count);

    add_word(words, &count, run->program);
    words[count++] = memory_printf("--backend=%s", variant->backend);
    if (run->certificate != NULL)
        words[count++] = memory_printf("--cacert=%s", run->certificate);
    add_word(words, &count, "--quiet");
    /* A list of one's own may have delays of minutes; whoever hangs is ended from outside. */
    add_word(words, &count, "--stall-timeout=0");
    words[count++] = memory_printf("--concurrency=%u", run->concurrency);
    words[count++] = memory_printf("--input=%s", run->list->urls);
    /* The row's own come last, and count: it is called by them. */
    for (size_t i = 0; i < variant->option_count; i++)
        if (strcmp(variant->options[i], VARIANT_OPTION_TLS) != 0)
            add_word(words, &count, variant->options[i]);
    return words;
}

static int command_words(const struct web_client_run *run, char ***words, struct problem *problem)
{
    const struct words_places places = {
        .urls = run->list->urls,
        .config = run->list->config,
        .aria2 = run->list->aria2,
        .scratch = run->list->scratch,
        .concurrency = run->concurrency,
    };
    size_t count, before;
    char **own;
    int error = words_fill(run->variant->command, &places, &own, &count, problem);

    if (error < 0)
        return error;
    *words = begin_words(count, &before);
    memcpy(*words + before, own, count * sizeof(*own));
    free(own);
    return 0;
}

static void read_report(const struct process *process, struct web_client_report *report,
                        cJSON **document)
{
    char *line = process_last_line(process, PROCESS_OUTPUT);
    char *words = process_last_line(process, PROCESS_ERRORS);

    *document = json_parse(line, strlen(line));
    report->lost = *document == NULL;
    report->status = (int)json_number_or(*document, "status", 0);
    report->signal = (int)json_number_or(*document, "signal", 0);
    report->seconds = json_number_or(*document, "seconds", 0);
    report->user = json_number_or(*document, "user", 0);
    report->system = json_number_or(*document, "system", 0);
    report->resident_bytes = json_number_or(*document, "resident_bytes", 0);
    snprintf(report->words, sizeof(report->words), "%s", words);
    free(words);
    free(line);
}

static int run_words(struct supervisor *supervisor, const struct web_client_run *run,
                     char *const *words, struct web_client_report *report, cJSON **document,
                     struct problem *problem)
{
    struct process *process;
    int error =
        process_create(&process, supervisor, (const char *const *)words, run->cpus, problem);

    if (error < 0)
        return error;
    error = supervisor_wait(supervisor, process_is_finished, process, (int64_t)(run->limit * 1000));
    if (error == 0)
        read_report(process, report, document);
    process_destroy(process);
    if (error != -ETIMEDOUT)
        return error;
    report->hung = true;
    snprintf(report->words, sizeof(report->words), "it did not end within %.0f s", run->limit);
    return 0;
}

int web_client_measure(struct supervisor *supervisor, const struct web_client_run *run,
                       struct web_client_report *report, cJSON **document, struct problem *problem)
{
    char **words = NULL;
    int error = 0;

    *report = (struct web_client_report){0};
    *document = NULL;
    if (run->variant->kind == VARIANT_BUILT_IN)
        words = strategy_words(run);
    else
        error = command_words(run, &words, problem);
    if (error == 0)
        error = run_words(supervisor, run, words, report, document, problem);
    words_free(words);
    return error;
}

#include "bench/peers.h"

#include "bench/file.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/peers_folder.h"
#include "bench/process.h"
#include "bench/programs.h"
#include "bench/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT = 10000 };

/* What stands for itself in a command: {name} is replaced by the value. */
struct placeholder {
    const char *name;
    const char *value;
};

/* The command with paths in it, quoted for the shell; file may be NULL. */
static char *fill_in(const char *command, const char *program, const char *folder, const char *file)
{
    const struct placeholder placeholders[] = {
        {"{program}", program},
        {"{folder}", folder},
        {"{file}", file != NULL ? file : ""},
    };
    char *text = memory_text(command);

    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
        char *value = words_quoted(placeholders[i].value);
        char *longer = words_replaced(text, placeholders[i].name, value);

        free(value);
        free(text);
        text = longer;
    }
    return text;
}

/* A path is taken as it stands; a name is looked up. In new memory, or NULL. */
static char *find_one(const char *name)
{
    struct problem ignored;
    char *found = NULL;

    if (strchr(name, '/') != NULL)
        found = access(name, X_OK) == 0 ? memory_text(name) : NULL;
    else
        (void)programs_find(name, "peers", "", &found, &ignored);
    return found;
}

/* The first program of the list that is there, in new memory, or NULL. */
static char *find_program(const cJSON *runtime, const char *folder)
{
    const cJSON *one;
    char *found = NULL;

    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(runtime, "programs"))
    {
        char *path;

        if (found != NULL || !cJSON_IsString(one))
            continue;
        path = words_replaced(one->valuestring, "{folder}", folder);
        found = find_one(path);
        free(path);
    }
    return found;
}

/* What a version command that has ended printed last; -EPROTO with its own last words where it
 * failed. */
static int read_version(const struct process *process, char **version, struct problem *problem)
{
    struct process_end end = process_end(process);
    char *line = process_last_line(process, PROCESS_OUTPUT), *words;
    int error;

    if (end.status == 0 && end.signal == 0 && line[0] != '\0') {
        *version = line;
        return 0;
    }
    words = process_last_line(process, PROCESS_ERRORS);
    error = problem_set(problem, -EPROTO, "%s",
                        words[0] != '\0' ? words : "it does not say its version");
    free(words);
    free(line);
    return error;
}

static int ask_version(struct supervisor *supervisor, const char *command, char **version,
                       struct problem *problem)
{
    const char *const arguments[] = {"/bin/sh", "-c", command, NULL};
    struct process *process;
    int error = process_create(&process, supervisor, arguments, NULL, problem);

    if (error < 0)
        return error;
    error = supervisor_wait(supervisor, process_is_finished, process, LIMIT);
    if (error == 0)
        error = read_version(process, version, problem);
    else if (error == -ETIMEDOUT)
        problem_set(problem, error, "it does not say its version within %d s", LIMIT / 1000);
    process_destroy(process);
    return error;
}

/*
 * Asks a runtime of the list whether it is there. Sets its members "program" and "library", or
 * "reason". Returns 0; -EINVAL for a bad list; -EINTR.
 */
static int probe_runtime(struct supervisor *supervisor, cJSON *runtime, const char *folder,
                         struct problem *problem)
{
    const char *missing = NULL, *version = NULL;
    char *program, *command, *line = NULL;
    struct problem words;
    int error = json_text(runtime, "missing", &missing, problem);

    if (error == 0)
        error = json_text(runtime, "version", &version, problem);
    if (error < 0)
        return error;
    program = find_program(runtime, folder);
    if (program == NULL) {
        cJSON_AddStringToObject(runtime, "reason", missing);
        return 0;
    }
    cJSON_AddStringToObject(runtime, "program", program);
    command = fill_in(version, program, folder, NULL);
    error = ask_version(supervisor, command, &line, &words);
    free(command);
    free(program);
    if (error == 0) {
        cJSON_AddStringToObject(runtime, "library", line);
        free(line);
    } else if (error != -EINTR) {
        cJSON_AddStringToObject(runtime, "reason", words.text);
        error = 0;
    }
    return error;
}

static const cJSON *find_runtime(const cJSON *runtimes, const char *name)
{
    const cJSON *runtime;

    cJSON_ArrayForEach(runtime, runtimes)
    {
        const char *known = json_text_or_null(runtime, "name");

        if (known != NULL && strcmp(known, name) == 0)
            return runtime;
    }
    return NULL;
}

/* The first word of a runtime's version that begins with a digit; "" without one. */
static const char *number_of_version(const char *library)
{
    const char *at = library != NULL ? library : "";

    while (*at != '\0' && !isdigit((unsigned char)*at)) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return at;
}

/* Whether the peer's "concurrency_most" is one of the version that is here. */
static bool has_limit(const cJSON *peer, const char *library)
{
    const char *ended = json_text_or_null(peer, "concurrency_most_before");

    return cJSON_HasObjectItem(peer, "concurrency_most") &&
           (ended == NULL || strverscmp(number_of_version(library), ended) < 0);
}

static void describe_client(const cJSON *peer, const char *library, cJSON *described)
{
    static const char *const costs[] = {"start_seconds", "url_seconds"};

    if (has_limit(peer, library))
        cJSON_AddNumberToObject(described, "concurrency_most",
                                json_number_or(peer, "concurrency_most", 0));
    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
        if (cJSON_HasObjectItem(peer, costs[i]))
            cJSON_AddNumberToObject(described, costs[i], json_number_or(peer, costs[i], 0));
}

/* Makes of a peer of the file what peers_list returns of it. */
static int describe(const cJSON *peer, const cJSON *runtimes, const char *folder,
                    enum peers_kind kind, cJSON *described, struct problem *problem)
{
    const char *name = NULL, *runtime_name = NULL, *summary = NULL, *command = NULL, *reason;
    const cJSON *runtime = NULL;
    int error = json_text(peer, "name", &name, problem);

    if (error == 0)
        error = json_text(peer, "runtime", &runtime_name, problem);
    if (error == 0)
        error = json_text(peer, "summary", &summary, problem);
    if (error == 0 && (runtime = find_runtime(runtimes, runtime_name)) == NULL)
        error = problem_set(problem, -EINVAL, "'%s' names no \"runtime\" of the list", name);
    if (error == 0)
        error = json_text(runtime, "command", &command, problem);
    if (error == 0 && kind == PEERS_SERVERS && strstr(command, "{port}") == NULL)
        error = problem_set(problem, -EINVAL, "the command of '%s' has no {port}", runtime_name);
    if (error == 0 && kind == PEERS_CLIENTS && !words_name_urls(command))
        error = problem_set(problem, -EINVAL,
                            "the command of '%s' has neither {urls} nor {config} nor {aria2}",
                            runtime_name);
    if (error < 0)
        return error;
    reason = json_text_or_null(runtime, "reason");
    cJSON_AddStringToObject(described, "name", name);
    cJSON_AddStringToObject(described, "summary", summary);
    json_add_text(described, "family", json_text_or_null(runtime, "family"));
    json_add_text(described, "compute", json_text_or_null(peer, "compute"));
    json_add_text(described, "library", json_text_or_null(runtime, "library"));
    cJSON_AddBoolToObject(described, "available", reason == NULL);
    json_add_text(described, "reason", reason);
    describe_client(peer, json_text_or_null(runtime, "library"), described);
    if (reason == NULL) {
        char *line = fill_in(command, json_text_or_null(runtime, "program"), folder,
                             json_text_or_null(peer, "file"));

        cJSON_AddStringToObject(described, "command", line);
        if (kind == PEERS_CLIENTS)
            error = words_check(line, problem);
        free(line);
    } else {
        cJSON_AddNullToObject(described, "command");
    }
    return error;
}

static int read_list(const char *path, cJSON **list, struct problem *problem)
{
    size_t length;
    char *text;
    int error = file_read(path, &text, &length, problem);

    if (error < 0)
        return error;
    *list = json_parse(text, length);
    free(text);
    return *list != NULL ? 0 : problem_set(problem, -EINVAL, "it is not valid JSON");
}

static int make_list(struct supervisor *supervisor, const cJSON *list, const char *folder,
                     enum peers_kind kind, cJSON *peers, struct problem *problem)
{
    const cJSON *runtimes = NULL, *descriptions = NULL, *one;
    cJSON *runtime;
    int error = json_array(list, "runtimes", &runtimes, problem);

    if (error == 0)
        error = json_array(list, "peers", &descriptions, problem);
    if (error < 0)
        return error;
    cJSON_ArrayForEach(runtime, runtimes)
    {
        error = probe_runtime(supervisor, runtime, folder, problem);
        if (error < 0)
            return error;
    }
    cJSON_ArrayForEach(one, descriptions)
    {
        cJSON *described = cJSON_CreateObject();

        cJSON_AddItemToArray(peers, described);
        error = describe(one, runtimes, folder, kind, described, problem);
        if (error < 0)
            return error;
    }
    return 0;
}

int peers_list(struct supervisor *supervisor, enum peers_kind kind, cJSON **peers,
               struct problem *problem)
{
    cJSON *list = NULL, *made = cJSON_CreateArray();
    char *folder = NULL, *path = NULL;
    struct problem inner;
    int error = peers_folder_find(&folder, problem);

    if (error == 0 && kind == PEERS_CLIENTS) {
        path = memory_printf("%s/web", folder);
        free(folder);
        folder = path;
    }
    if (error == 0) {
        path = memory_printf("%s/peers.json", folder);
        error = read_list(path, &list, &inner);
        if (error == 0)
            error = make_list(supervisor, list, folder, kind, made, &inner);
        if (error < 0 && error != -EINTR)
            problem_set(problem, error, "%s: %.700s", path, inner.text);
    }
    cJSON_Delete(list);
    free(path);
    free(folder);
    if (error < 0)
        cJSON_Delete(made);
    else
        *peers = made;
    return error;
}

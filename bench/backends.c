#include "bench/backends.h"

#include "bench/json.h"
#include "bench/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 10000 };

static int check_list(const cJSON *list, struct problem *problem)
{
    const cJSON *backend;
    const char *name;

    if (!cJSON_IsArray(list))
        return problem_set(problem, -EPROTO, "it printed no JSON array");
    cJSON_ArrayForEach(backend, list)
    {
        if (json_text(backend, "name", &name, problem) < 0)
            return -EPROTO;
    }
    return 0;
}

int backends_list(struct supervisor *supervisor, const char *server_program, cJSON **backends,
                  struct problem *problem)
{
    const char *const arguments[] = {server_program, "--list-backends", "--json", NULL};
    struct process *process;
    struct problem inner;
    cJSON *list;
    char *line;
    int error = process_create(&process, supervisor, arguments, NULL, problem);

    if (error < 0)
        return error;
    error = supervisor_wait(supervisor, process_is_finished, process, LIMIT);
    if (error < 0) {
        process_destroy(process);
        return error == -EINTR
                   ? error
                   : problem_set(problem, error, "%s --list-backends does not end", server_program);
    }
    line = process_last_line(process, PROCESS_OUTPUT);
    list = json_parse(line, strlen(line));
    error = check_list(list, &inner);
    if (error < 0) {
        char *words = process_last_line(process, PROCESS_ERRORS);

        problem_set(problem, error, "%s --list-backends --json failed: %.300s%s%.300s",
                    server_program, inner.text, words[0] != '\0' ? "; it said: " : "", words);
        free(words);
        cJSON_Delete(list);
    } else {
        *backends = list;
    }
    free(line);
    process_destroy(process);
    return error;
}

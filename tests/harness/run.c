#include "tests/harness/run.h"

#include "tests/harness/fixture.h"
#include "tests/harness/process.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

void run_program(struct run_result *result, const char *const *argv)
{
    struct process process;
    int error = process_start(&process, (char *const *)argv, 0);

    *result = (struct run_result){.status = -2};
    if (error != 0) {
        snprintf(result->complaint, sizeof(result->complaint), "%s", strerror(-error));
        return;
    }
    if (process_read_output(&process, result->output, sizeof(result->output), DEADLINE_MS) >= 0 &&
        process_wait(&process, DEADLINE_MS) == 0)
        result->status = WIFEXITED(process.status) ? WEXITSTATUS(process.status) : -1;
    process_read_complaint(&process, result->complaint, sizeof(result->complaint));
    process_finish(&process);
}

#include "bench/process.h"

#include "bench/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS = 2, KEPT = 1 << 20, CHUNK = 1 << 14 };

struct capture {
    uv_pipe_t pipe;
    struct process *process;
    char *text;
    size_t length;
    bool ended;
};

struct process {
    struct supervisor *supervisor;
    uv_process_t handle;
    struct capture captures[STREAMS];
    struct process_end end;
    bool exited;
    unsigned open_handles;
};

/* Room for another chunk; of a long output the older half is given up. */
static void offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct capture *capture = handle->data;

    if (capture->length + CHUNK >= KEPT) {
        size_t given_up = capture->length / 2;

        memmove(capture->text, capture->text + given_up, capture->length - given_up);
        capture->length -= given_up;
    }
    capture->text = memory_resized(capture->text, capture->length + CHUNK + 1, 1);
    *room = uv_buf_init(capture->text + capture->length, CHUNK);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *room)
{
    struct capture *capture = stream->data;

    if (length > 0) {
        char *end = room->base + length;

        /* A NUL would hide what stands behind it. */
        for (char *at = room->base; (at = memchr(at, '\0', (size_t)(end - at))) != NULL; at++)
            *at = '?';
        capture->length += (size_t)length;
    } else if (length < 0) {
        capture->ended = true;
        uv_read_stop(stream);
    }
    capture->text[capture->length] = '\0';
}

static void on_exit_of(uv_process_t *handle, int64_t status, int number)
{
    struct process *process = handle->data;

    process->exited = true;
    process->end = (struct process_end){(int)status, number};
}

static void on_process_closed(uv_handle_t *handle)
{
    struct process *process = handle->data;

    process->open_handles--;
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct capture *capture = handle->data;

    capture->process->open_handles--;
}

static bool all_closed(const void *data)
{
    const struct process *process = data;

    return process->open_handles == 0;
}

/* Closing takes a turn of the loop; nothing can hold it up, so it is not a wait with a limit. */
static void close_and_free(struct process *process)
{
    uv_close((uv_handle_t *)&process->handle, on_process_closed);
    for (size_t i = 0; i < STREAMS; i++)
        uv_close((uv_handle_t *)&process->captures[i].pipe, on_pipe_closed);
    while (!all_closed(process))
        uv_run(supervisor_loop(process->supervisor), UV_RUN_ONCE);
    for (size_t i = 0; i < STREAMS; i++)
        free(process->captures[i].text);
    free(process);
}

static int spawn_on(struct process *process, const char *const *arguments, const cpu_set_t *cpus)
{
    uv_stdio_container_t stdio[1 + STREAMS] = {{.flags = UV_IGNORE}};
    uv_process_options_t options = {
        .file = arguments[0],
        .args = (char **)arguments,
        .exit_cb = on_exit_of,
        .stdio = stdio,
        .stdio_count = 1 + STREAMS,
    };
    cpu_set_t own;
    int error;

    for (size_t i = 0; i < STREAMS; i++) {
        stdio[1 + i].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[1 + i].data.stream = (uv_stream_t *)&process->captures[i].pipe;
    }
    if (cpus != NULL && (sched_getaffinity(0, sizeof(own), &own) < 0 ||
                         sched_setaffinity(0, sizeof(*cpus), cpus) < 0))
        return -errno;
    error = uv_spawn(supervisor_loop(process->supervisor), &process->handle, &options);
    if (cpus != NULL)
        sched_setaffinity(0, sizeof(own), &own);
    return error;
}

int process_create(struct process **process, struct supervisor *supervisor,
                   const char *const *arguments, const cpu_set_t *cpus, struct problem *problem)
{
    struct process *created = memory_zeroed(1, sizeof(*created));
    int error;

    created->supervisor = supervisor;
    created->open_handles = 1 + STREAMS;
    for (size_t i = 0; i < STREAMS; i++) {
        struct capture *capture = &created->captures[i];

        uv_pipe_init(supervisor_loop(supervisor), &capture->pipe, 0);
        capture->pipe.data = capture;
        capture->process = created;
        capture->text = memory_text("");
    }
    created->handle.data = created;
    error = spawn_on(created, arguments, cpus);
    /* uv_spawn initialises the handle before anything can fail, the affinity comes before it. */
    if (error < 0 && created->handle.loop == NULL)
        created->open_handles--;
    if (error < 0) {
        problem_set(problem, error, "cannot run %s: %s", arguments[0], uv_strerror(error));
        close_and_free(created);
        return error;
    }
    for (size_t i = 0; i < STREAMS; i++)
        uv_read_start((uv_stream_t *)&created->captures[i].pipe, offer_room, on_read);
    *process = created;
    return 0;
}

static bool has_exited(const void *data)
{
    return process_has_exited(data);
}

void process_destroy(struct process *process)
{
    if (process == NULL)
        return;
    process_signal(process, SIGKILL);
    while (supervisor_wait_to_clean_up(process->supervisor, has_exited, process, 1000) < 0)
        ;
    close_and_free(process);
}

pid_t process_number(const struct process *process)
{
    return process->handle.pid;
}

bool process_has_exited(const struct process *process)
{
    return process->exited;
}

bool process_is_finished(const void *data)
{
    const struct process *process = data;

    return process->exited && process->captures[PROCESS_OUTPUT].ended &&
           process->captures[PROCESS_ERRORS].ended;
}

struct process_end process_end(const struct process *process)
{
    return process->end;
}

void process_signal(struct process *process, int number)
{
    if (!process->exited)
        uv_process_kill(&process->handle, number);
}

const char *process_text(const struct process *process, enum process_stream stream)
{
    return process->captures[stream].text;
}

/* Moves *end to the end of the last line before it, and returns where that begins. */
static size_t find_last_line(const char *text, size_t *end)
{
    size_t start;

    while (*end > 0 && strchr("\r\n", text[*end - 1]) != NULL)
        (*end)--;
    for (start = *end; start > 0 && text[start - 1] != '\n';)
        start--;
    return start;
}

char *process_last_line(const struct process *process, enum process_stream stream)
{
    static const char HINT[] = "Try '";
    const char *text = process_text(process, stream);
    size_t end = strlen(text), start = find_last_line(text, &end);

    /* What was wrong stands before how to get help. */
    if (stream == PROCESS_ERRORS && start > 0 && strncmp(text + start, HINT, strlen(HINT)) == 0) {
        end = start;
        start = find_last_line(text, &end);
    }
    return memory_text_of_length(text + start, end - start);
}

char *process_line_with(const struct process *process, const char *text)
{
    for (int stream = 0; stream < STREAMS; stream++) {
        const char *line = process_text(process, (enum process_stream)stream), *end;

        for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
            if (memmem(line, (size_t)(end - line), text, strlen(text)) != NULL)
                return memory_text_of_length(line, (size_t)(end - line));
    }
    return NULL;
}

void process_describe_end(struct process_end end, char *text, size_t size)
{
    if (end.signal != 0)
        snprintf(text, size, "was killed by signal %d (%s)", end.signal, strsignal(end.signal));
    else
        snprintf(text, size, "exited with status %d", end.status);
}

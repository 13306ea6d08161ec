#include "bench/plot.h"

#include "bench/file.h"
#include "bench/memory.h"
#include "bench/plot_svg.h"
#include "bench/process.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_MS = 60000 };

struct plots {
    struct plot_picture *pictures;
    size_t count;
    char **texts;
    size_t text_count;
    char *script;
    size_t script_length;
    FILE *file;
    char *folder; /* where gnuplot works; NULL until it does */
};

struct plots *plots_create(void)
{
    struct plots *plots = memory_zeroed(1, sizeof(*plots));

    plots->file = open_memstream(&plots->script, &plots->script_length);
    if (plots->file == NULL) {
        fputs("fibbench: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return plots;
}

static char *path_of(const struct plots *plots, size_t number)
{
    return memory_printf("%s/%zu.svg", plots->folder, number);
}

static char *script_path(const struct plots *plots)
{
    return memory_printf("%s/script", plots->folder);
}

static void remove_file(char *path)
{
    unlink(path);
    free(path);
}

static void remove_folder(struct plots *plots)
{
    if (plots->folder == NULL)
        return;
    for (size_t i = 0; i < plots->count; i++)
        remove_file(path_of(plots, i));
    remove_file(script_path(plots));
    rmdir(plots->folder);
    free(plots->folder);
    plots->folder = NULL;
}

void plots_destroy(struct plots *plots)
{
    if (plots == NULL)
        return;
    remove_folder(plots);
    fclose(plots->file);
    free(plots->script);
    for (size_t i = 0; i < plots->count; i++) {
        free(plots->pictures[i].description);
        free(plots->pictures[i].svg);
    }
    for (size_t i = 0; i < plots->text_count; i++)
        free(plots->texts[i]);
    free(plots->pictures);
    free(plots->texts);
    free(plots);
}

size_t plots_begin(struct plots *plots, unsigned width, unsigned height, const char *description)
{
    plots->pictures = memory_grown(plots->pictures, plots->count, sizeof(*plots->pictures));
    plots->pictures[plots->count] = (struct plot_picture){
        .number = plots->count,
        .width = width,
        .height = height,
        .description = memory_text(description),
    };
    /* Relative to the folder, which the first line of the script goes to. */
    fprintf(plots->file,
            "reset\nset terminal svg size %u,%u fixed font 'sans-serif,%d' noenhanced\n"
            "set output '%zu.svg'\nset border 0\nunset key\n",
            width, height, PLOT_FONT, plots->count);
    return plots->count++;
}

FILE *plots_script(struct plots *plots)
{
    return plots->file;
}

const char *plot_colour_code(enum plot_colour colour)
{
    static const char codes[PLOT_COLOURS][10] = {
        "'#00cc00'", "'#00cc01'", "'#00cc02'", "'#00cc03'", "'#00cc04'", "'#00cc05'", "'#00cc06'",
        "'#00cc07'", "'#00cc08'", "'#00cc09'", "'#00cc0a'", "'#00cc0b'", "'#00cc0c'", "'#00cc0d'",
    };

    return codes[colour];
}

void plots_text(struct plots *plots, const char *text)
{
    plots->texts = memory_grown(plots->texts, plots->text_count, sizeof(*plots->texts));
    plots->texts[plots->text_count] = memory_text(text);
    fprintf(plots->file, "'@L%zu@'", plots->text_count++);
}

/* The folder's name, as a text of gnuplot in single quotes. */
static char *script_text(const struct plots *plots)
{
    char *quoted = memory_zeroed(2 * strlen(plots->folder) + 1, 1), *at = quoted, *script;

    for (const char *from = plots->folder; *from != '\0'; from++) {
        *at++ = *from;
        if (*from == '\'')
            *at++ = '\'';
    }
    script = memory_printf("cd '%s'\n%s", quoted, plots->script);
    free(quoted);
    return script;
}

static int write_script(struct plots *plots, struct problem *problem)
{
    const char *temporary = getenv("TMPDIR");
    char *path, *text;
    int error;

    if (temporary == NULL || temporary[0] == '\0')
        temporary = "/tmp";
    plots->folder = memory_printf("%s/fibbench-XXXXXX", temporary);
    if (mkdtemp(plots->folder) == NULL) {
        error = problem_set(problem, -errno, "cannot create a folder in %s: %s", temporary,
                            strerror(errno));
        free(plots->folder);
        plots->folder = NULL;
        return error;
    }
    path = script_path(plots);
    text = script_text(plots);
    error = file_replace(path, text, strlen(text), problem);
    free(text);
    free(path);
    return error;
}

static int wait_for(struct supervisor *supervisor, struct process *process, struct problem *problem)
{
    int error = supervisor_wait(supervisor, process_is_finished, process, LIMIT_MS);
    char how[128], *words;

    if (error == -EINTR)
        return problem_set(problem, error, "interrupted");
    if (error < 0)
        return problem_set(problem, error, "gnuplot did not end within %d s", LIMIT_MS / 1000);
    if (process_end(process).status == 0 && process_end(process).signal == 0)
        return 0;
    process_describe_end(process_end(process), how, sizeof(how));
    words = process_last_line(process, PROCESS_ERRORS);
    problem_set(problem, -EIO, "gnuplot %s: %.800s", how, words);
    free(words);
    return -EIO;
}

static int run_gnuplot(struct plots *plots, struct supervisor *supervisor, struct problem *problem)
{
    char *path = script_path(plots);
    const char *arguments[] = {"gnuplot", path, NULL};
    struct process *process;
    int error = process_create(&process, supervisor, arguments, NULL, problem);

    if (error == 0) {
        error = wait_for(supervisor, process, problem);
        process_destroy(process);
    }
    free(path);
    return error;
}

static int read_picture(struct plots *plots, struct plot_picture *picture, struct problem *problem)
{
    char *path = path_of(plots, picture->number), *drawn;
    size_t length;
    int error = file_read(path, &drawn, &length, problem);

    free(path);
    if (error < 0)
        return error;
    error = plot_svg_adapt(picture, drawn, plots->texts, plots->text_count, problem);
    free(drawn);
    return error;
}

int plots_draw(struct plots *plots, struct supervisor *supervisor, struct problem *problem)
{
    bool found = true;
    int error;

    if (plots->count == 0)
        return 0;
    fputs("unset output\n", plots->file);
    fflush(plots->file);
    error = write_script(plots, problem);
    if (error == 0) {
        error = run_gnuplot(plots, supervisor, problem);
        found = error != -ENOENT;
    }
    for (size_t i = 0; i < plots->count && error == 0; i++)
        error = read_picture(plots, &plots->pictures[i], problem);
    remove_folder(plots);
    /* A file that is not there is not a gnuplot that is not there. */
    return error == -ENOENT && found ? -EIO : error;
}

const char *plots_svg(const struct plots *plots, size_t number)
{
    return plots->pictures[number].svg;
}

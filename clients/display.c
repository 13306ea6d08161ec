#include "clients/display.h"

#include <stdio.h>
#include <unistd.h>

void display_init(struct display *display, const struct client_options *options)
{
    *display = (struct display){.options = options, .terminal = isatty(STDERR_FILENO) == 1};
}

void display_clear(struct display *display)
{
    if (!display->line_shown)
        return;
    fputs("\r\033[K", stderr);
    display->line_shown = false;
}

static bool prints_lines(const struct display *display, enum client_mode mode)
{
    return display->options->mode == mode && !display->options->json;
}

static void show_line(struct display *display, const struct load_progress *progress)
{
    unsigned total = display->options->load.connections + display->options->load.idle;

    display_clear(display);
    switch (progress->phase) {
    case LOAD_CONNECTING:
        fprintf(stderr, "connecting: %u of %u", progress->open, total);
        break;
    case LOAD_MEASURING:
        fprintf(stderr, "%.0f s", progress->seconds);
        if (display->options->load.seconds > 0)
            fprintf(stderr, " of %g s", display->options->load.seconds);
        fprintf(stderr, ": %.0f requests/s", (double)progress->requests / progress->interval);
        break;
    case LOAD_DRAINING:
        fprintf(stderr, "waiting for answers still due");
        break;
    }
    if (progress->errors > 0)
        fprintf(stderr, ", %llu errors", (unsigned long long)progress->errors);
    fflush(stderr);
    display->line_shown = true;
}

static void on_progress(void *context, const struct load_progress *progress)
{
    struct display *display = context;

    if (progress->phase == LOAD_MEASURING && prints_lines(display, CLIENT_FAST)) {
        display_clear(display);
        printf("%.0f requests/s\n", (double)progress->requests / progress->interval);
    } else if (display->terminal) {
        show_line(display, progress);
    }
}

static void on_answer(void *context, unsigned connection, double seconds, bool late)
{
    struct display *display = context;

    display_clear(display);
    printf("%.6f s/request%s\n", seconds, late ? ", after the end" : "");
}

static void on_problem(void *context, const char *text)
{
    struct display *display = context;

    display_clear(display);
    fprintf(stderr, "fibclient: %s\n", text);
}

struct load_observer display_observer(struct display *display)
{
    struct load_observer observer = {.context = display, .problem = on_problem};

    if (display->terminal || prints_lines(display, CLIENT_FAST))
        observer.progress = on_progress;
    if (prints_lines(display, CLIENT_SLOW))
        observer.answer = on_answer;
    return observer;
}

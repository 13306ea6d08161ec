#include "bench/progress.h"

#include "common/clock.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR = 20, LINE = 400 };

void progress_init(struct progress *progress, FILE *file, unsigned total, unsigned rounds,
                   double planned_seconds)
{
    *progress = (struct progress){.file = file,
                                  .terminal = isatty(fileno(file)) == 1,
                                  .total = total,
                                  .rounds = rounds,
                                  .planned_total = planned_seconds};
}

void progress_skip(struct progress *progress, double planned_seconds)
{
    progress->done++;
    progress->planned_done += planned_seconds;
}

void progress_add(struct progress *progress, double planned_seconds)
{
    progress->total++;
    progress->planned_total += planned_seconds;
}

static double passed(const struct progress *progress)
{
    return progress->begun == 0 ? 0 : (double)(clock_ns() - progress->begun) / 1e9;
}

double progress_seconds_left(const struct progress *progress)
{
    double stretch = progress->spent_plan > 0 ? progress->spent / progress->spent_plan : 1;
    double planned = progress->planned_total - progress->planned_done;

    return fmax(0, planned * stretch - fmin(passed(progress), progress->planned_now * stretch));
}

static void format_left(const struct progress *progress, char *text, size_t size)
{
    long seconds = lround(progress_seconds_left(progress));

    snprintf(text, size, "%ld:%02ld left", seconds / 60, seconds % 60);
}

static size_t terminal_width(const struct progress *progress)
{
    struct winsize size;

    if (ioctl(fileno(progress->file), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

void progress_draw(struct progress *progress)
{
    char line[LINE], left[32], bar[BAR + 1];
    size_t width, filled = 0;

    if (!progress->terminal)
        return;
    if (progress->planned_total > 0)
        filled = (size_t)fmin(BAR, BAR * progress->planned_done / progress->planned_total);
    for (size_t i = 0; i < BAR; i++)
        bar[i] = i < filled ? '#' : '-';
    bar[BAR] = '\0';
    format_left(progress, left, sizeof(left));
    snprintf(line, sizeof(line), "[%s] %u/%u  %s  %s", bar, progress->done, progress->total, left,
             progress->now);
    width = terminal_width(progress);
    if (width <= sizeof(line))
        line[width - 1] = '\0';
    fprintf(progress->file, "\r%s\033[K", line);
    fflush(progress->file);
    progress->drawn = true;
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", progress->file);
    fflush(progress->file);
    progress->drawn = false;
}

void progress_begin(struct progress *progress, unsigned round, const char *label,
                    double planned_seconds)
{
    progress->begun = clock_ns();
    progress->planned_now = planned_seconds;
    snprintf(progress->now, sizeof(progress->now), "round %u/%u  %.100s", round + 1,
             progress->rounds, label);
    progress->label_end = strlen(progress->now);
    progress_draw(progress);
}

void progress_detail(struct progress *progress, const char *scenario)
{
    if (!progress->terminal)
        return;
    snprintf(progress->now + progress->label_end, sizeof(progress->now) - progress->label_end,
             " (%s)", scenario);
    progress_draw(progress);
}

void progress_end(struct progress *progress, const char *result)
{
    char left[32];

    progress->spent += passed(progress);
    progress->spent_plan += progress->planned_now;
    progress->planned_done += progress->planned_now;
    progress->planned_now = 0;
    progress->done++;
    if (progress->terminal) {
        progress_draw(progress);
        return;
    }
    format_left(progress, left, sizeof(left));
    fprintf(progress->file, "[%*u/%u] %s  %.1f s%s%s  (%s)\n", progress->total > 99 ? 3 : 2,
            progress->done, progress->total, progress->now, passed(progress),
            result[0] != '\0' ? "  " : "", result, left);
    fflush(progress->file);
}

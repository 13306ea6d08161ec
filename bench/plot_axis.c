#include "bench/plot_axis.h"

#include "bench/memory.h"

#include <math.h>
#include <stdlib.h>

struct plot_axis plot_axis_of(enum plot_quantity quantity, const char *title)
{
    return (struct plot_axis){
        .quantity = quantity, .title = title, .low = INFINITY, .high = -INFINITY};
}

bool plot_axis_takes(const struct plot_axis *axis, double value)
{
    return isfinite(value) && (!axis->logarithmic || value > 0);
}

void plot_axis_cover(struct plot_axis *axis, double value)
{
    if (!plot_axis_takes(axis, value))
        return;
    axis->low = fmin(axis->low, value);
    axis->high = fmax(axis->high, value);
}

void plot_axis_settle(struct plot_axis *axis)
{
    double room;

    if (axis->low > axis->high)
        axis->low = axis->high = 1;
    if (axis->logarithmic) {
        room = fmax(pow(axis->high / axis->low, 0.04), 1.05);
        if (axis->quantity != PLOT_PERCENTILE)
            axis->low /= room;
        axis->high *= room;
        return;
    }
    if (axis->from_zero)
        axis->low = fmin(axis->low, 0);
    room = fmax((axis->high - axis->low) * 0.05, fabs(axis->high) * 0.005);
    if (!axis->from_zero)
        axis->low -= room;
    axis->high += room;
}

static double scaled(const struct plot_axis *axis, double value)
{
    return axis->logarithmic ? log(value) : value;
}

double plot_axis_place(const struct plot_axis *axis, double value)
{
    return (scaled(axis, value) - scaled(axis, axis->low)) /
           (scaled(axis, axis->high) - scaled(axis, axis->low));
}

/* Units that a number is written in, the first one for `base` to the power of 0. */
struct scale {
    double base;
    const char *const *units;
    int unit; /* of 1 */
    int count;
};

static char *scaled_text(const struct scale *scale, double value, bool digits)
{
    int unit = scale->unit;

    while (unit + 1 < scale->count && fabs(value) >= 0.9995 * scale->base) {
        value /= scale->base;
        unit++;
    }
    while (unit > 0 && value != 0 && fabs(value) < 0.9995) {
        value *= scale->base;
        unit--;
    }
    if (fabs(value) >= 99.95)
        return memory_printf("%.0f%s", value, scale->units[unit]);
    return memory_printf(digits ? "%#.3g%s" : "%.3g%s", value, scale->units[unit]);
}

static char *quantity_text(enum plot_quantity quantity, double value, bool digits)
{
    static const char *const numbers[] = {"", " k", " M", " G"};
    static const char *const times[] = {" ns", " µs", " ms", " s"};
    static const char *const bytes[] = {" B", " kB", " MB", " GB"};

    switch (quantity) {
    case PLOT_SECONDS:
        return value == 0 ? memory_text("0")
                          : scaled_text(&(struct scale){1000, times, 3, 4}, value, digits);
    case PLOT_MICROSECONDS:
        return quantity_text(PLOT_SECONDS, value / 1e6, digits);
    case PLOT_MEBIBYTES:
        return memory_printf(fabs(value) >= 99.95 ? "%.0f MiB"
                             : digits             ? "%#.3g MiB"
                                                  : "%.3g MiB",
                             value);
    case PLOT_TIMES:
        return memory_printf(fabs(value) >= 99.95 ? "%.0f" : digits ? "%#.3g" : "%.3g", value);
    case PLOT_BYTES:
        return scaled_text(&(struct scale){1000, bytes, 0, 4}, value, digits);
    case PLOT_PERCENT:
        return memory_printf("%.3g %%", value * 100);
    case PLOT_PERCENTILE:
        return memory_printf("%.7g %%", 100 * (1 - 1 / value));
    default:
        /* "10,000" reads better than "10 k" where it counts things. */
        if (quantity == PLOT_NUMBER && fabs(value) < 9999.5)
            return memory_printf("%.4g", value);
        if (quantity == PLOT_NUMBER && value < 999999.5)
            return memory_printf("%d,%03d", (int)round(value) / 1000, (int)round(value) % 1000);
        return value == 0 ? memory_text("0")
                          : scaled_text(&(struct scale){1000, numbers, 0, 4}, value, digits);
    }
}

char *plot_quantity_text(enum plot_quantity quantity, double value)
{
    return quantity_text(quantity, value, false);
}

char *plot_quantity_digits(enum plot_quantity quantity, double value)
{
    return quantity_text(quantity, value, true);
}

static void write_tic(struct plots *plots, enum plot_quantity quantity, double value, bool first)
{
    char *text = plot_quantity_text(quantity, value);

    if (!first)
        fputs(", ", plots_script(plots));
    plots_text(plots, text);
    fprintf(plots_script(plots), " %.10g", value);
    free(text);
}

/* 1, 2, 5, 10, 20, ... as far as they are few enough, else 1, 10, ... */
static void write_log_tics(struct plots *plots, const struct plot_axis *axis, unsigned most)
{
    static const double steps[] = {1, 2, 5};
    double decades = log10(axis->high / axis->low);
    int every = (int)ceil(decades / most);
    size_t step_count = decades * 3 <= most ? 3 : 1;
    bool first = true;

    if (axis->quantity == PLOT_PERCENTILE) {
        write_tic(plots, axis->quantity, 2, first);
        first = false;
        step_count = 1;
    }
    every = every < 1 ? 1 : every;
    for (int decade = (int)floor(log10(axis->low)); decade <= (int)ceil(log10(axis->high));
         decade++)
        for (size_t i = 0; i < step_count; i++) {
            double value = steps[i] * pow(10, decade);

            if (decade % every != 0 || value < axis->low || value > axis->high)
                continue;
            write_tic(plots, axis->quantity, value, first);
            first = false;
        }
    /* A range within one step of 1, 2, 5: its ends say more than no tic at all. */
    if (first) {
        write_tic(plots, axis->quantity, axis->low * 1.02, true);
        write_tic(plots, axis->quantity, axis->high / 1.02, false);
    }
}

static void write_linear_tics(struct plots *plots, const struct plot_axis *axis, unsigned most)
{
    double range = axis->high - axis->low, step = pow(10, floor(log10(range)));
    static const double factors[] = {0.1, 0.2, 0.5, 1, 2, 5};
    double begin;
    size_t i = 0;
    int steps;

    while (i + 1 < sizeof(factors) / sizeof(factors[0]) && range / (step * factors[i]) > most)
        i++;
    step *= factors[i];
    begin = ceil(axis->low / step) * step;
    steps = (int)floor((axis->high * (1 + 1e-9) - begin) / step);
    for (int j = 0; j <= steps; j++) {
        double value = begin + j * step;

        write_tic(plots, axis->quantity, fabs(value) < step / 2 ? 0 : value, j == 0);
    }
}

void plot_axis_write(struct plots *plots, const struct plot_axis *axis, char letter, unsigned most)
{
    FILE *script = plots_script(plots);

    if (axis->logarithmic)
        fprintf(script, "set logscale %c\n", letter);
    fprintf(script, "set %crange [%.10g:%.10g]\nset %ctics scale 0 nomirror textcolor rgb %s (",
            letter, axis->low, axis->high, letter, plot_colour_code(PLOT_MUTED));
    if (axis->logarithmic)
        write_log_tics(plots, axis, most);
    else
        write_linear_tics(plots, axis, most);
    fprintf(script, ")\nset grid %ctics lt 1 lw 1 lc rgb %s\n", letter,
            plot_colour_code(PLOT_GRID));
}

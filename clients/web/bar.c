#include "clients/web/bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { FIRST_MS = 500, PERIOD_MS = 200, CELLS = 24 };

static const int64_t ns_per_ms = 1000000;

void bar_init(struct bar *bar, struct source *source, bool wanted, int64_t now)
{
    *bar = (struct bar){
        .source = source,
        .wanted = wanted && isatty(STDERR_FILENO) == 1,
        .started = now,
        .due = now + FIRST_MS * ns_per_ms,
    };
    if (!bar->wanted)
        bar->due = INT64_MAX;
}

static void draw_share(double share, double seconds)
{
    int filled = (int)(share * CELLS);

    putc('[', stderr);
    for (int i = 0; i < CELLS; i++)
        putc(i < filled ? '=' : ' ', stderr);
    fprintf(stderr, "] %2.0f %%, ", share * 100);
    if (share > 0)
        fprintf(stderr, "%.0f s left, ", seconds * (1 - share) / share);
}

int64_t bar_draw(struct bar *bar, int64_t now, const struct bar_state *state)
{
    double seconds = (double)(now - bar->started) / 1e9, share;
    uint64_t total;

    if (now < bar->due)
        return bar->due;
    bar_clear(bar);
    total = bar->source->operations->total != NULL
                ? bar->source->operations->total(bar->source, state->done + state->under_way)
                : 0;
    share = total > 0 ? (double)state->done / (double)total : 0;
    if (total > 0)
        draw_share(share < 1 ? share : 1, seconds);
    fprintf(stderr, "%" PRIu64 " done, %" PRIu64 " failed, %u under way, %.0f/s", state->done,
            state->failed, state->under_way, (double)state->done / seconds);
    fflush(stderr);
    bar->shown = true;
    bar->due = now + PERIOD_MS * ns_per_ms;
    return bar->due;
}

void bar_clear(struct bar *bar)
{
    if (!bar->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    bar->shown = false;
}

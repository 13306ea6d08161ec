#include "bench/plot_label.h"

#include "bench/memory.h"

#include <stdlib.h>
#include <string.h>

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += begins_character(*text);
    return count;
}

/* In units of the size, a little more than what most fonts for screens have. */
static double character_width(char byte)
{
    if (!begins_character(byte))
        return 0;
    if (strchr("iljft.,:;'|!I()[]", byte) != NULL)
        return 0.42;
    return strchr("mwMW@%&<>=+^_{}#~", byte) != NULL ? 0.9 : 0.63;
}

double plot_text_width(const char *text, double size)
{
    double width = 0;

    for (; *text != '\0'; text++)
        width += character_width(*text);
    return width * size;
}

char *plot_text_cut(const char *text, size_t characters)
{
    size_t length = 0, count = 0;

    if (count_characters(text) <= characters)
        return memory_text(text);
    for (; count + 1 < characters || !begins_character(text[length]); length++)
        count += begins_character(text[length + 1]);
    return memory_printf("%.*s…", (int)length, text);
}

bool plot_box_overlaps(const struct plot_box *one, const struct plot_box *other)
{
    return one->left < other->right && other->left < one->right && one->top < other->bottom &&
           other->top < one->bottom;
}

static int compare_places(const void *left, const void *right)
{
    const double *const *one = left, *const *other = right;

    return (**one > **other) - (**one < **other);
}

void plot_spread(double *places, size_t count, double least, double low, double high)
{
    double **order = memory_zeroed(count + 1, sizeof(*order));

    for (size_t i = 0; i < count; i++)
        order[i] = &places[i];
    qsort(order, count, sizeof(*order), compare_places);
    for (size_t i = 0; i < count; i++) {
        double floor = i == 0 ? low : *order[i - 1] + least;

        if (*order[i] < floor)
            *order[i] = floor;
    }
    for (size_t i = count; i-- > 0;) {
        double ceiling = i + 1 == count ? high : *order[i + 1] - least;

        if (*order[i] > ceiling)
            *order[i] = ceiling;
    }
    free(order);
}

#include "bench/peers_slow_n.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "common/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOW_N_MOST = 50 };

static bool is_family(const char *family, const char *name, size_t length)
{
    return family != NULL && strlen(family) == length && strncmp(family, name, length) == 0;
}

static bool is_known(const cJSON *peers, const char *name, size_t length)
{
    const cJSON *peer;

    cJSON_ArrayForEach(peer, peers)
    {
        if (is_family(json_text_or_null(peer, "family"), name, length))
            return true;
    }
    return false;
}

static int apply_one(const char *one, const cJSON *peers, struct variant_list *variants,
                     struct problem *problem)
{
    size_t length = strcspn(one, "=");
    long n;

    if (one[length] == '\0' || number_parse(one + length + 1, 1, SLOW_N_MOST, &n) < 0)
        return problem_set(problem, -EINVAL,
                           "--peers-slow-n takes LANGUAGE=N with N of 1 to %d, separated by "
                           "commas, not '%s'",
                           SLOW_N_MOST, one);
    if (!is_known(peers, one, length))
        return problem_set(problem, -EINVAL, "--peers-slow-n: there are no peers in '%.*s'",
                           (int)length, one);
    for (size_t i = 0; i < variants->count; i++)
        if (variants->variants[i].peer && is_family(variants->variants[i].family, one, length))
            variants->variants[i].slow_n = (unsigned)n;
    return 0;
}

int peers_slow_n_apply(const char *list, const cJSON *peers, struct variant_list *variants,
                       struct problem *problem)
{
    int error = 0;

    if (peers == NULL)
        return problem_set(problem, -EINVAL, "--peers-slow-n is for the rows of --peers");
    while (list != NULL && error == 0) {
        size_t length = strcspn(list, ",");
        char *one = memory_text_of_length(list, length);

        error = apply_one(one, peers, variants, problem);
        free(one);
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return error;
}

char *peers_slow_n_text(const struct variant_list *variants)
{
    char *text = NULL, *longer;

    for (size_t i = 0; i < variants->count; i++) {
        const struct variant *variant = &variants->variants[i];

        if (!variant_list_begins_family(variants, i) || variant->slow_n == 0)
            continue;
        longer = memory_printf("%s%s%s=%u", text != NULL ? text : "", text != NULL ? "," : "",
                               variant->family, variant->slow_n);
        free(text);
        text = longer;
    }
    return text;
}

#include "bench/noise.h"

#include "bench/file.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char FORMAT[] = "fibbench-noise", MACHINES[] = "machines";

enum { RUNS_KEPT = 10, TENTHS_KEPT_TO = 9 };

struct noise {
    char *path;
    char *machine;
    cJSON *document;
};

/* Two machines of one kind may share a home folder, and are then taken for one. */
static char *machine_of(const cJSON *host, const cJSON *placement)
{
    static const char *const members[] = {"cpu", "cpus", "virtualisation"};
    const char *name = json_text_or_null(placement, "name");
    char *machine = memory_text(name != NULL ? name : "unknown placement");

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(host, members[i]);
        char *value = member != NULL ? cJSON_PrintUnformatted(member) : memory_text("null");
        char *longer = memory_printf("%s, %s %s", machine, members[i], value);

        free(value);
        free(machine);
        machine = longer;
    }
    return machine;
}

static char *default_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return memory_printf("%s/fibbench/noise.json", state);
    if (home != NULL && home[0] == '/')
        return memory_printf("%s/.local/state/fibbench/noise.json", home);
    return NULL;
}

static int parse(struct noise *noise, const char *text, size_t length, struct problem *problem)
{
    const char *format;

    noise->document = json_parse(text, length);
    format = json_text_or_null(noise->document, "format");
    if (format == NULL || strcmp(format, FORMAT) != 0 ||
        json_number_or(noise->document, "version", 0) != 1 ||
        !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(noise->document, MACHINES)))
        return problem_set(problem, -EINVAL,
                           "%s is no record of earlier runs' noise: remove it, or name another "
                           "file with --noise-file",
                           noise->path);
    return 0;
}

static int read_noise(struct noise *noise, struct problem *problem)
{
    size_t length;
    char *text;
    int error = file_read(noise->path, &text, &length, problem);

    if (error == -ENOENT) {
        noise->document = cJSON_CreateObject();
        cJSON_AddStringToObject(noise->document, "format", FORMAT);
        cJSON_AddNumberToObject(noise->document, "version", 1);
        cJSON_AddObjectToObject(noise->document, MACHINES);
        return 0;
    }
    if (error < 0)
        return error;
    error = parse(noise, text, length, problem);
    free(text);
    return error;
}

int noise_create(struct noise **noise, const char *path, const cJSON *host, const cJSON *placement,
                 struct problem *problem)
{
    struct noise *created;
    char *found = path != NULL ? memory_text(path) : default_path();
    int error;

    if (found == NULL)
        return problem_set(problem, -ENOENT,
                           "neither XDG_STATE_HOME nor HOME says where earlier runs' noise is "
                           "kept: set one, or name a file with --noise-file");
    created = memory_zeroed(1, sizeof(*created));
    created->path = found;
    created->machine = machine_of(host, placement);
    error = read_noise(created, problem);
    if (error < 0)
        noise_destroy(created);
    else
        *noise = created;
    return error;
}

void noise_destroy(struct noise *noise)
{
    if (noise == NULL)
        return;
    cJSON_Delete(noise->document);
    free(noise->machine);
    free(noise->path);
    free(noise);
}

static cJSON *machine_in(const struct noise *noise)
{
    return cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(noise->document, MACHINES), noise->machine);
}

double noise_bound(const struct noise *noise, const char *column)
{
    double bounds[RUNS_KEPT];
    const cJSON *bound;
    size_t count = 0;

    if (noise == NULL)
        return 0;
    cJSON_ArrayForEach(bound, cJSON_GetObjectItemCaseSensitive(machine_in(noise), column))
    {
        if (cJSON_IsNumber(bound) && isfinite(bound->valuedouble) && bound->valuedouble >= 0 &&
            count < RUNS_KEPT)
            bounds[count++] = bound->valuedouble;
    }
    if (count == 0)
        return 0;
    statistics_sort(bounds, count);
    return bounds[(count * TENTHS_KEPT_TO + 9) / 10 - 1];
}

void noise_add(struct noise *noise, const char *column, double bound)
{
    cJSON *machine = machine_in(noise), *bounds;

    if (!cJSON_IsObject(machine)) {
        cJSON *machines = cJSON_GetObjectItemCaseSensitive(noise->document, MACHINES);

        cJSON_DeleteItemFromObjectCaseSensitive(machines, noise->machine);
        machine = cJSON_AddObjectToObject(machines, noise->machine);
    }
    bounds = cJSON_GetObjectItemCaseSensitive(machine, column);
    if (!cJSON_IsArray(bounds)) {
        cJSON_DeleteItemFromObjectCaseSensitive(machine, column);
        bounds = cJSON_AddArrayToObject(machine, column);
    }
    cJSON_AddItemToArray(bounds, cJSON_CreateNumber(bound));
    while (cJSON_GetArraySize(bounds) > RUNS_KEPT)
        cJSON_DeleteItemFromArray(bounds, 0);
}

/* All folders above the file that are not there yet; what stands in the way the writing will say.
 */
static void make_folders(const char *path)
{
    char *folder = memory_text(path);

    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(folder, 0777);
        *slash = '/';
    }
    free(folder);
}

int noise_write(const struct noise *noise, struct problem *problem)
{
    char *text = cJSON_Print(noise->document);
    int error;

    make_folders(noise->path);
    error = file_replace(noise->path, text, strlen(text), problem);
    free(text);
    return error;
}

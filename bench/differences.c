#include "bench/differences.h"

#include "bench/json.h"
#include "bench/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *group; /* NULL: of the document itself */
    const char *name;
    const char *meaning;
} members[] = {
    {"host", "cpu", "the CPU"},
    {"host", "architecture", "the architecture"},
    {"host", "cpus", "the number of CPUs"},
    {"host", "cpus_allowed", "the number of CPUs to use"},
    {"host", "virtualisation", "the virtualisation"},
    {"host", "memory_bytes", "the memory"},
    {"host", "kernel", "the kernel"},
    {"host", "governor", "the governor"},
    {"program", "version", "the program's version"},
    {"program", "revision", "the program's revision"},
    {"program", "modified", "whether the sources differed from the revision"},
    {"builds", "server", "the build of the server"},
    {"builds", "client", "the build of the client"},
    {"placement", "name", "the placement"},
    {"placement", "server_cpus", "the server's CPU"},
    {"placement", "client_cpus", "the clients' CPU"},
    {"placement", "pool_cpus", "the pool's CPU"},
    {NULL, "workers", "the number of workers"},
    {NULL, "slow_n", "what a slow client asks for"},
    {NULL, "peers_slow_n", "what slow clients ask the peers for"},
    {NULL, "fast_seconds", "the window of fast clients"},
    {NULL, "rounds", "the number of rounds"},
    {NULL, "slow_rounds", "the number of rounds with slow clients"},
};

static const cJSON *member_of(const cJSON *document, const char *group, const char *name)
{
    if (group != NULL)
        document = cJSON_GetObjectItemCaseSensitive(document, group);
    return cJSON_GetObjectItemCaseSensitive(document, name);
}

static bool are_alike(const cJSON *old, const cJSON *new, const char *name)
{
    if (strcmp(name, "memory_bytes") == 0 && cJSON_IsNumber(old) && cJSON_IsNumber(new))
        return fabs(old->valuedouble - new->valuedouble) <= 0.05 * old->valuedouble;
    return cJSON_Compare(old, new, true);
}

static void add(struct differences *differences, const char *member, const char *meaning,
                const cJSON *old, const cJSON *new)
{
    struct difference one = {memory_text(member), memory_text(meaning), old, new};

    differences->list =
        memory_grown(differences->list, differences->count, sizeof(*differences->list));
    differences->list[differences->count++] = one;
}

static void compare(struct differences *differences, const cJSON *old, const cJSON *new,
                    const char *group, const char *name, const char *meaning)
{
    char *member;

    if (old == NULL || new == NULL || are_alike(old, new, name))
        return;
    member = group != NULL ? memory_printf("%s.%s", group, name) : memory_text(name);
    add(differences, member, meaning, old, new);
    free(member);
}

static bool is_listed(const char *group, const char *name)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (members[i].group != NULL && strcmp(members[i].group, group) == 0 &&
            strcmp(members[i].name, name) == 0)
            return true;
    return false;
}

/* What else is said of the host; its load is another at every moment. */
static void compare_hosts(struct differences *differences, const cJSON *old, const cJSON *new)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(old, "host"))
    {
        char *meaning;

        if (member->string == NULL || is_listed("host", member->string) ||
            strncmp(member->string, "load", 4) == 0)
            continue;
        meaning = memory_printf("the host's \"%s\"", member->string);
        compare(differences, member, member_of(new, "host", member->string), "host", member->string,
                meaning);
        free(meaning);
    }
}

static const cJSON *find_row(const cJSON *document, const char *label)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
    {
        const char *name = json_text_or_null(row, "label");

        if (name != NULL && strcmp(name, label) == 0)
            return row;
    }
    return NULL;
}

/* Rows of one library differ alike: that is said once. */
static bool is_known(const struct differences *differences, size_t from, const cJSON *old,
                     const cJSON *new)
{
    for (size_t i = from; i < differences->count; i++)
        if (cJSON_Compare(differences->list[i].old, old, true) &&
            cJSON_Compare(differences->list[i].new, new, true))
            return true;
    return false;
}

static void add_library(struct differences *differences, const char *label, const cJSON *old,
                        const cJSON *new)
{
    char *member = memory_printf("rows.%s.library", label);
    char *meaning = memory_printf("the library of %s", label);

    add(differences, member, meaning, old, new);
    free(member);
    free(meaning);
}

static void compare_libraries(struct differences *differences, const cJSON *old, const cJSON *new)
{
    size_t from = differences->count;
    const cJSON *row;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(old, "rows"))
    {
        const char *label = json_text_or_null(row, "label");
        const cJSON *theirs = label != NULL ? find_row(new, label) : NULL;
        const cJSON *before = cJSON_GetObjectItemCaseSensitive(row, "library");
        const cJSON *after = cJSON_GetObjectItemCaseSensitive(theirs, "library");

        if (before == NULL || after == NULL || cJSON_Compare(before, after, true) ||
            is_known(differences, from, before, after))
            continue;
        add_library(differences, label, before, after);
    }
}

void differences_find(struct differences *differences, const cJSON *old, const cJSON *new)
{
    *differences = (struct differences){0};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        compare(differences, member_of(old, members[i].group, members[i].name),
                member_of(new, members[i].group, members[i].name), members[i].group,
                members[i].name, members[i].meaning);
    compare_hosts(differences, old, new);
    compare_libraries(differences, old, new);
}

void differences_finish(struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        free(differences->list[i].member);
        free(differences->list[i].meaning);
    }
    free(differences->list);
    *differences = (struct differences){0};
}

bool differences_have(const struct differences *differences, const char *member)
{
    for (size_t i = 0; i < differences->count; i++)
        if (strcmp(differences->list[i].member, member) == 0)
            return true;
    return false;
}

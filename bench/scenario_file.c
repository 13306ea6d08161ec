#include "bench/file.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/scenario.h"
#include "bench/table.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char BUILT_IN[] =
#include "scenarios.inc"
    ;

static const char FORMAT[] = "fibbench-scenarios";
enum {
    VERSION = 1,
    NAME_LONGEST = 40,
    TEXT_LONGEST = 200,
    CLIENT_GROUPS = 4,
    CONCURRENCY_MOST = 10000,
};

enum member_kind {
    MEMBER_TEXT,   /* const char * */
    MEMBER_CHOICE, /* const char *, one of choices */
    MEMBER_COUNT,  /* unsigned */
    MEMBER_NUMBER, /* double */
    MEMBER_FLAG,   /* bool */
    MEMBER_OTHER,  /* read by itself */
};

/* What an object may have. */
struct member {
    const char *name;
    enum member_kind kind;
    bool required;
    double minimum; /* of a number */
    double maximum;
    const char *choices; /* with a blank on either side of each */
    size_t offset;
};

static const struct member scenario_members[] = {
    {.name = "name",
     .kind = MEMBER_TEXT,
     .required = true,
     .offset = offsetof(struct scenario, name)},
    {.name = "summary", .kind = MEMBER_TEXT, .offset = offsetof(struct scenario, summary)},
    {.name = "published", .kind = MEMBER_FLAG, .offset = offsetof(struct scenario, published)},
    {.name = "profiles", .kind = MEMBER_OTHER},
    {.name = "rounds",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = 1000,
     .offset = offsetof(struct scenario, rounds)},
    {.name = "window_seconds",
     .kind = MEMBER_NUMBER,
     .minimum = 0.05,
     .maximum = 3600,
     .offset = offsetof(struct scenario, window_seconds)},
    {.name = "window_slow_requests",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = 100,
     .offset = offsetof(struct scenario, slow_waits)},
    {.name = "placement",
     .kind = MEMBER_CHOICE,
     .choices = " same same+pool split split+pool free ",
     .offset = offsetof(struct scenario, placement)},
    {.name = "groups", .kind = MEMBER_OTHER},
    {.name = "urls",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = 1000000,
     .offset = offsetof(struct scenario, web.urls)},
    {.name = "concurrency",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = CONCURRENCY_MOST,
     .offset = offsetof(struct scenario, web.concurrency)},
    {.name = "delay_seconds",
     .kind = MEMBER_NUMBER,
     .maximum = 600,
     .offset = offsetof(struct scenario, web.delay)},
    {.name = "columns", .kind = MEMBER_OTHER},
    {.name = NULL},
};

static const struct member group_members[] = {
    {.name = "mode",
     .kind = MEMBER_CHOICE,
     .required = true,
     .choices = " fast slow load ",
     .offset = offsetof(struct client_group, mode)},
    {.name = "n", .kind = MEMBER_COUNT, .maximum = 93, .offset = offsetof(struct client_group, n)},
    {.name = "clients",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = SCENARIO_CLIENTS,
     .offset = offsetof(struct client_group, clients)},
    {.name = "connections",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = 20000,
     .offset = offsetof(struct client_group, connections)},
    {.name = "pipeline",
     .kind = MEMBER_COUNT,
     .minimum = 1,
     .maximum = 10000,
     .offset = offsetof(struct client_group, pipeline)},
    {.name = "rate",
     .kind = MEMBER_NUMBER,
     .minimum = 0.001,
     .maximum = 10000000,
     .offset = offsetof(struct client_group, rate)},
    {.name = "capacity_share",
     .kind = MEMBER_NUMBER,
     .minimum = 0.01,
     .maximum = 10,
     .offset = offsetof(struct client_group, capacity_share)},
    {.name = "idle",
     .kind = MEMBER_COUNT,
     .maximum = 20000,
     .offset = offsetof(struct client_group, idle)},
    {.name = "think_seconds",
     .kind = MEMBER_NUMBER,
     .maximum = 1000,
     .offset = offsetof(struct client_group, think)},
    {.name = "churn", .kind = MEMBER_FLAG, .offset = offsetof(struct client_group, churn)},
    {.name = "value",
     .kind = MEMBER_CHOICE,
     .choices = " rate mean p50 p75 p90 p95 p99 p999 p9999 ",
     .offset = offsetof(struct client_group, value)},
    {.name = "column",
     .kind = MEMBER_TEXT,
     .required = true,
     .offset = offsetof(struct client_group, column)},
    {.name = "header",
     .kind = MEMBER_TEXT,
     .required = true,
     .offset = offsetof(struct client_group, header)},
    {.name = NULL},
};

/* Of a scenario of URLs. */
static const struct member column_members[] = {
    {.name = "value",
     .kind = MEMBER_CHOICE,
     .required = true,
     .choices = " over_ideal rate fetch_over_ideal fetch_rate cpu memory connections ",
     .offset = offsetof(struct client_group, value)},
    {.name = "column",
     .kind = MEMBER_TEXT,
     .required = true,
     .offset = offsetof(struct client_group, column)},
    {.name = "header",
     .kind = MEMBER_TEXT,
     .required = true,
     .offset = offsetof(struct client_group, header)},
    {.name = NULL},
};

/* Where the reader is, for its complaints. */
struct place {
    const char *source;
    const char *scenario; /* NULL: outside of any */
    unsigned number;      /* of the scenario, where it has no name */
    unsigned group;       /* or column, from 1; 0: outside of any */
    bool web;             /* in a scenario of URLs */
    struct problem *problem;
};

__attribute__((format(printf, 2, 3))) static int complain(const struct place *place,
                                                          const char *format, ...)
{
    char what[600], where[200] = "", group[32] = "";
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    if (place->scenario != NULL)
        snprintf(where, sizeof(where), ": scenario '%.80s'", place->scenario);
    else if (place->number > 0)
        snprintf(where, sizeof(where), ": scenario number %u", place->number);
    if (place->group > 0)
        snprintf(group, sizeof(group), ", %s %u", place->web ? "column" : "group", place->group);
    return problem_set(place->problem, -EINVAL, "%s%s%s: %s", place->source, where, group, what);
}

static const struct member *find_member(const struct member *members, const char *name)
{
    for (; members->name != NULL; members++)
        if (strcmp(members->name, name) == 0)
            return members;
    return NULL;
}

static int complain_unknown(const struct place *place, const struct member *members,
                            const char *name)
{
    char known[400] = "";
    size_t used = 0;

    for (const struct member *one = members; one->name != NULL; one++)
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
                                 one > members ? ", " : "", one->name);
    return complain(place, "there is no member \"%.60s\"; these are: %s", name, known);
}

/* A text that can stand in a list on the command line or in a table. */
static bool is_plain_text(const char *text, const char *forbidden, size_t longest)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || strchr(forbidden, text[i]) != NULL)
            return false;
    return length > 0 && length <= longest;
}

static int read_text(const struct place *place, const struct member *member, const cJSON *value,
                     const char **target)
{
    const char *text = cJSON_GetStringValue(value);

    if (text == NULL || !is_plain_text(text, "", TEXT_LONGEST))
        return complain(place, "\"%s\" takes a text of one line, 1 to %d bytes", member->name,
                        TEXT_LONGEST);
    *target = text;
    return 0;
}

static int read_choice(const struct place *place, const struct member *member, const cJSON *value,
                       const char **target)
{
    const char *text = cJSON_GetStringValue(value);
    char wanted[32];

    if (text != NULL && strlen(text) < sizeof(wanted) - 2 && strchr(text, ' ') == NULL) {
        snprintf(wanted, sizeof(wanted), " %s ", text);
        if (text[0] != '\0' && strstr(member->choices, wanted) != NULL) {
            *target = text;
            return 0;
        }
    }
    return complain(place, "\"%s\" takes one of these:%.*s", member->name,
                    (int)strlen(member->choices) - 1, member->choices);
}

static int read_number(const struct place *place, const struct member *member, const cJSON *value,
                       void *target)
{
    bool whole = member->kind == MEMBER_COUNT;
    double number = cJSON_IsNumber(value) ? value->valuedouble : NAN;

    if (!(number >= member->minimum && number <= member->maximum) ||
        (whole && number != floor(number)))
        return complain(place, "\"%s\" takes a %snumber from %g to %.15g", member->name,
                        whole ? "whole " : "", member->minimum, member->maximum);
    if (whole)
        *(unsigned *)target = (unsigned)number;
    else
        *(double *)target = number;
    return 0;
}

static int read_member(const struct place *place, const struct member *member, const cJSON *value,
                       char *object)
{
    void *target = object + member->offset;

    switch (member->kind) {
    case MEMBER_TEXT:
        return read_text(place, member, value, target);
    case MEMBER_CHOICE:
        return read_choice(place, member, value, target);
    case MEMBER_COUNT:
    case MEMBER_NUMBER:
        return read_number(place, member, value, target);
    case MEMBER_FLAG:
        if (!cJSON_IsBool(value))
            return complain(place, "\"%s\" takes true or false", member->name);
        *(bool *)target = cJSON_IsTrue(value);
        return 0;
    case MEMBER_OTHER:
        break;
    }
    return 0;
}

/* Reads what the table describes; unknown, doubled and missing members are errors. */
static int read_members(const struct place *place, const struct member *members,
                        const cJSON *object, void *target)
{
    const cJSON *value;
    int error = 0;

    cJSON_ArrayForEach(value, object)
    {
        const struct member *member = find_member(members, value->string);

        if (member == NULL)
            return complain_unknown(place, members, value->string);
        if (cJSON_GetObjectItemCaseSensitive(object, value->string) != value)
            return complain(place, "\"%s\" stands there twice", member->name);
        error = read_member(place, member, value, target);
        if (error < 0)
            return error;
    }
    for (; members->name != NULL; members++)
        if (members->required && !cJSON_HasObjectItem(object, members->name))
            return complain(place, "\"%s\" is missing", members->name);
    return 0;
}

static int complain_unit(const struct place *place, const struct client_group *group,
                         const char *unit)
{
    return complain(place, "\"header\" must say (%s), the unit of the value \"%s\"; it is \"%s\"",
                    unit, group->value, group->header);
}

/* unit: as the header has to say it. */
static int check_header(const struct place *place, const struct client_group *group,
                        const char *unit)
{
    char wanted[32];

    snprintf(wanted, sizeof(wanted), "(%s)", unit);
    if (!is_plain_text(group->header, "|", NAME_LONGEST * 2))
        return complain(place, "\"header\" takes a text of 1 to %d bytes without '|'",
                        NAME_LONGEST * 2);
    if (table_unit_of(group->header) != table_unit_of(wanted))
        return complain_unit(place, group, unit);
    return 0;
}

/* What fibclient would not take, and what makes no sense. */
static int check_group(const struct place *place, const struct client_group *group)
{
    unsigned loops = (group->rate > 0) + (group->capacity_share > 0) + (group->think > 0) +
                     (unsigned)group->churn;

    if (loops > 1)
        return complain(place, "\"rate\", \"capacity_share\", \"think_seconds\" and \"churn\" are "
                               "different loops: one of them at most");
    if (group->think > 0 && group->pipeline > 1)
        return complain(place, "\"think_seconds\" goes with a \"pipeline\" of 1");
    if (group->connections + group->idle > 20000)
        return complain(place,
                        "\"connections\" and \"idle\" together are %u: at most 20000 are possible",
                        group->connections + group->idle);
    if ((uint64_t)group->connections * group->pipeline > 10000000)
        return complain(place, "\"connections\" times \"pipeline\" is more than 10000000");
    if (group->slow && (loops > 0 || strcmp(group->value, "mean") != 0))
        return complain(place, "the mode slow has a closed loop, and the value \"mean\"");
    return check_header(place, group, client_group_is_time(group) ? "s/req" : "req/s");
}

static int read_group(const struct place *place, const cJSON *object, struct client_group *group)
{
    int error;

    *group =
        (struct client_group){.n = NUMBER_NOT_GIVEN, .clients = 1, .connections = 1, .pipeline = 1};
    if (!cJSON_IsObject(object))
        return complain(place, "a group is an object");
    error = read_members(place, group_members, object, group);
    if (error < 0)
        return error;
    group->slow = strcmp(group->mode, "slow") == 0;
    if (group->value == NULL)
        group->value = group->slow ? "mean" : "rate";
    return check_group(place, group);
}

static int read_groups(struct place *place, const cJSON *list, struct scenario *scenario)
{
    const cJSON *object;
    unsigned clients = 0;
    int error = 0, count = cJSON_GetArraySize(list);

    if (!cJSON_IsArray(list) || count < 1 || count > CLIENT_GROUPS)
        return complain(place, "\"groups\" takes an array of 1 to %d groups", CLIENT_GROUPS);
    cJSON_ArrayForEach(object, list)
    {
        struct client_group *group = &scenario->groups[place->group++];

        error = read_group(place, object, group);
        if (error < 0)
            return error;
        clients += group->clients;
    }
    place->group = 0;
    if (clients > SCENARIO_CLIENTS)
        return complain(place, "%u clients are too many: at most %d together", clients,
                        SCENARIO_CLIENTS);
    return 0;
}

/* One of servers is in none of web clients, and the other way round. */
static int check_profiles(const struct place *place, const cJSON *list, bool web)
{
    static const char *const known[] = {"web", "quick", "table", "full"};
    const char *names = web ? "web" : "quick, table, full";
    const size_t first = web ? 0 : 1, end = web ? 1 : sizeof(known) / sizeof(known[0]);
    const cJSON *one;

    if (list != NULL && !cJSON_IsArray(list))
        return complain(place, "\"profiles\" takes an array of %s", names);
    cJSON_ArrayForEach(one, list)
    {
        const char *name = cJSON_GetStringValue(one);
        size_t i = first;

        while (i < end && name != NULL && strcmp(name, known[i]) != 0)
            i++;
        if (name == NULL || i == end)
            return complain(place, "\"profiles\" takes an array of %s", names);
    }
    return 0;
}

/* A larger or smaller unit of the same kind would be a false number. */
static int check_web_header(const struct place *place, const struct client_group *group)
{
    const char *unit = web_value_of_name(group->value)->unit;
    char wanted[32];
    int error = check_header(place, group, unit);

    snprintf(wanted, sizeof(wanted), "(%s)", unit);
    if (error == 0 && strstr(group->header, wanted) == NULL)
        return complain_unit(place, group, unit);
    return error;
}

static int read_column(const struct place *place, const cJSON *object, const struct url_list *web,
                       struct client_group *group)
{
    int error;

    *group = (struct client_group){.mode = "web"};
    if (!cJSON_IsObject(object))
        return complain(place, "a column is an object");
    error = read_members(place, column_members, object, group);
    if (error < 0)
        return error;
    if (web->delay <= 0 && strstr(group->value, "over_ideal") != NULL)
        return complain(place,
                        "without \"delay_seconds\" nothing is ideal: the value \"%s\" has no "
                        "meaning; \"rate\" has",
                        group->value);
    return check_web_header(place, group);
}

static int read_columns(struct place *place, const cJSON *list, struct scenario *scenario)
{
    const cJSON *object;
    int error, count = cJSON_GetArraySize(list);

    if (!cJSON_IsArray(list) || count < 1 || count > SCENARIO_GROUPS)
        return complain(place, "\"columns\" takes an array of 1 to %d columns", SCENARIO_GROUPS);
    cJSON_ArrayForEach(object, list)
    {
        struct client_group *group = &scenario->groups[place->group++];

        error = read_column(place, object, &scenario->web, group);
        if (error < 0)
            return error;
    }
    place->group = 0;
    return 0;
}

static int read_web(struct place *place, const cJSON *object, struct scenario *scenario)
{
    static const char *const others[] = {"groups", "published", "window_seconds",
                                         "window_slow_requests"};
    struct url_list *web = &scenario->web;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (cJSON_HasObjectItem(object, others[i]))
            return complain(place, "\"%s\" does not go with \"urls\"", others[i]);
    if (web->concurrency == 0 && web->urls > CONCURRENCY_MOST)
        return complain(place,
                        "\"concurrency\" is missing: of more than %d \"urls\" not all can be "
                        "fetched at once",
                        CONCURRENCY_MOST);
    if (web->concurrency == 0)
        web->concurrency = web->urls;
    if (web->concurrency > web->urls)
        return complain(place, "\"concurrency\" is more than the \"urls\" are");
    if (fabs(web->delay * 1000 - round(web->delay * 1000)) > 1e-6)
        return complain(place, "\"delay_seconds\" takes whole milliseconds");
    return read_columns(place, cJSON_GetObjectItemCaseSensitive(object, "columns"), scenario);
}

static int read_servers(struct place *place, const cJSON *object, struct scenario *scenario)
{
    static const char *const others[] = {"concurrency", "delay_seconds", "columns"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (cJSON_HasObjectItem(object, others[i]))
            return complain(place, "\"%s\" goes with \"urls\" only", others[i]);
    if (!cJSON_HasObjectItem(object, "groups"))
        return complain(place, "\"groups\" is missing, or \"urls\" and \"columns\"");
    return read_groups(place, cJSON_GetObjectItemCaseSensitive(object, "groups"), scenario);
}

/* What the reference can serve is measured in the placement of the run. */
static int check_placement(const struct place *place, const struct scenario *scenario)
{
    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        if (scenario->placement != NULL && scenario->groups[i].capacity_share > 0)
            return complain(place,
                            "\"placement\" does not go with \"capacity_share\": the capacity "
                            "is that of the run's placement; \"rate\" does");
    return 0;
}

static int check_windows(const struct place *place, const struct scenario *scenario)
{
    bool slow = false;

    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        slow = slow || scenario->groups[i].slow;
    if (slow && scenario->slow_waits == 0)
        return complain(place, "with slow clients it takes \"window_slow_requests\": how many slow "
                               "requests, one behind the other, the window is long");
    if (!slow && scenario->slow_waits > 0)
        return complain(place, "\"window_slow_requests\" goes with slow clients; "
                               "\"window_seconds\" is for others");
    if (slow && scenario->window_seconds > 0)
        return complain(place,
                        "\"window_seconds\" and \"window_slow_requests\" exclude each other");
    return 0;
}

static int read_scenario(struct place *place, const cJSON *object, struct scenario *scenario)
{
    int error;

    *scenario = (struct scenario){.name = "", .definition = object};
    if (!cJSON_IsObject(object))
        return complain(place, "a scenario is an object");
    place->scenario = json_text_or_null(object, "name");
    place->web = cJSON_HasObjectItem(object, "urls");
    error = read_members(place, scenario_members, object, scenario);
    if (error == 0 && !is_plain_text(scenario->name, " ,\"'\\", NAME_LONGEST))
        error = complain(place, "\"name\" takes 1 to %d bytes without blanks, commas and quotes",
                         NAME_LONGEST);
    if (error == 0)
        error = check_profiles(place, cJSON_GetObjectItemCaseSensitive(object, "profiles"),
                               scenario_is_web(scenario));
    if (error == 0)
        error = scenario_is_web(scenario) ? read_web(place, object, scenario)
                                          : read_servers(place, object, scenario);
    if (error == 0)
        error = check_placement(place, scenario);
    return error == 0 ? check_windows(place, scenario) : error;
}

static int put(const struct place *place, struct scenario_set *set, const struct scenario *scenario)
{
    size_t at = 0;

    while (at < set->count && strcmp(set->list[at].name, scenario->name) != 0)
        at++;
    if (at == SCENARIOS_MAXIMUM)
        return complain(place, "more than %d scenarios", SCENARIOS_MAXIMUM);
    if (at == set->count)
        set->list = memory_grown(set->list, set->count++, sizeof(*set->list));
    set->list[at] = *scenario;
    return 0;
}

/* Results and tables tell columns apart by either. */
static int check_columns(struct place *place, const struct scenario_set *set)
{
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    bool all[SCENARIOS_MAXIMUM];
    size_t count;

    memset(all, true, sizeof(all)); /* all at once, also those that no run has together */
    count = scenario_columns(set, all, columns);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            bool same = strcmp(columns[i].group->column, columns[j].group->column) == 0;

            if (!same && !table_same_header(columns[i].group->header, columns[j].group->header))
                continue;
            place->scenario = columns[i].scenario->name;
            return complain(place, "\"%s\" is that of scenario '%s' too: %s",
                            same ? "column" : "header", columns[j].scenario->name,
                            same ? columns[i].group->column : columns[i].group->header);
        }
    return 0;
}

static int read_document(struct place *place, struct scenario_set *set, const cJSON *document)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "scenarios"), *one;
    const char *format = json_text_or_null(document, "format");
    int error = 0;

    if (format == NULL || strcmp(format, FORMAT) != 0)
        return complain(place, "this is no file of scenarios: its \"format\" is not \"%s\"",
                        FORMAT);
    if (json_number_or(document, "version", 0) != VERSION)
        return complain(place, "\"version\" must be %d", VERSION);
    if (!cJSON_IsArray(list))
        return complain(place, "\"scenarios\" is missing, or no array");
    cJSON_ArrayForEach(one, document)
    {
        if (strcmp(one->string, "format") != 0 && strcmp(one->string, "version") != 0 &&
            strcmp(one->string, "scenarios") != 0)
            return complain(place,
                            "there is no member \"%.60s\"; these are: format, version, scenarios",
                            one->string);
    }
    cJSON_ArrayForEach(one, list)
    {
        struct scenario scenario;

        place->scenario = NULL;
        place->number++;
        error = read_scenario(place, one, &scenario);
        if (error == 0)
            error = put(place, set, &scenario);
        if (error < 0)
            return error;
    }
    return check_columns(place, set);
}

int scenario_set_add_text(struct scenario_set *set, const char *source, const char *text,
                          size_t length, struct problem *problem)
{
    struct place place = {.source = source, .problem = problem};
    cJSON *document = json_parse(text, length);

    if (document == NULL)
        return complain(&place, "this is not valid JSON");
    set->documents = memory_grown(set->documents, set->document_count, sizeof(void *));
    set->documents[set->document_count++] = document;
    return read_document(&place, set, document);
}

int scenario_set_add_file(struct scenario_set *set, const char *path, struct problem *problem)
{
    char *text;
    size_t length;
    int error = file_read(path, &text, &length, problem);

    if (error < 0)
        return error;
    error = scenario_set_add_text(set, path, text, length, problem);
    free(text);
    return error;
}

struct scenario_set *scenario_set_create(void)
{
    struct scenario_set *set = memory_zeroed(1, sizeof(*set));
    struct problem problem;

    if (scenario_set_add_text(set, "bench/scenarios.json", BUILT_IN, strlen(BUILT_IN), &problem) <
        0) {
        fprintf(stderr, "fibbench: %s\n", problem.text);
        abort();
    }
    return set;
}

#include "bench/usage.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "bench/process_tree.h"
#include "common/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* More than that take too long to read while they work. */
enum { THREADS_MOST = 1024, TEXT = 8192 };

struct watched {
    pid_t thread;
    int64_t seen; /* when last */
    bool is_new;  /* the first look did not see it */
    struct usage_thread first;
    struct usage_thread last;
};

struct cpu_time {
    double total;
    double user_by_ticks;
    double all_by_ticks; /* user and system */
};

struct usage {
    pid_t process;
    int64_t began;
    int64_t looked; /* the last time */
    struct cpu_time cpu;
    struct watched *threads;
    size_t count;
    bool too_many;
    double resident_bytes;
    double running; /* threads, in the last look */
    double most_threads;
};

double usage_tick_seconds(void)
{
    struct timespec tick;

    clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return (double)tick.tv_sec + (double)tick.tv_nsec / 1e9;
}

/* The number behind "name" and what separates them, or NAN. */
static double field(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    double value;

    if (line == NULL)
        return NAN;
    line += strlen(name);
    line += strspn(line, " \t:");
    return sscanf(line, "%lf", &value) == 1 ? value : NAN;
}

void usage_parse_thread(const char *text, struct usage_thread *thread)
{
    bool status = strstr(text, "nonvoluntary_ctxt_switches") != NULL;

    thread->voluntary = field(text, status ? "\nvoluntary_ctxt_switches" : "nr_voluntary_switches");
    thread->involuntary =
        field(text, status ? "nonvoluntary_ctxt_switches" : "nr_involuntary_switches");
    thread->migrations = field(text, "se.nr_migrations");
}

static double clock_of(pid_t process, unsigned which)
{
    clockid_t id = (clockid_t)((~(unsigned)process << 3) | which);
    struct timespec time;

    if (clock_gettime(id, &time) < 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What its ended and collected children used. */
static void add_collected(pid_t process, struct cpu_time *cpu)
{
    char text[TEXT];
    const char *fields;
    double user, system, tick = (double)sysconf(_SC_CLK_TCK);

    if (!process_tree_read(process, 0, "stat", text, sizeof(text)))
        return;
    /* The name in parentheses may hold anything. */
    fields = strrchr(text, ')');
    if (fields == NULL || sscanf(fields,
                                 ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                                 "%lf %lf",
                                 &user, &system) != 2)
        return;
    cpu->total += (user + system) / tick;
    cpu->user_by_ticks += user / tick;
    cpu->all_by_ticks += (user + system) / tick;
}

/* The kernel's numbers of a process's clocks: see clock_getcpuclockid(3), which gives the last. */
enum { CLOCK_OF_BOTH, CLOCK_OF_USER, CLOCK_OF_SCHEDULER };

static void add_process(pid_t process, void *context)
{
    struct cpu_time *cpu = context;

    cpu->total += clock_of(process, CLOCK_OF_SCHEDULER);
    cpu->user_by_ticks += clock_of(process, CLOCK_OF_USER);
    cpu->all_by_ticks += clock_of(process, CLOCK_OF_BOTH);
    add_collected(process, cpu);
}

static struct cpu_time read_cpu(pid_t process)
{
    struct cpu_time cpu = {0};

    process_tree_each(process, add_process, &cpu);
    return cpu;
}

static struct watched *watched_of(struct usage *usage, pid_t thread)
{
    for (size_t i = 0; i < usage->count; i++)
        if (usage->threads[i].thread == thread)
            return &usage->threads[i];
    return NULL;
}

/* A thread that the first look does not know began with nothing. */
static void look_at_thread(pid_t process, pid_t thread, void *context)
{
    struct usage *usage = context;
    struct watched *watched = watched_of(usage, thread);
    char text[TEXT];

    usage->running++;
    if (watched == NULL && usage->count == THREADS_MOST)
        usage->too_many = true;
    if (usage->too_many || (!process_tree_read(process, thread, "sched", text, sizeof(text)) &&
                            !process_tree_read(process, thread, "status", text, sizeof(text))))
        return;
    if (watched == NULL) {
        usage->threads = memory_grown(usage->threads, usage->count, sizeof(*usage->threads));
        watched = &usage->threads[usage->count++];
        *watched = (struct watched){.thread = thread, .is_new = true};
    }
    watched->seen = usage->looked;
    usage_parse_thread(text, &watched->last);
}

static void look_at_threads(struct usage *usage)
{
    usage->running = 0;
    usage->looked = clock_ns();
    process_tree_each_thread(usage->process, look_at_thread, usage);
}

static void add_migrations(pid_t process, pid_t thread, void *context)
{
    double *migrations = context;
    struct usage_thread counts;
    char text[TEXT];

    if (!process_tree_read(process, thread, "sched", text, sizeof(text)))
        return;
    usage_parse_thread(text, &counts);
    /* The first move is the one to where it is meant to run. */
    if (counts.migrations > 1)
        *migrations += counts.migrations - 1;
}

double usage_migrations(pid_t process)
{
    double migrations = 0;

    process_tree_each_thread(process, add_migrations, &migrations);
    return migrations;
}

static void add_resident(pid_t process, void *context)
{
    double *bytes = context, kilobytes;
    char text[TEXT];

    if (!process_tree_read(process, 0, "smaps_rollup", text, sizeof(text)) &&
        !process_tree_read(process, 0, "status", text, sizeof(text)))
        return;
    kilobytes = field(text, "\nRss");
    if (isnan(kilobytes))
        kilobytes = field(text, "\nVmRSS");
    if (!isnan(kilobytes))
        *bytes += kilobytes * 1024;
}

double usage_resident_bytes(pid_t process)
{
    double bytes = 0;

    process_tree_each(process, add_resident, &bytes);
    return bytes > 0 ? bytes : NAN;
}

struct usage *usage_begin(pid_t process)
{
    struct usage *usage = memory_zeroed(1, sizeof(*usage));

    usage->process = process;
    usage->resident_bytes = usage->most_threads = NAN;
    usage->began = clock_ns();
    look_at_threads(usage);
    for (size_t i = 0; i < usage->count; i++) {
        usage->threads[i].first = usage->threads[i].last;
        usage->threads[i].is_new = false;
    }
    usage->cpu = read_cpu(process);
    return usage;
}

void usage_look(struct usage *usage)
{
    look_at_threads(usage);
    usage->most_threads = fmax(usage->most_threads, usage->running);
    usage->resident_bytes = fmax(usage->resident_bytes, usage_resident_bytes(usage->process));
}

/* A new thread's first move, to the CPU that it is meant for, is no migration. */
static void add_thread(struct usage_totals *totals, const struct watched *watched, double factor)
{
    double moved = watched->is_new ? 1 : 0;

    totals->voluntary_switches += factor * (watched->last.voluntary - watched->first.voluntary);
    totals->involuntary_switches +=
        factor * (watched->last.involuntary - watched->first.involuntary);
    totals->migrations += fmax(watched->last.migrations - watched->first.migrations - moved, 0);
}

/* What a thread that has ended did after it was last seen is taken to be more of the same. */
static double prolonged(const struct usage *usage, const struct watched *watched)
{
    double seen = (double)(watched->seen - usage->began);

    if (watched->seen == usage->looked || seen <= 0)
        return 1;
    return (double)(usage->looked - usage->began) / seen;
}

static void total_threads(struct usage *usage, struct usage_totals *totals)
{
    look_at_threads(usage);
    totals->threads = isnan(usage->most_threads) ? usage->running : usage->most_threads;
    totals->resident_bytes =
        isnan(usage->resident_bytes) ? usage_resident_bytes(usage->process) : usage->resident_bytes;
    if (totals->threads == 0)
        totals->threads = NAN;
    if (usage->too_many || usage->count == 0) {
        totals->voluntary_switches = totals->involuntary_switches = totals->migrations = NAN;
        return;
    }
    for (size_t i = 0; i < usage->count; i++)
        add_thread(totals, &usage->threads[i], prolonged(usage, &usage->threads[i]));
    totals->voluntary_switches = round(totals->voluntary_switches);
    totals->involuntary_switches = round(totals->involuntary_switches);
}

void usage_end(struct usage *usage, struct usage_totals *totals)
{
    struct cpu_time cpu = read_cpu(usage->process);
    double total = cpu.total - usage->cpu.total;
    double user = cpu.user_by_ticks - usage->cpu.user_by_ticks;
    double ticks = cpu.all_by_ticks - usage->cpu.all_by_ticks;

    *totals = (struct usage_totals){0};
    total_threads(usage, totals);
    /* The clocks of a process that has ended are gone. */
    totals->cpu_seconds = total >= 0 && usage->cpu.total > 0 ? total : NAN;
    totals->user_seconds = ticks > 0 ? totals->cpu_seconds * user / ticks : NAN;
    totals->system_seconds = totals->cpu_seconds - totals->user_seconds;
    usage_destroy(usage);
}

cJSON *usage_to_json(const struct usage_totals *totals, double requests)
{
    cJSON *object = cJSON_CreateObject();

    json_add_known(object, "cpu_seconds", totals->cpu_seconds);
    json_add_known(object, "user_seconds", totals->user_seconds);
    json_add_known(object, "system_seconds", totals->system_seconds);
    json_add_known(object, "voluntary_switches", totals->voluntary_switches);
    json_add_known(object, "involuntary_switches", totals->involuntary_switches);
    json_add_known(object, "migrations", totals->migrations);
    cJSON_AddNumberToObject(object, "requests", requests);
    json_add_known(object, "resident_bytes", totals->resident_bytes);
    json_add_known(object, "threads", totals->threads);
    return object;
}

cJSON *usage_per_request(double user_seconds, double system_seconds, double requests)
{
    cJSON *object;

    if (requests == 0 || isnan(user_seconds) || isnan(system_seconds))
        return NULL;
    object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "user", user_seconds / requests);
    cJSON_AddNumberToObject(object, "system", system_seconds / requests);
    return object;
}

void usage_destroy(struct usage *usage)
{
    if (usage == NULL)
        return;
    free(usage->threads);
    free(usage);
}

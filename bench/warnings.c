#include "bench/warnings.h"

#include "bench/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What fibserver and fibclient have open beside their connections, and more. */
static const double DESCRIPTORS_BESIDE = 64;

static const double LOAD_FROM = 0.5, STEAL_FROM = 0.01, PORTS_LEAST = 16384;

/* The n-th number in a file of the kernel's, NAN where there is none. */
static double number_in(const char *path, unsigned index)
{
    FILE *file = fopen(path, "re");
    double value = NAN;

    if (file == NULL)
        return NAN;
    for (unsigned i = 0; i <= index; i++)
        if (fscanf(file, "%lf", &value) != 1) {
            value = NAN;
            break;
        }
    fclose(file);
    return value;
}

static bool has_turbo(void)
{
    return number_in("/sys/devices/system/cpu/intel_pstate/no_turbo", 0) == 0 ||
           number_in("/sys/devices/system/cpu/cpufreq/boost", 0) == 1;
}

static double steal_share(void)
{
    double times[8], all = 0;
    FILE *file = fopen("/proc/stat", "re");
    int count = 0;

    if (file == NULL)
        return NAN;
    if (fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &times[0], &times[1], &times[2],
               &times[3], &times[4], &times[5], &times[6], &times[7]) == 8)
        count = 8;
    fclose(file);
    for (int i = 0; i < count; i++)
        all += times[i];
    return count == 8 && all > 0 ? times[7] / all : NAN;
}

static double most_connections(const struct plan *plan)
{
    double most = 0;

    for (size_t i = 0; i < plan->scenarios->count; i++)
        if (plan->selected[i])
            most = fmax(most, scenario_connections(&plan->scenarios->list[i]));
    return most;
}

static void copy_text(const cJSON *host, const char *name, char *text, size_t size)
{
    const char *value = json_text_or_null(host, name);

    snprintf(text, size, "%s", value != NULL && strcmp(value, "none found") != 0 ? value : "");
}

void host_facts_read(struct host_facts *facts, const cJSON *host, const struct plan *plan)
{
    struct rlimit descriptors;
    double load[1], first_port = number_in("/proc/sys/net/ipv4/ip_local_port_range", 0);

    *facts = (struct host_facts){.turbo = has_turbo(), .steal_share = steal_share()};
    copy_text(host, "governor", facts->governor, sizeof(facts->governor));
    copy_text(host, "virtualisation", facts->virtualisation, sizeof(facts->virtualisation));
    snprintf(facts->placement, sizeof(facts->placement), "%s", plan->placement.name);
    facts->load = getloadavg(load, 1) == 1 ? load[0] : NAN;
    facts->cpus = json_number_or(host, "cpus_allowed", NAN);
    facts->shared_core = placement_shares_core(&plan->placement);
    facts->descriptors =
        getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_max != RLIM_INFINITY
            ? (double)descriptors.rlim_max
            : NAN;
    facts->connections = most_connections(plan);
    facts->descriptors_needed = facts->connections + DESCRIPTORS_BESIDE;
    facts->backlog = number_in("/proc/sys/net/core/somaxconn", 0);
    facts->local_ports = number_in("/proc/sys/net/ipv4/ip_local_port_range", 1) - first_port + 1;
}

static void warn(cJSON *warnings, const char *what, const char *advice, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void warn(cJSON *warnings, const char *what, const char *advice, const char *format, ...)
{
    cJSON *warning = cJSON_CreateObject();
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    cJSON_AddStringToObject(warning, "what", what);
    cJSON_AddStringToObject(warning, "text", text);
    cJSON_AddStringToObject(warning, "advice", advice);
    cJSON_AddItemToArray(warnings, warning);
}

static void warn_of_clock(cJSON *warnings, const struct host_facts *facts)
{
    if (facts->governor[0] != '\0' && strcmp(facts->governor, "performance") != 0)
        warn(warnings, "governor", "set it to performance: cpupower frequency-set -g performance",
             "the CPU's governor is %s: its clock follows the load, and so the strategy",
             facts->governor);
    if (facts->turbo)
        warn(warnings, "turbo",
             "write 1 to /sys/devices/system/cpu/intel_pstate/no_turbo, or 0 to "
             "/sys/devices/system/cpu/cpufreq/boost",
             "the CPU's clock may rise beyond its nominal rate, as long as it is cool");
}

static void warn_of_others(cJSON *warnings, const struct host_facts *facts)
{
    if (facts->load >= LOAD_FROM)
        warn(warnings, "load", "end other programs, or wait until they have ended",
             "%.1f processes ran or wanted to in the last minute: they take CPU time and caches",
             facts->load);
    if (facts->steal_share >= STEAL_FROM)
        warn(warnings, "steal", "use a machine with CPUs of its own, or more rounds",
             "the hypervisor gave %.1f %% of this machine's CPU time to others since its start",
             100 * facts->steal_share);
    if (facts->virtualisation[0] != '\0')
        warn(warnings, "virtualisation",
             "compare rows within one run, in placement same; on another machine repeat the run",
             "this is a virtual machine (%s): its CPUs are shared, and slow to wake",
             facts->virtualisation);
}

static void warn_of_placement(cJSON *warnings, const struct host_facts *facts)
{
    if (facts->cpus < 2)
        warn(warnings, "cpus", "give it a second CPU",
             "there is one CPU: a pool of threads cannot show what it is for");
    if (facts->shared_core)
        warn(warnings, "cores", "allow CPUs of different cores (taskset), or placement same",
             "in placement %s two roles run on hardware threads of one core, which slow each other",
             facts->placement);
    if (strncmp(facts->placement, "split", 5) == 0)
        warn(warnings, "placement", "take at least 7 rounds, and ratios of the same round only",
             "placement split measures how quickly a sleeping CPU wakes, too, and that changes "
             "for minutes");
    if (strcmp(facts->placement, "free") == 0)
        warn(warnings, "placement", "put fast beside slow against fast alone in placement same",
             "in placement free one client alone is bimodal, and another one beside it can make it "
             "faster by keeping the CPUs awake: no number of it is a baseline");
}

static void warn_of_limits(cJSON *warnings, const struct host_facts *facts)
{
    if (facts->descriptors < facts->descriptors_needed)
        warn(warnings, "descriptors", "raise the hard limit: ulimit -Hn, or LimitNOFILE=",
             "a process may have %.0f descriptors, %.0f are needed", facts->descriptors,
             facts->descriptors_needed);
    if (facts->backlog < facts->connections)
        warn(warnings, "backlog", "sysctl net.core.somaxconn=16384, or as many as are opened",
             "an accept queue holds %.0f connections at most, %.0f are opened at once",
             facts->backlog, facts->connections);
    if (facts->local_ports < fmax(PORTS_LEAST, 2 * facts->connections))
        warn(warnings, "ports", "sysctl net.ipv4.ip_local_port_range='16384 65535'",
             "there are %.0f ports for connections, and each waits a minute in TIME_WAIT",
             facts->local_ports);
}

cJSON *warnings_of(const struct host_facts *facts)
{
    cJSON *warnings = cJSON_CreateArray();

    warn_of_clock(warnings, facts);
    warn_of_others(warnings, facts);
    warn_of_placement(warnings, facts);
    warn_of_limits(warnings, facts);
    return warnings;
}

void warnings_print(FILE *file, const cJSON *warnings)
{
    const cJSON *warning;

    cJSON_ArrayForEach(warning, warnings)
    {
        fprintf(file, "fibbench: warning: %s. Better: %s.\n", json_text_or_null(warning, "text"),
                json_text_or_null(warning, "advice"));
    }
}

bool warnings_is_grouped_apart(pid_t process)
{
    return number_in("/proc/sys/kernel/sched_autogroup_enabled", 0) == 1 && getsid(process) != -1 &&
           getsid(process) != getsid(0);
}

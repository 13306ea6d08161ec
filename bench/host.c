#include "bench/host.h"

#include "bench/json.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a small file of the kernel's; "" where it cannot be read. */
static void read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");

    line[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(line, (int)size, file) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    fclose(file);
}

/* The value of the first "name : value" line in /proc/cpuinfo or /proc/meminfo. */
static void read_field(const char *path, const char *name, char *value, size_t size)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;

    value[0] = '\0';
    while (file != NULL && value[0] == '\0' && getline(&line, &room, file) > 0) {
        char *colon = strchr(line, ':');

        if (colon == NULL || strncmp(line, name, strlen(name)) != 0)
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(value, size, "%s", colon);
    }
    free(line);
    if (file != NULL)
        fclose(file);
}

static void add_known(cJSON *host, const char *name, const char *value)
{
    json_add_text(host, name, value[0] != '\0' ? value : NULL);
}

static void add_cpus(cJSON *host)
{
    char model[256], governor[64];
    cpu_set_t allowed;

    read_field("/proc/cpuinfo", "model name", model, sizeof(model));
    if (model[0] == '\0')
        read_field("/proc/cpuinfo", "CPU part", model, sizeof(model));
    read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor, sizeof(governor));
    add_known(host, "cpu", model);
    cJSON_AddNumberToObject(host, "cpus", (double)sysconf(_SC_NPROCESSORS_ONLN));
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
        cJSON_AddNumberToObject(host, "cpus_allowed", CPU_COUNT(&allowed));
    add_known(host, "governor", governor);
}

/* Which hypervisor, as far as it can be told: Xen's file, the firmware's vendor, the CPU's flag. */
static void add_virtualisation(cJSON *host)
{
    static const char *const vendors[] = {"QEMU",      "KVM",       "VMware", "innotek",
                                          "Xen",       "Amazon",    "Google", "Microsoft",
                                          "Parallels", "OpenStack", "Bochs",  "DigitalOcean"};
    char type[64], vendor[128], flags[8192];

    read_line("/sys/hypervisor/type", type, sizeof(type));
    read_line("/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor));
    read_field("/proc/cpuinfo", "flags", flags, sizeof(flags));
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]) && type[0] == '\0'; i++)
        if (strstr(vendor, vendors[i]) != NULL && strstr(flags, " hypervisor") != NULL)
            snprintf(type, sizeof(type), "%.60s", vendor);
    if (type[0] == '\0' && strstr(flags, " hypervisor") != NULL)
        snprintf(type, sizeof(type), "unknown hypervisor");
    add_known(host, "virtualisation", type[0] != '\0' ? type : "none found");
}

cJSON *host_to_json(void)
{
    cJSON *host = cJSON_CreateObject();
    struct utsname names;
    char kernel[sizeof(names.sysname) + sizeof(names.release) + 1] = "", memory[64];

    if (uname(&names) == 0) {
        snprintf(kernel, sizeof(kernel), "%s %s", names.sysname, names.release);
        cJSON_AddStringToObject(host, "kernel", kernel);
        cJSON_AddStringToObject(host, "architecture", names.machine);
    }
    add_cpus(host);
    add_virtualisation(host);
    read_field("/proc/meminfo", "MemTotal", memory, sizeof(memory));
    cJSON_AddNumberToObject(host, "memory_bytes", strtod(memory, NULL) * 1024);
    return host;
}

static bool same_text(const cJSON *left, const cJSON *right, const char *name)
{
    const char *a = json_text_or_null(left, name), *b = json_text_or_null(right, name);

    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool host_is_same(const cJSON *left, const cJSON *right)
{
    double memory = json_number_or(left, "memory_bytes", 0);

    return same_text(left, right, "cpu") && same_text(left, right, "architecture") &&
           same_text(left, right, "virtualisation") &&
           json_number_or(left, "cpus", 0) == json_number_or(right, "cpus", 0) &&
           fabs(memory - json_number_or(right, "memory_bytes", 0)) <= 0.05 * memory;
}

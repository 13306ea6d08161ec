#include "bench/host_counters.h"

#include "bench/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 16384 };

static double parse_steal(const char *stat)
{
    double steal;

    if (sscanf(stat, "cpu %*s %*s %*s %*s %*s %*s %*s %lf", &steal) != 1)
        return NAN;
    return steal / (double)sysconf(_SC_CLK_TCK);
}

/* The n-th word of the line, behind its label; NAN where there is none. */
static double word_of(const char *line, size_t index)
{
    for (size_t i = 0; i <= index; i++) {
        line += strcspn(line, " \n");
        line += strspn(line, " ");
    }
    return *line != '\0' && *line != '\n' ? strtod(line, NULL) : NAN;
}

/* Names stand in a line beginning "TcpExt:", and the values in the next one, which begins so too.
 */
static double parse_netstat(const char *netstat, const char *name)
{
    const char *names = strstr(netstat, "TcpExt:"), *values, *word;
    size_t length = strlen(name), index = 0;

    if (names == NULL || (values = strchr(names, '\n')) == NULL)
        return NAN;
    values++;
    for (word = strchr(names, ' '); word != NULL && word < values; index++) {
        word += strspn(word, " ");
        if (strncmp(word, name, length) == 0 && strchr(" \n", word[length]) != NULL)
            return word_of(values, index);
        word = strchr(word, ' ');
    }
    return NAN;
}

static double parse_time_wait(const char *sockstat)
{
    const char *line = strstr(sockstat, "TCP:"),
               *field = line != NULL ? strstr(line, " tw ") : NULL;

    return field != NULL ? strtod(field + strlen(" tw "), NULL) : NAN;
}

static double or_zero(double value)
{
    return isnan(value) ? 0 : value;
}

void host_counters_parse(const char *stat, const char *netstat, const char *sockstat,
                         struct host_counters *counters)
{
    counters->steal_seconds = parse_steal(stat);
    counters->listen_overflows = parse_netstat(netstat, "ListenOverflows");
    /* ListenDrops counts the overflows too. */
    counters->syn_drops = parse_netstat(netstat, "ListenDrops") - counters->listen_overflows +
                          or_zero(parse_netstat(netstat, "TCPReqQFullDrop")) +
                          or_zero(parse_netstat(netstat, "TCPReqQFullDoCookies"));
    counters->time_wait = parse_time_wait(sockstat);
}

static void read_text(const char *path, char *text)
{
    FILE *file = fopen(path, "re");
    size_t length = 0;

    if (file != NULL) {
        length = fread(text, 1, TEXT - 1, file);
        fclose(file);
    }
    text[length] = '\0';
}

void host_counters_read(struct host_counters *counters)
{
    char stat[TEXT], netstat[TEXT], sockstat[TEXT], ports[TEXT];
    double first, last;

    read_text("/proc/stat", stat);
    read_text("/proc/net/netstat", netstat);
    read_text("/proc/net/sockstat", sockstat);
    host_counters_parse(stat, netstat, sockstat, counters);
    read_text("/proc/sys/net/ipv4/ip_local_port_range", ports);
    counters->local_ports = sscanf(ports, "%lf %lf", &first, &last) == 2 ? last - first + 1 : NAN;
}

cJSON *host_counters_to_json(const struct host_counters *before, const struct host_counters *after)
{
    cJSON *object = cJSON_CreateObject();

    json_add_known(object, "steal_seconds", after->steal_seconds - before->steal_seconds);
    json_add_known(object, "listen_overflows", after->listen_overflows - before->listen_overflows);
    json_add_known(object, "syn_drops", after->syn_drops - before->syn_drops);
    json_add_known(object, "time_wait", after->time_wait);
    json_add_known(object, "time_wait_new", fmax(after->time_wait - before->time_wait, 0));
    json_add_known(object, "local_ports", after->local_ports);
    return object;
}

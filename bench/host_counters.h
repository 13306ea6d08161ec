#ifndef BENCH_HOST_COUNTERS_H
#define BENCH_HOST_COUNTERS_H

#include <cjson/cJSON.h>

/*
 * What happened to the whole machine (the network part: to this network namespace) while a cell was
 * measured. The difference of two readings; a number that cannot be read is NAN.
 */
struct host_counters {
    double steal_seconds;    /* CPU time that the hypervisor gave to others, all CPUs together */
    double listen_overflows; /* connections dropped because an accept queue was full */
    double syn_drops;        /* dropped before that, or answered with a cookie: SYN queue full */
    double time_wait;        /* sockets in TIME_WAIT, each holding a port: not a difference */
    double local_ports;      /* how many there are for connections: not a difference */
};

void host_counters_read(struct host_counters *counters);

/* The parts of it, from the texts of /proc/stat, /proc/net/netstat and /proc/net/sockstat. */
void host_counters_parse(const char *stat, const char *netstat, const char *sockstat,
                         struct host_counters *counters);

/* From before to after, as the results file holds it. */
cJSON *host_counters_to_json(const struct host_counters *before, const struct host_counters *after);

#endif

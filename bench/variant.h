#ifndef BENCH_VARIANT_H
#define BENCH_VARIANT_H

#include "bench/problem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum variant_kind {
    VARIANT_BUILT_IN, /* a backend of fibserver, with options */
    VARIANT_COMMAND,  /* any command that speaks the protocol */
    VARIANT_CONNECT,  /* a server that already runs */
};

/* How a web client gets at its URLs. */
enum variant_front {
    VARIANT_DIRECT, /* from the webserver itself, by HTTP/1.1 */
    VARIANT_TLS,    /* over TLS, by HTTP/1.1, through a front; see front.h */
    VARIANT_HTTP2,  /* over TLS, by HTTP/2, through the same */
};

/* The word among a strategy's options that is fibbench's own: its URLs are https. */
#define VARIANT_OPTION_TLS "--tls"

/* A row of the table: one server, or one web client, to measure. */
struct variant {
    enum variant_kind kind;
    char *label;
    char *backend; /* built in; then `options`, ended by NULL, follow on fibserver's command line */
    char **options;
    size_t option_count;
    char *command; /* with {port} in it; of a web client as words.h has it */
    char *host;    /* to connect to */
    unsigned port;
    char *family;  /* as fibserver lists it; NULL for other kinds, like the next two */
    char *library; /* may be NULL */
    char *compute;
    char *repeats;       /* label of the row that this one measures again; NULL: none */
    bool peer;           /* a command that comes with fibbench; it has the three above */
    unsigned slow_n;     /* what slow clients ask it for, where it has one of its own; else 0 */
    double slow_seconds; /* what that takes, alone; 0: not yet measured */
    bool web;            /* a client: a strategy of webclient, or a command */
    bool sequential;     /* one connection, or one URL, after the other */
    unsigned concurrency_most; /* it cannot fetch more at a time; 0: no limit is known */
    double start_seconds;      /* about, beyond what others take; likewise for each URL */
    double url_seconds;
    enum variant_front front;
    char *through; /* the front's name and version; NULL: none, or not known */
};

/* Rows in the order of the table; the arrays belong to it. */
struct variant_list {
    struct variant *variants;
    size_t count;
};

void variant_list_finish(struct variant_list *list);

/* Takes a row out. */
void variant_list_remove(struct variant_list *list, size_t index);

/* NULL where there is none of that label. */
const struct variant *variant_list_find(const struct variant_list *list, const char *label);

/*
 * Adds a row for a backend and its options, written as on a command line: "uv --offload=always".
 * backends is the array that `fibserver --list-backends --json` prints. Returns 0; -EINVAL for a
 * row that stands there already or an unknown backend (the problem lists the known ones);
 * -ENOTSUP, with the bare reason as the problem, for a backend that is not available here.
 */
int variant_list_add_backend(struct variant_list *list, const cJSON *backends, const char *row,
                             struct problem *problem);

/*
 * Adds a row for a peer of that name. peers is what peers_list returns. Returns as
 * variant_list_add_backend does.
 */
int variant_list_add_peer(struct variant_list *list, const cJSON *peers, const char *name,
                          struct problem *problem);

/*
 * The same for web clients: a strategy with options of webclient, as `webclient --list-backends
 * --json` knows it; a peer; and 'LABEL=COMMAND with {urls} or {config}'. With --http2 or
 * VARIANT_OPTION_TLS, which takes no value, among its options a strategy needs a front.
 */
int variant_list_add_strategy(struct variant_list *list, const cJSON *strategies, const char *row,
                              struct problem *problem);
int variant_list_add_web_peer(struct variant_list *list, const cJSON *peers, const char *name,
                              struct problem *problem);
int variant_list_add_web_command(struct variant_list *list, const char *definition,
                                 struct problem *problem);

/* Whether no row before that one is a peer of the same family: one language, one slow request. */
bool variant_list_begins_family(const struct variant_list *list, size_t index);

/* Adds 'LABEL=COMMAND with {port}'. Returns 0, or -EINVAL with the problem. */
int variant_list_add_command(struct variant_list *list, const char *definition,
                             struct problem *problem);

/* Adds 'HOST:PORT', an IPv6 address in brackets. Returns 0, or -EINVAL with the problem. */
int variant_list_add_address(struct variant_list *list, const char *address,
                             struct problem *problem);

/*
 * Enters the row at that index a second time, behind it and under another label: what the two
 * differ in is noise. Returns 0, or -EINVAL with the problem where a row has that label.
 */
int variant_list_repeat(struct variant_list *list, size_t index, struct problem *problem);

/*
 * Adds the fixed list of the quick profile, or all rows of the table profile: every backend, the
 * hand-written pollers, and offload=always beside each backend that computes in a pool. What is not
 * available here is left out.
 */
void variant_list_add_quick(struct variant_list *list, const cJSON *backends);
void variant_list_add_all(struct variant_list *list, const cJSON *backends);

/* Every strategy of webclient. */
void variant_list_add_strategies(struct variant_list *list, const cJSON *strategies);

/* Whether both are peers in one language. */
bool variant_same_family(const struct variant *left, const struct variant *right);

/* Whether its pool, if any, can be placed: only fibserver's options can say that. */
bool variant_has_pool(const struct variant *variant);

/* False for the reference that answers 1 to everything, and so can serve no slow request. */
bool variant_computes(const struct variant *variant);

/* What the results file says of it; the command is not in it, since it may hold paths. */
cJSON *variant_to_json(const struct variant *variant);

#endif

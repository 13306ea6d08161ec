#ifndef WEB_SETTINGS_H
#define WEB_SETTINGS_H

/* How URLs are fetched, the same for all strategies. Texts are borrowed. */

#include <stdbool.h>

enum http_choice {
    HTTP_1_1,
    HTTP_2,                 /* over TLS where the server offers it, 1.1 elsewhere */
    HTTP_2_PRIOR_KNOWLEDGE, /* without TLS as well */
};

struct settings {
    unsigned concurrency;
    unsigned per_host;       /* 0: no limit of its own */
    long timeout_ms;         /* for all of an attempt; 0: none */
    long connect_timeout_ms; /* 0: none */
    long stall_timeout_ms;   /* without a byte of the body; 0: none */
    unsigned retries;
    long retry_wait_ms; /* before the first retry; it doubles from one to the next */
    unsigned redirects;
    enum http_choice http;
    bool compressed;     /* asks for what libcurl can unpack */
    bool insecure;       /* any certificate will do */
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: the environment's, "": none */
    const char *user_agent;
    const char *directory; /* for bodies; NULL: they are not kept */
    const char *engine;    /* of the coroutines; NULL: their own */
};

#endif

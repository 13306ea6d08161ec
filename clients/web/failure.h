#ifndef WEB_FAILURE_H
#define WEB_FAILURE_H

/* Why a URL has no answer below 400, in a fixed list of words. */

#include <curl/curl.h>
#include <stdbool.h>

enum failure {
    FAILURE_NONE,
    FAILURE_HTTP,            /* an answer of 400 or above */
    FAILURE_BAD_URL,         /* no URL of http or https, here or behind a redirect */
    FAILURE_RESOLVE,         /* the name has no address */
    FAILURE_REFUSED,         /* nobody listens there */
    FAILURE_UNREACHABLE,     /* no connection for another reason */
    FAILURE_CONNECT_TIMEOUT, /* no connection in time */
    FAILURE_TIMEOUT,         /* no complete answer in time */
    FAILURE_STALLED,         /* not a byte for too long */
    FAILURE_RESET,           /* the connection broke */
    FAILURE_EMPTY,           /* closed without an answer */
    FAILURE_TRUNCATED,       /* closed before the announced end of the body */
    FAILURE_REDIRECT_LOOP,   /* more redirects than allowed */
    FAILURE_CERTIFICATE,     /* the server is not who it should be */
    FAILURE_TLS,             /* no encryption that both can do */
    FAILURE_PROXY,           /* the proxy does not let us through */
    FAILURE_PROTOCOL,        /* an answer that is not HTTP */
    FAILURE_ROBOTS,          /* robots.txt forbids it */
    FAILURE_FILE,            /* the body cannot be written */
    FAILURE_INTERRUPTED,     /* by a signal */
    FAILURE_INTERNAL,        /* no memory, and what cannot happen */
};

enum { FAILURE_KINDS = FAILURE_INTERNAL + 1 };

/* What is known at the end of a transfer. */
struct failure_facts {
    CURLcode code;
    long status;       /* of HTTP, 0 where none was received */
    long proxy_status; /* of HTTP as well, the proxy's answer to CONNECT; 0 where none was */
    long os_error;     /* errno of the connection, 0 where unknown */
    bool connected;    /* to the last of redirects, too */
    bool unwritten;    /* we could not take the body */
    bool stalled;      /* we gave up, because nothing came */
    bool total_over;   /* the time for all of it had passed */
};

enum failure failure_of(const struct failure_facts *facts);

/* "refused", "redirect-loop", ...; "" for FAILURE_NONE. */
const char *failure_word(enum failure failure);

/* Whether trying again may help: what the network did, and statuses that say so (408, 429, 500,
 * 502, 503, 504). */
bool failure_is_transient(enum failure failure, long status);

#endif

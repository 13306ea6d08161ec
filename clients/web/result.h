#ifndef WEB_RESULT_H
#define WEB_RESULT_H

#include "clients/web/failure.h"

#include <stdbool.h>
#include <stdint.h>

/* What became of a URL. Texts are borrowed for the call that is handed the result. */
struct result {
    const char *url;       /* as it was given */
    const char *final_url; /* where redirects have led; the same without */
    long status;           /* of HTTP; 0 where there was no complete answer */
    uint64_t bytes;        /* of the body, unpacked; of the last attempt */
    double seconds;        /* that the last attempt took, redirects included */
    enum failure failure;
    const char *message; /* a sentence on the failure; "" without one */
    unsigned attempts;
    long redirects;
    long connections;     /* opened in all attempts */
    const char *type;     /* Content-Type; "" where there was none */
    const char *file;     /* where the body was put; NULL: nowhere */
    const char *redirect; /* where the answer leads and was not followed; NULL: nowhere */
    bool crawled;         /* a crawl found it: the rest is known */
    unsigned depth;       /* links away from the page that the crawl began with */
    const char *found_on; /* a page that links to it; NULL: the crawl began with it */
};

#endif

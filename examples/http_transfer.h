#ifndef EXAMPLES_HTTP_TRANSFER_H
#define EXAMPLES_HTTP_TRANSFER_H

/* One request and its answer, as libcurl's easy interface has it: what waiting in a coroutine and
 * waiting in a thread have in common. */

#include "examples/http_fetch.h"

#include <curl/curl.h>

struct http_transfer {
    CURL *handle; /* borrowed */
    struct http_response *response;
    int write_error; /* why the body could not be kept; 0: it could */
    char message[CURL_ERROR_SIZE];
};

/* Sets what is the same for each request. Returns a handle for curl_easy_cleanup, or NULL. */
CURL *http_handle_create(void);

/* Prepares the handle for a request; *response becomes empty. */
void http_transfer_begin(struct http_transfer *transfer, CURL *handle, const char *url,
                         struct http_response *response);

/* What the transfer has come to: 0 and the response is complete, or -errno and it is empty again.
 * The handle can be used again. */
int http_transfer_end(struct http_transfer *transfer, CURLcode code);

#endif

#include "examples/http_transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 64 * 1024 * 1024, REDIRECTS_MAX = 10 };

static size_t keep_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    struct http_response *response = transfer->response;
    size_t length = size * count;
    char *body = NULL;

    if (length > BODY_MAX - response->size)
        transfer->write_error = -EMSGSIZE;
    else if ((body = realloc(response->body, response->size + length + 1)) == NULL)
        transfer->write_error = -ENOMEM;
    if (body == NULL)
        return 0;
    memcpy(body + response->size, bytes, length);
    response->body = body;
    response->size += length;
    body[response->size] = '\0';
    return length;
}

CURL *http_handle_create(void)
{
    CURL *handle = curl_easy_init();

    if (handle == NULL)
        return NULL;
    /* Signals would be the whole process's: libcurl's time-outs must do without. */
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep_body);
    return handle;
}

void http_transfer_begin(struct http_transfer *transfer, CURL *handle, const char *url,
                         struct http_response *response)
{
    *response = (struct http_response){.status = 0};
    *transfer = (struct http_transfer){.handle = handle, .response = response};
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->message);
}

static int error_of(const struct http_transfer *transfer, CURLcode code)
{
    long os_error = 0;

    switch (code) {
    case CURLE_OK:
        return 0;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return -EINVAL;
    case CURLE_COULDNT_RESOLVE_HOST:
        return -EHOSTUNREACH;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_ABORTED_BY_CALLBACK:
        return -ECANCELED;
    case CURLE_WRITE_ERROR:
        return transfer->write_error;
    default:
        curl_easy_getinfo(transfer->handle, CURLINFO_OS_ERRNO, &os_error);
        return os_error > 0 ? -(int)os_error : -EPROTO;
    }
}

int http_transfer_end(struct http_transfer *transfer, CURLcode code)
{
    int error = error_of(transfer, code);

    if (transfer->message[0] == '\0')
        strncpy(transfer->message, curl_easy_strerror(code), sizeof(transfer->message) - 1);
    curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &transfer->response->status);
    curl_easy_setopt(transfer->handle, CURLOPT_ERRORBUFFER, NULL);
    if (error == 0 && transfer->response->body == NULL) {
        transfer->response->body = calloc(1, 1);
        error = transfer->response->body != NULL ? 0 : -ENOMEM;
    }
    if (error != 0)
        http_response_finish(transfer->response);
    return error;
}

void http_response_finish(struct http_response *response)
{
    free(response->body);
    *response = (struct http_response){.status = 0};
}

int http_get_blocking(const char *url, struct http_response *response)
{
    struct http_transfer transfer;
    CURL *handle = http_handle_create();
    int error;

    if (handle == NULL)
        return -ENOMEM;
    http_transfer_begin(&transfer, handle, url, response);
    error = http_transfer_end(&transfer, curl_easy_perform(handle));
    curl_easy_cleanup(handle);
    return error;
}

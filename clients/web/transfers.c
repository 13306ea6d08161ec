#include "clients/web/transfers.h"

#include <errno.h>

int transfers_error(CURLMcode code)
{
    if (code == CURLM_OK)
        return 0;
    return code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO;
}

CURLM *transfers_create(const struct work *work)
{
    CURLM *multi = curl_multi_init();
    long concurrency = (long)work->settings->concurrency;

    if (multi == NULL)
        return NULL;
    /* Connections that are kept for the next URL; libcurl's own choice follows the number of
     * transfers at a time, which goes up and down. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, concurrency);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                      work->settings->http != HTTP_1_1 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, concurrency);
    return multi;
}

static void finish(CURLM *multi, struct agenda *agenda, CURL *handle, CURLcode code)
{
    struct fetch *fetch = NULL;

    curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&fetch);
    curl_multi_remove_handle(multi, handle);
    agenda_finish(agenda, fetch, code);
}

static void finish_ended(CURLM *multi, struct agenda *agenda)
{
    const struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            finish(multi, agenda, message->easy_handle, message->data.result);
    }
}

bool transfers_turn(CURLM *multi, struct agenda *agenda)
{
    struct fetch *fetch;
    enum agenda_step step;

    finish_ended(multi, agenda);
    while ((fetch = agenda_overdue(agenda)) != NULL)
        finish(multi, agenda, fetch->handle, CURLE_ABORTED_BY_CALLBACK);
    while ((step = agenda_next(agenda, &fetch)) == AGENDA_FETCH) {
        if (curl_multi_add_handle(multi, fetch->handle) != CURLM_OK)
            agenda_finish(agenda, fetch, CURLE_OUT_OF_MEMORY);
    }
    return step == AGENDA_WAIT;
}

void transfers_abandon(CURLM *multi, struct agenda *agenda)
{
    struct fetch *fetch;

    while ((fetch = agenda_under_way(agenda)) != NULL)
        finish(multi, agenda, fetch->handle, CURLE_ABORTED_BY_CALLBACK);
}

#include "clients/webserver/stats.h"

#include "common/clock.h"
#include "common/digest.h"

#include <errno.h>
#include <inttypes.h>

static struct bufferevent *on_connection(struct event_base *base, void *context)
{
    struct web_stats *stats = context;

    stats->connections++;
    if (stats->first_ns == 0)
        stats->first_ns = clock_ns();
    return NULL; /* evhttp makes its own, as without a callback */
}

void web_stats_watch(struct web_stats *stats, struct evhttp *http)
{
    evhttp_set_bevcb(http, on_connection, stats);
}

void web_stats_request(struct web_stats *stats)
{
    stats->requests++;
}

void web_stats_answer(struct web_stats *stats, struct evhttp_request *request)
{
    int status = evhttp_request_get_response_code(request);

    if (status > 0 && status < STATS_STATUSES)
        stats->answers[status]++;
    if (status == HTTP_OK)
        stats->targets += digest_text(evhttp_request_get_uri(request));
    stats->last_ns = clock_ns();
}

int web_stats_print(FILE *file, const struct web_stats *stats)
{
    const char *before = "";
    double seconds = 0;

    if (stats->last_ns > 0)
        seconds = (double)(stats->last_ns - stats->first_ns) / 1e9;
    fprintf(file, "{\"connections\": %lu, \"requests\": %lu, \"answers\": {", stats->connections,
            stats->requests);
    for (int status = 0; status < STATS_STATUSES; status++) {
        if (stats->answers[status] == 0)
            continue;
        fprintf(file, "%s\"%d\": %lu", before, status, stats->answers[status]);
        before = ", ";
    }
    fprintf(file, "}, \"targets\": \"%016" PRIx64 "\", \"seconds\": %.9f}\n", stats->targets,
            seconds);
    if (fflush(file) != 0)
        return -errno;
    return ferror(file) ? -EIO : 0;
}

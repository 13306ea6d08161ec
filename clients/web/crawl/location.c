#include "clients/web/crawl/location.h"

#include "clients/web/crawl/percent.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int error_of(CURLUcode code)
{
    switch (code) {
    case CURLUE_OK:
        return 0;
    case CURLUE_OUT_OF_MEMORY:
        return -ENOMEM;
    case CURLUE_UNSUPPORTED_SCHEME:
        return -EPROTONOSUPPORT;
    default:
        return -EINVAL;
    }
}

/*
 * A reference as an attribute of HTML may hold it, white space around it and line ends inside, in
 * its normal spelling; escapes first, because one of them may stand for a dot. Room for three bytes
 * each.
 */
static int clean(const char *reference, char *result)
{
    size_t length = strlen(reference), start = 0, written = 0;
    char *text;

    while (start < length && (unsigned char)reference[start] <= ' ')
        start++;
    while (length > start && (unsigned char)reference[length - 1] <= ' ')
        length--;
    if (length - start > LOCATION_LENGTH_MAX)
        return -ENAMETOOLONG;
    text = malloc(length - start + 1);
    if (text == NULL)
        return -ENOMEM;
    for (size_t i = start; i < length; i++)
        if (reference[i] != '\t' && reference[i] != '\n' && reference[i] != '\r')
            text[written++] = reference[i];
    percent_normalise(text, written, "", result);
    free(text);
    return 0;
}

static CURLUcode normalise_host(CURLU *url)
{
    char *host;
    CURLUcode code = curl_url_get(url, CURLUPART_HOST, &host, 0);

    if (code != CURLUE_OK)
        return code;
    for (char *at = host; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    code = curl_url_set(url, CURLUPART_HOST, host, 0);
    curl_free(host);
    return code;
}

/* Copies what libcurl allocated in a way of its own. */
static CURLUcode get(CURLU *url, CURLUPart part, unsigned flags, char **result)
{
    char *text;
    CURLUcode code = curl_url_get(url, part, &text, flags);

    if (code != CURLUE_OK)
        return code;
    *result = strdup(text);
    curl_free(text);
    return *result != NULL ? CURLUE_OK : CURLUE_OUT_OF_MEMORY;
}

static CURLUcode parse(CURLU *url, const char *base, const char *reference)
{
    CURLUcode code = CURLUE_OK;

    if (base != NULL)
        code = curl_url_set(url, CURLUPART_URL, base, 0);
    /* An empty reference and a mere fragment mean the page itself, which libcurl has no notion of.
     */
    if (code == CURLUE_OK && (base == NULL || (reference[0] != '\0' && reference[0] != '#')))
        code = curl_url_set(url, CURLUPART_URL, reference, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    return code;
}

static bool is_web(CURLU *url)
{
    char *scheme;
    bool web;

    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return false;
    web = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
    curl_free(scheme);
    return web;
}

static CURLUcode take_apart(CURLU *url, struct location *location)
{
    char *scheme = NULL, *port = NULL, *query = NULL, *path = NULL;
    CURLUcode code = get(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT, &location->url);

    if (code == CURLUE_OK)
        code = get(url, CURLUPART_HOST, 0, &location->host);
    if (code == CURLUE_OK)
        code = get(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, &location->port);
    if (code == CURLUE_OK)
        code = get(url, CURLUPART_SCHEME, 0, &scheme);
    if (code == CURLUE_OK)
        code = get(url, CURLUPART_PATH, 0, &path);
    if (code != CURLUE_OK)
        goto done;
    location->default_port =
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT) == CURLUE_NO_PORT;
    curl_free(port);
    code = get(url, CURLUPART_QUERY, 0, &query);
    if (code == CURLUE_NO_QUERY)
        code = CURLUE_OK;
    if (code == CURLUE_OK && (asprintf(&location->origin, "%s://%s%s%s", scheme, location->host,
                                       location->default_port ? "" : ":",
                                       location->default_port ? "" : location->port) < 0 ||
                              asprintf(&location->path, "%s%s%s", path, query != NULL ? "?" : "",
                                       query != NULL ? query : "") < 0))
        code = CURLUE_OUT_OF_MEMORY;
done:
    free(scheme);
    free(path);
    free(query);
    return code;
}

int location_init(struct location *location, const char *base, const char *reference)
{
    char text[3 * LOCATION_LENGTH_MAX + 1];
    CURLU *url;
    int error;

    *location = (struct location){.url = NULL};
    error = clean(reference, text);
    if (error != 0)
        return error;
    url = curl_url();
    if (url == NULL)
        return -ENOMEM;
    error = error_of(parse(url, base, text));
    if (error == 0 && !is_web(url))
        error = -EPROTONOSUPPORT;
    if (error == 0)
        error = error_of(normalise_host(url));
    if (error == 0)
        error = error_of(take_apart(url, location));
    if (error == 0 && strlen(location->url) > LOCATION_LENGTH_MAX)
        error = -ENAMETOOLONG;
    curl_url_cleanup(url);
    if (error != 0)
        location_finish(location);
    return error;
}

void location_finish(struct location *location)
{
    free(location->url);
    free(location->origin);
    free(location->path);
    free(location->host);
    free(location->port);
    *location = (struct location){.url = NULL};
}

bool location_same_host(const struct location *one, const struct location *other)
{
    return strcmp(one->host, other->host) == 0 &&
           (strcmp(one->port, other->port) == 0 || (one->default_port && other->default_port));
}

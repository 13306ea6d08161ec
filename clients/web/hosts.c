#include "clients/web/hosts.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A host is remembered while one of its URLs is under way or waits, so there are never many. */
enum { BUCKETS = 1024, KEY_SIZE = 512 };

struct host {
    LIST_ENTRY(host) in_bucket;
    TAILQ_ENTRY(host) in_ready; /* where it has room, and somebody who waits for it */
    bool ready;
    unsigned under_way;
    struct target_queue waiting;
    char key[];
};

struct hosts {
    unsigned limit;
    size_t waiting;
    CURLU *parser;
    TAILQ_HEAD(, host) ready;
    LIST_HEAD(bucket, host) buckets[BUCKETS];
};

int hosts_create(struct hosts **hosts, unsigned limit)
{
    struct hosts *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return -ENOMEM;
    made->limit = limit;
    TAILQ_INIT(&made->ready);
    made->parser = curl_url();
    if (made->parser == NULL) {
        free(made);
        return -ENOMEM;
    }
    *hosts = made;
    return 0;
}

/* Returns false for what is no URL of a host. */
static bool find_key(struct hosts *hosts, const char *url, char key[static KEY_SIZE])
{
    char *name = NULL, *port = NULL;
    bool found =
        curl_url_set(hosts->parser, CURLUPART_URL, url,
                     CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(hosts->parser, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
        curl_url_get(hosts->parser, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        snprintf(key, KEY_SIZE, "%s:%s", name, port) < KEY_SIZE;

    for (char *letter = key; found && *letter != '\0'; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    curl_free(name);
    curl_free(port);
    return found;
}

/* FNV-1a. */
static size_t bucket_of(const char *key)
{
    uint32_t hash = 2166136261;

    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619;
    return hash % BUCKETS;
}

static struct host *find_host(struct hosts *hosts, const char *key)
{
    struct bucket *bucket = &hosts->buckets[bucket_of(key)];
    size_t size = strlen(key) + 1;
    struct host *host;

    LIST_FOREACH(host, bucket, in_bucket)
    {
        if (strcmp(host->key, key) == 0)
            return host;
    }
    host = calloc(1, sizeof(*host) + size);
    if (host == NULL)
        return NULL;
    memcpy(host->key, key, size);
    STAILQ_INIT(&host->waiting);
    LIST_INSERT_HEAD(bucket, host, in_bucket);
    return host;
}

static void forget_host(struct hosts *hosts, struct host *host)
{
    if (host->under_way > 0 || !STAILQ_EMPTY(&host->waiting))
        return;
    LIST_REMOVE(host, in_bucket);
    free(host);
}

static void update_ready(struct hosts *hosts, struct host *host)
{
    bool ready = host->under_way < hosts->limit && !STAILQ_EMPTY(&host->waiting);

    if (ready && !host->ready)
        TAILQ_INSERT_TAIL(&hosts->ready, host, in_ready);
    if (!ready && host->ready)
        TAILQ_REMOVE(&hosts->ready, host, in_ready);
    host->ready = ready;
}

bool hosts_admit(struct hosts *hosts, struct target *target)
{
    char key[KEY_SIZE];
    struct host *host = NULL;

    if (find_key(hosts, target->url, key))
        host = find_host(hosts, key);
    target->host = host;
    if (host == NULL)
        return true;
    if (host->under_way < hosts->limit && STAILQ_EMPTY(&host->waiting)) {
        host->under_way++;
        return true;
    }
    STAILQ_INSERT_TAIL(&host->waiting, target, entry);
    hosts->waiting++;
    update_ready(hosts, host);
    return false;
}

struct target *hosts_take(struct hosts *hosts)
{
    struct host *host = TAILQ_FIRST(&hosts->ready);
    struct target *target;

    if (host == NULL)
        return NULL;
    target = STAILQ_FIRST(&host->waiting);
    STAILQ_REMOVE_HEAD(&host->waiting, entry);
    hosts->waiting--;
    host->under_way++;
    update_ready(hosts, host);
    return target;
}

void hosts_leave(struct hosts *hosts, struct target *target)
{
    struct host *host = target->host;

    if (host == NULL)
        return;
    target->host = NULL;
    host->under_way--;
    update_ready(hosts, host);
    forget_host(hosts, host);
}

size_t hosts_waiting(const struct hosts *hosts)
{
    return hosts->waiting;
}

static struct host *any_with_waiting(struct hosts *hosts)
{
    struct host *host;

    for (size_t i = 0; i < BUCKETS; i++) {
        LIST_FOREACH(host, &hosts->buckets[i], in_bucket)
        {
            if (!STAILQ_EMPTY(&host->waiting))
                return host;
        }
    }
    return NULL;
}

struct target *hosts_dismiss(struct hosts *hosts)
{
    struct host *host = hosts->waiting > 0 ? any_with_waiting(hosts) : NULL;
    struct target *target;

    if (host == NULL)
        return NULL;
    target = STAILQ_FIRST(&host->waiting);
    STAILQ_REMOVE_HEAD(&host->waiting, entry);
    target->host = NULL;
    hosts->waiting--;
    update_ready(hosts, host);
    forget_host(hosts, host);
    return target;
}

void hosts_destroy(struct hosts *hosts)
{
    if (hosts == NULL)
        return;
    for (struct target *target; (target = hosts_dismiss(hosts)) != NULL;)
        free(target);
    curl_url_cleanup(hosts->parser);
    free(hosts);
}

#include "tests/web/site.h"

#include "common/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 8192, PATHS_MAX = 512, SETTLE_MS = 30, DRIP_MS = 20 };

/* What came for one path. */
struct visits {
    char path[128];
    unsigned requests;
    char last[REQUEST_MAX];
};

struct connection {
    struct connection *next;
    struct site *site;
    pthread_t thread;
    int fd; /* shut when the site stops, closed when the thread was joined, or -1 */
};

struct site {
    struct fixture *fixture;
    const struct site_page *pages;
    int listener;
    unsigned port;
    char url[64];
    pthread_t acceptor;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    struct connection *connections;
    unsigned connection_count, request_count, present, most_at_once;
    unsigned gathered, generation; /* of those that wait for each other */
    bool stopping;
    struct visits *visits;
    size_t paths;
};

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool __attribute__((format(printf, 2, 3))) send_text(int fd, const char *format, ...)
{
    char text[REQUEST_MAX];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return length > 0 && (size_t)length < sizeof(text) && send_all(fd, text, (size_t)length);
}

/* One request up to its empty line; clients here do not send several ahead. */
static bool read_request(int fd, char *request)
{
    size_t length = 0;

    do {
        ssize_t got = recv(fd, request + length, REQUEST_MAX - 1 - length, 0);

        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
    } while (strstr(request, "\r\n\r\n") == NULL && length < REQUEST_MAX - 1);
    return true;
}

static void wait_for_end(int fd)
{
    char scrap[256];

    while (recv(fd, scrap, sizeof(scrap), 0) > 0)
        continue;
}

static void reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static struct visits *find_visits(struct site *site, const char *path)
{
    for (size_t i = 0; i < site->paths; i++)
        if (strcmp(site->visits[i].path, path) == 0)
            return &site->visits[i];
    return NULL;
}

/* Returns how often the path was asked for before. */
static unsigned note_request(struct site *site, const char *path, const char *request)
{
    struct visits *visits;
    unsigned before = 0;

    pthread_mutex_lock(&site->lock);
    site->request_count++;
    if (++site->present > site->most_at_once)
        site->most_at_once = site->present;
    visits = find_visits(site, path);
    if (visits == NULL && site->paths < PATHS_MAX) {
        visits = &site->visits[site->paths++];
        snprintf(visits->path, sizeof(visits->path), "%s", path);
    }
    if (visits != NULL) {
        before = visits->requests++;
        snprintf(visits->last, sizeof(visits->last), "%s", request);
    }
    pthread_mutex_unlock(&site->lock);
    return before;
}

static void note_leaving(struct site *site)
{
    pthread_mutex_lock(&site->lock);
    site->present--;
    pthread_mutex_unlock(&site->lock);
}

static const struct site_page *find_page(const struct site *site, const char *path)
{
    const struct site_page *page;

    for (page = site->pages; page->path != NULL; page++) {
        size_t length = strlen(page->path);

        if (page->path[length - 1] == '*' ? strncmp(page->path, path, length - 1) == 0
                                          : strcmp(page->path, path) == 0)
            return page;
    }
    return NULL;
}

static const char *body_of(const struct site_page *page)
{
    return page->body != NULL ? page->body : "hello\n";
}

static bool answer(int fd, unsigned status, const char *headers, const char *body)
{
    return send_text(fd, "HTTP/1.1 %u Because\r\nContent-Length: %zu\r\n%s\r\n", status,
                     strlen(body), headers != NULL ? headers : "") &&
           send_all(fd, body, strlen(body));
}

static bool half_a_body(int fd)
{
    return send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
}

static void drip(const struct site *site, int fd)
{
    if (!send_text(fd, "HTTP/1.1 200 OK\r\n\r\n"))
        return;
    while (send_all(fd, ".", 1))
        pause_ms(DRIP_MS);
}

/* Those who are one too many have time to show up before the last one opens the door. */
static void gather(struct site *site, unsigned count)
{
    unsigned generation;

    pthread_mutex_lock(&site->lock);
    generation = site->generation;
    if (++site->gathered >= count) {
        pthread_mutex_unlock(&site->lock);
        pause_ms(SETTLE_MS);
        pthread_mutex_lock(&site->lock);
        site->generation++;
        site->gathered = 0;
        pthread_cond_broadcast(&site->changed);
    }
    while (generation == site->generation && !site->stopping)
        pthread_cond_wait(&site->changed, &site->lock);
    pthread_mutex_unlock(&site->lock);
}

/* Returns whether the connection goes on. */
static bool misbehave(struct site *site, int fd, const struct site_page *page)
{
    switch (page->manner) {
    case SITE_RESET:
        reset(fd);
        break;
    case SITE_RESET_IN_BODY:
        /* A reset overtakes what was not read yet; the client shall have begun to read. */
        if (half_a_body(fd))
            pause_ms(SETTLE_MS);
        reset(fd);
        break;
    case SITE_SHORT:
        half_a_body(fd);
        break;
    case SITE_STALL:
        half_a_body(fd);
        wait_for_end(fd);
        break;
    case SITE_SILENT:
        wait_for_end(fd);
        break;
    case SITE_DRIP:
        drip(site, fd);
        break;
    case SITE_BROKEN_CHUNKS:
        send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        break;
    case SITE_NO_HTTP:
        send_text(fd, "220 here speaks another protocol\r\n");
        break;
    default:
        break;
    }
    return false;
}

static bool is_answer(const struct site_page *page)
{
    return page->manner == SITE_ANSWER || page->manner == SITE_BUSY || page->manner == SITE_GATHER;
}

static bool serve(struct site *site, int fd, char *request)
{
    const struct site_page *page;
    char path[128] = "";
    unsigned before;
    bool goes_on;

    if (sscanf(request, "GET %127s HTTP/1.", path) != 1 &&
        sscanf(request, "CONNECT %127s HTTP/1.", path) != 1)
        return false;
    before = note_request(site, path, request);
    page = find_page(site, path);
    if (page != NULL && !is_answer(page)) {
        goes_on = misbehave(site, fd, page);
        note_leaving(site);
        return goes_on;
    }
    if (page != NULL && page->manner == SITE_GATHER)
        gather(site, page->count);
    /* With the answer in hand a client may already send the next request elsewhere. */
    note_leaving(site);
    if (page == NULL)
        return answer(fd, 404, NULL, "not here\n");
    if (page->manner == SITE_BUSY && before < page->count)
        return answer(fd, 503, page->headers, "later\n");
    return answer(fd, page->manner == SITE_ANSWER ? page->status : 200,
                  page->manner == SITE_BUSY ? NULL : page->headers, body_of(page));
}

static void *converse(void *argument)
{
    struct connection *connection = argument;
    struct site *site = connection->site;
    char request[REQUEST_MAX];
    int fd = connection->fd;

    while (read_request(fd, request) && serve(site, fd, request))
        continue;
    pthread_mutex_lock(&site->lock);
    connection->fd = -1;
    pthread_mutex_unlock(&site->lock);
    close(fd);
    return NULL;
}

static void admit(struct site *site, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    int on = 1;

    /* Headers and body are sent by themselves. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    pthread_mutex_lock(&site->lock);
    if (connection == NULL || site->stopping) {
        close(fd);
        free(connection);
    } else {
        *connection = (struct connection){site->connections, site, 0, fd};
        site->connection_count++;
        if (pthread_create(&connection->thread, NULL, converse, connection) == 0) {
            site->connections = connection;
        } else {
            close(fd);
            free(connection);
        }
    }
    pthread_mutex_unlock(&site->lock);
}

static void *accept_all(void *argument)
{
    struct site *site = argument;
    int fd;

    while ((fd = accept4(site->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        admit(site, fd);
    return NULL;
}

static void site_stop(void *argument)
{
    struct site *site = argument;
    struct connection *connection;

    shutdown(site->listener, SHUT_RDWR);
    pthread_join(site->acceptor, NULL);
    pthread_mutex_lock(&site->lock);
    site->stopping = true;
    pthread_cond_broadcast(&site->changed);
    for (connection = site->connections; connection != NULL; connection = connection->next)
        if (connection->fd >= 0)
            shutdown(connection->fd, SHUT_RDWR);
    pthread_mutex_unlock(&site->lock);
    while ((connection = site->connections) != NULL) {
        site->connections = connection->next;
        pthread_join(connection->thread, NULL);
        free(connection);
    }
    close(site->listener);
    pthread_cond_destroy(&site->changed);
    pthread_mutex_destroy(&site->lock);
    free(site->visits);
    free(site);
}

static bool open_listener(struct site *site)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);

    site->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (site->listener < 0 ||
        bind(site->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(site->listener, SOMAXCONN) != 0 ||
        getsockname(site->listener, (struct sockaddr *)&address, &length) != 0)
        return false;
    site->port = ntohs(address.sin_port);
    snprintf(site->url, sizeof(site->url), "http://127.0.0.1:%u", site->port);
    return true;
}

struct site *site_start(struct fixture *fixture, const struct site_page *pages)
{
    struct site *site = calloc(1, sizeof(*site));

    if (site == NULL || (site->visits = calloc(PATHS_MAX, sizeof(*site->visits))) == NULL)
        abort();
    site->fixture = fixture;
    site->pages = pages;
    pthread_mutex_init(&site->lock, NULL);
    pthread_cond_init(&site->changed, NULL);
    if (!open_listener(site) || pthread_create(&site->acceptor, NULL, accept_all, site) != 0)
        fixture_fail(fixture, "cannot serve: %s", strerror(errno));
    fixture_defer(fixture, site_stop, site);
    return site;
}

const char *site_url(const struct site *site)
{
    return site->url;
}

unsigned site_port(const struct site *site)
{
    return site->port;
}

static unsigned read_locked(struct site *site, const unsigned *number)
{
    unsigned value;

    pthread_mutex_lock(&site->lock);
    value = *number;
    pthread_mutex_unlock(&site->lock);
    return value;
}

unsigned site_requests(struct site *site, const char *path)
{
    const struct visits *visits;
    unsigned requests;

    if (path == NULL)
        return read_locked(site, &site->request_count);
    pthread_mutex_lock(&site->lock);
    visits = find_visits(site, path);
    requests = visits != NULL ? visits->requests : 0;
    pthread_mutex_unlock(&site->lock);
    return requests;
}

void site_last_request(struct site *site, const char *path, char *text, size_t size)
{
    const struct visits *visits;

    pthread_mutex_lock(&site->lock);
    visits = find_visits(site, path);
    snprintf(text, size, "%s", visits != NULL ? visits->last : "");
    pthread_mutex_unlock(&site->lock);
}

unsigned site_connections(struct site *site)
{
    return read_locked(site, &site->connection_count);
}

unsigned site_most_at_once(struct site *site)
{
    return read_locked(site, &site->most_at_once);
}

unsigned site_present(struct site *site)
{
    return read_locked(site, &site->present);
}

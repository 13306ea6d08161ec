/*
 * Stands in for webclient in the tests of fibbench: as many blocking connections at a time as it is
 * told, one for each URL; and strategies that do not do what they should.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { URLS_MOST = 1000, URL_LONGEST = 128, CONCURRENCY_MOST = 100, STATUS_SAD = 3 };

static const char LIST[] =
    "[{\"name\": \"easy\", \"family\": \"easy\", \"library\": \"fake 1\", \"concurrent\": false,"
    " \"available\": true, \"reason\": null},"
    "{\"name\": \"multi\", \"family\": \"multi\", \"library\": \"fake 1, faker 2\", "
    "\"concurrent\": true,"
    " \"available\": true, \"reason\": null},"
    "{\"name\": \"twice\", \"concurrent\": true, \"available\": true},"
    "{\"name\": \"short\", \"concurrent\": true, \"available\": true},"
    "{\"name\": \"other\", \"concurrent\": true, \"available\": true},"
    "{\"name\": \"sad\", \"concurrent\": true, \"available\": true},"
    "{\"name\": \"calm\", \"concurrent\": true, \"available\": true},"
    "{\"name\": \"crash\", \"concurrent\": true, \"available\": true},"
    "{\"name\": \"gone\", \"concurrent\": true, \"available\": false,"
    " \"reason\": \"it is on holiday\"}]";

struct urls {
    char texts[URLS_MOST + 1][URL_LONGEST];
    size_t count;
};

static void read_urls(struct urls *urls, const char *path)
{
    FILE *file = fopen(path, "re");

    while (file != NULL && urls->count < URLS_MOST &&
           fscanf(file, "%127s", urls->texts[urls->count]) == 1)
        urls->count++;
    if (file != NULL)
        fclose(file);
}

/* Sends the request. */
static int begin(const char *url)
{
    char path[URL_LONGEST], request[2 * URL_LONGEST];
    unsigned port;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int length, connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (sscanf(url, "http://127.0.0.1:%u%127s", &port, path) != 2)
        exit(EXIT_FAILURE);
    address.sin_port = htons((uint16_t)port);
    length = snprintf(request, sizeof(request),
                      "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    if (connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        send(connection, request, (size_t)length, MSG_NOSIGNAL) != length)
        exit(EXIT_FAILURE);
    return connection;
}

/* Reads until the server closes. */
static void finish(int connection)
{
    char bytes[4096];

    while (recv(connection, bytes, sizeof(bytes), 0) > 0)
        ;
    close(connection);
}

static void fetch_all(const struct urls *urls, size_t concurrency)
{
    int connections[CONCURRENCY_MOST];

    for (size_t first = 0; first < urls->count; first += concurrency) {
        size_t count = urls->count - first < concurrency ? urls->count - first : concurrency;

        for (size_t i = 0; i < count; i++)
            connections[i] = begin(urls->texts[first + i]);
        for (size_t i = 0; i < count; i++)
            finish(connections[i]);
    }
}

/* What it does to the list that it was given. */
static void spoil(struct urls *urls, const char *backend)
{
    if (strcmp(backend, "twice") == 0)
        memcpy(urls->texts[urls->count++], urls->texts[0], URL_LONGEST);
    if (strcmp(backend, "short") == 0)
        urls->count--;
    if (strcmp(backend, "other") == 0)
        memcpy(urls->texts[urls->count - 1], urls->texts[0], URL_LONGEST);
}

/* Of an option that is repeated the last value counts. */
static const char *value_of(int count, char **arguments, const char *name)
{
    const char *value = "";

    for (int i = 1; i < count; i++)
        if (strncmp(arguments[i], name, strlen(name)) == 0)
            value = arguments[i] + strlen(name);
    return value;
}

/* Whether nothing outside the list can change what it measures. */
static bool is_let_alone(int count, char **arguments)
{
    return getenv("http_proxy") == NULL && getenv("ALL_PROXY") == NULL &&
           strcmp(value_of(count, arguments, "--stall-timeout="), "0") == 0;
}

int main(int count, char **arguments)
{
    static struct urls urls;
    const char *backend = value_of(count, arguments, "--backend=");
    size_t concurrency = strtoul(value_of(count, arguments, "--concurrency="), NULL, 10);

    if (count > 1 && strcmp(arguments[1], "--list-backends") == 0) {
        puts(LIST);
        return EXIT_SUCCESS;
    }
    read_urls(&urls, value_of(count, arguments, "--input="));
    if (urls.count == 0 || concurrency == 0 || concurrency > CONCURRENCY_MOST)
        return EXIT_FAILURE;
    if (strcmp(backend, "calm") == 0 && !is_let_alone(count, arguments))
        return EXIT_FAILURE;
    spoil(&urls, backend);
    fetch_all(&urls, strcmp(backend, "easy") == 0 ? 1 : concurrency);
    if (strcmp(backend, "crash") == 0)
        raise(SIGKILL);
    if (strcmp(backend, "sad") == 0) {
        fputs("it is raining\n", stderr);
        return STATUS_SAD;
    }
    return EXIT_SUCCESS;
}

#include "clients/web/crawl/links.h"

#include "clients/web/crawl/location.h"

#include <errno.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that grow. */
struct bytes {
    char *start;
    size_t length, room;
};

struct links {
    char *charset;
    struct bytes page;
    char *base;         /* of the first base element with an href, as it stands there */
    struct bytes found; /* the references, one behind the other, each ended by a NUL */
    bool nofollow;
    bool out_of_memory;
};

static const char *attribute(const xmlChar **attributes, const char *name)
{
    for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
        if (strcmp((const char *)attributes[0], name) == 0)
            return attributes[1] != NULL ? (const char *)attributes[1] : "";
    return NULL;
}

/* True where a list of words, separated by white space or commas, has one of those in the second.
 */
static bool has_word(const char *list, const char *const *words)
{
    static const char separators[] = " \t\n\f\r,";

    if (list == NULL)
        return false;
    for (list += strspn(list, separators); *list != '\0'; list += strspn(list, separators)) {
        size_t length = strcspn(list, separators);

        for (size_t i = 0; words[i] != NULL; i++)
            if (strlen(words[i]) == length && strncasecmp(list, words[i], length) == 0)
                return true;
        list += length;
    }
    return false;
}

static bool append(struct bytes *bytes, const char *added, size_t length)
{
    size_t room = bytes->room == 0 ? 1024 : bytes->room;
    char *start;

    while (room < bytes->length + length)
        room *= 2;
    if (room != bytes->room) {
        start = realloc(bytes->start, room);
        if (start == NULL)
            return false;
        bytes->start = start;
        bytes->room = room;
    }
    memcpy(bytes->start + bytes->length, added, length);
    bytes->length += length;
    return true;
}

static void keep(struct links *links, const char *reference)
{
    size_t length = strlen(reference) + 1;

    if (length <= LOCATION_LENGTH_MAX && length <= LINKS_BYTES_MAX - links->found.length &&
        !append(&links->found, reference, length))
        links->out_of_memory = true;
}

static void take_base(struct links *links, const char *reference)
{
    if (reference == NULL || links->base != NULL)
        return;
    links->base = strdup(reference);
    links->out_of_memory |= links->base == NULL;
}

static void on_element(void *context, const xmlChar *element, const xmlChar **attributes)
{
    static const char *const refused[] = {"nofollow", NULL},
                             *const none[] = {"nofollow", "none", NULL},
                             *const pages[] = {"next", "prev", "canonical", "alternate", NULL},
                             *const robots[] = {"robots", NULL};
    const char *name = (const char *)element, *reference = NULL;
    struct links *links = context;

    if (strcmp(name, "base") == 0)
        take_base(links, attribute(attributes, "href"));
    else if (strcmp(name, "meta") == 0)
        links->nofollow |= has_word(attribute(attributes, "name"), robots) &&
                           has_word(attribute(attributes, "content"), none);
    else if (strcmp(name, "a") == 0 || strcmp(name, "area") == 0)
        reference = attribute(attributes, "href");
    else if (strcmp(name, "frame") == 0 || strcmp(name, "iframe") == 0)
        reference = attribute(attributes, "src");
    else if (strcmp(name, "link") == 0 && has_word(attribute(attributes, "rel"), pages))
        reference = attribute(attributes, "href");
    if (reference != NULL && !has_word(attribute(attributes, "rel"), refused))
        keep(links, reference);
}

struct links *links_create(const char *charset)
{
    struct links *links = calloc(1, sizeof(*links));

    if (links != NULL && charset != NULL && (links->charset = strdup(charset)) == NULL) {
        free(links);
        return NULL;
    }
    return links;
}

void links_destroy(struct links *links)
{
    if (links == NULL)
        return;
    free(links->charset);
    free(links->page.start);
    free(links->base);
    free(links->found.start);
    free(links);
}

bool links_feed(struct links *links, const char *bytes, size_t length)
{
    size_t left = LINKS_PAGE_MAX - links->page.length;

    return append(&links->page, bytes, length < left ? length : left);
}

/* Calls on_element with each element; no tree is built. */
static bool parse(struct links *links)
{
    htmlParserCtxtPtr parser;
    xmlCharEncodingHandlerPtr handler;

    parser = htmlCreateMemoryParserCtxt(links->page.start, (int)links->page.length);
    if (parser == NULL)
        return false;
    *parser->sax = (htmlSAXHandler){.startElement = on_element};
    parser->userData = links;
    htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                   HTML_PARSE_NONET);
    handler = links->charset != NULL ? xmlFindCharEncodingHandler(links->charset) : NULL;
    if (handler != NULL)
        xmlSwitchToEncoding(parser, handler);
    htmlParseDocument(parser);
    htmlFreeParserCtxt(parser);
    return true;
}

int links_finish(struct links *links, const char *url,
                 void (*visit)(void *context, struct location *link), void *context)
{
    struct location base, link;
    int error;

    if (links->page.length > 0 && !parse(links))
        return -ENOMEM;
    if (links->nofollow)
        return 0;
    /* A base that is no URL of the web is as good as none. */
    if (links->base == NULL || location_init(&base, url, links->base) != 0) {
        error = location_init(&base, NULL, url);
        if (error != 0)
            return error == -ENOMEM ? error : 0;
    }
    for (size_t at = 0; at < links->found.length; at += strlen(links->found.start + at) + 1) {
        error = location_init(&link, base.url, links->found.start + at);
        if (error == 0)
            visit(context, &link);
        links->out_of_memory |= error == -ENOMEM;
        location_finish(&link);
    }
    location_finish(&base);
    return links->out_of_memory ? -ENOMEM : 0;
}

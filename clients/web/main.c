/* webclient: fetches URLs concurrently, by one of several strategies. */

#include "clients/web/crawl/source.h"
#include "clients/web/interrupt.h"
#include "clients/web/lines.h"
#include "clients/web/list.h"
#include "clients/web/options.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, BUFFER_BYTES = 64 * 1024 };

static void raise_descriptor_limit(unsigned concurrency)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= concurrency)
        fprintf(stderr,
                "webclient: warning: the limit of %llu descriptors is too low for -c %u; raise it "
                "with ulimit -n\n",
                (unsigned long long)limit.rlim_cur, concurrency);
}

static int complain(const char *what, const char *name, int error)
{
    fprintf(stderr, "webclient: cannot %s %s: %s\n", what, name, strerror(-error));
    return error;
}

/* Returns 0 when all is done, also where URLs have failed. */
static int fetch_all(const struct web_options *options, struct source *source,
                     struct report *report, int interrupt)
{
    struct work work = {.settings = &options->settings};
    int error = agenda_create(&work.agenda, &options->settings, source, report,
                              options->strategy->blocking, interrupt);

    if (error < 0)
        return options->settings.directory != NULL
                   ? complain("use the directory", options->settings.directory, error)
                   : complain("begin", options->strategy->name, error);
    error = options->strategy->run(&work);
    if (error == -ENOTSUP && options->settings.engine != NULL)
        fprintf(stderr, "webclient: --engine %s is not available: built without its library\n",
                options->settings.engine);
    else if (error < 0)
        complain("go on with", options->strategy->name, error);
    agenda_destroy(work.agenda);
    return error;
}

/* The URLs that were given, and what is to be fetched: the same, or what they lead to as well. */
struct sources {
    struct source *lines, *all;
};

static int open_sources(struct sources *sources, const struct web_options *options)
{
    int error = lines_create(&sources->lines, options->urls, options->input);

    if (error < 0)
        return complain("read", options->input != NULL ? options->input : "URLs", error);
    sources->all = sources->lines;
    if (!options->crawl)
        return 0;
    error = crawl_source_create(&sources->all, sources->lines, &options->crawling);
    if (error == 0)
        return 0;
    source_destroy(sources->lines);
    return complain("begin", "to crawl", error);
}

static void close_sources(struct sources *sources)
{
    if (sources->all != sources->lines)
        source_destroy(sources->all);
    source_destroy(sources->lines);
}

static int finish(const struct web_options *options, const struct sources *sources,
                  struct report *report)
{
    int error = report_finish(report, options->strategy->name, interrupt_came());
    int input = lines_error(sources->lines);
    int crawl = options->crawl ? crawl_source_error(sources->all) : 0;

    if (error < 0)
        complain("write", "the results", error);
    if (input < 0)
        complain("read", options->input, input);
    if (crawl < 0)
        complain("follow", "all links", crawl);
    if (error == 0)
        error = input;
    return error < 0 ? error : crawl;
}

static int run(const struct web_options *options)
{
    struct sources sources;
    struct report report;
    int interrupt = interrupt_init(), error;

    if (interrupt < 0)
        return complain("handle", "signals", interrupt);
    error = open_sources(&sources, options);
    if (error < 0) {
        close(interrupt);
        return error;
    }
    setvbuf(stdout, NULL, _IOFBF, BUFFER_BYTES);
    report_init(&report, stdout, options->format, options->quiet, options->strategy->blocking,
                sources.all);
    error = fetch_all(options, sources.all, &report, interrupt);
    if (error == 0)
        error = finish(options, &sources, &report);
    if (error == 0 && (report_has_failures(&report) || interrupt_came()))
        error = -ECANCELED;
    close_sources(&sources);
    close(interrupt);
    return error;
}

/* libcurl 7.88 fails on every connection of that kind that it uses again. */
static bool loses_prior_knowledge(void)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;

    return version >= 0x075800 && version < 0x080000;
}

static int start(const struct web_options *options)
{
    char reason[256];
    int error;

    if (options->settings.http == HTTP_2_PRIOR_KNOWLEDGE && loses_prior_knowledge()) {
        fprintf(stderr,
                "webclient: --http2=prior-knowledge is not available: libcurl %s cannot use such a "
                "connection twice, 8.0 can; --http2 is, with https\n",
                curl_version_info(CURLVERSION_NOW)->version);
        return EXIT_FAILED;
    }
    if (!options->strategy->probe(reason, sizeof(reason))) {
        fprintf(stderr, "webclient: %s is not available: %s\n", options->strategy->name, reason);
        return EXIT_FAILED;
    }
    if (options->crawl && crawl_source_missing() != NULL) {
        fprintf(stderr, "webclient: --crawl is not available: %s\n", crawl_source_missing());
        return EXIT_FAILED;
    }
    raise_descriptor_limit(options->settings.concurrency);
    /* A server that hangs up in the middle of a TLS record. */
    signal(SIGPIPE, SIG_IGN);
    error = run(options);
    return error < 0 ? EXIT_FAILED : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct web_options options;
    int status = EXIT_SUCCESS;

    if (web_options_parse(&options, argc, argv) < 0)
        return EXIT_USAGE;
    if (options.action == WEB_HELP) {
        web_options_print_help();
        return EXIT_SUCCESS;
    }
    if (options.action == WEB_VERSION) {
        printf("webclient %s\n", VERSION_TEXT);
        return EXIT_SUCCESS;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fputs("webclient: libcurl cannot start\n", stderr);
        return EXIT_FAILED;
    }
    if (options.action == WEB_LIST)
        status = web_list_backends(options.format == FORMAT_JSON) < 0 ? EXIT_FAILED : EXIT_SUCCESS;
    else
        status = start(&options);
    curl_global_cleanup();
    return status;
}

#include "clients/display.h"
#include "clients/options.h"
#include "clients/report.h"
#include "clients/target.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* SIGINT and SIGTERM become readable data, so that no handler and no global is needed. */
static int open_stop_descriptor(void)
{
    sigset_t signals;
    int descriptor;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -errno;
    descriptor = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

static int find_server(struct client_options *options, struct address addresses[static TARGET_MOST])
{
    const char *reason = NULL;
    int count;

    options->load.addresses = addresses;
    if (options->unix_path != NULL) {
        options->load.address_count = 1;
        return address_unix(&addresses[0], options->unix_path);
    }
    count = target_resolve(addresses, options->host, options->port, &reason);
    if (count < 0) {
        fprintf(stderr, "fibclient: cannot connect to %s: %s\n", options->host, reason);
        return count;
    }
    options->load.address_count = (size_t)count;
    return 0;
}

static int print_result(const struct client_options *options, const struct load_result *result)
{
    int error = 0;

    if (options->json)
        error = report_json(stdout, options, result);
    else
        report_text(options->mode == CLIENT_LOAD ? stdout : stderr, options, result);
    if (error == 0 && (fflush(stdout) != 0 || ferror(stdout)))
        error = -errno;
    if (error < 0)
        fprintf(stderr, "fibclient: cannot write the result: %s\n", strerror(-error));
    return error;
}

static int run(struct client_options *options)
{
    struct load_result *result = malloc(sizeof(*result));
    struct display display;
    int status = EXIT_FAILURE, error;

    if (result == NULL) {
        fprintf(stderr, "fibclient: no memory\n");
        return EXIT_FAILURE;
    }
    display_init(&display, options);
    options->load.observer = display_observer(&display);
    error = load_run(&options->load, result);
    display_clear(&display);
    if (error < 0)
        fprintf(stderr, "fibclient: %s\n", result->problem);
    else if (print_result(options, result) == 0 && load_errors_total(&result->errors) == 0)
        status = EXIT_SUCCESS;
    load_result_finish(result);
    free(result);
    return status;
}

int main(int argc, char **argv)
{
    struct address addresses[TARGET_MOST];
    struct client_options options;
    char problem[OPTIONS_PROBLEM_TEXT];
    int status;

    switch (options_parse(&options, argc, argv, problem)) {
    case OPTIONS_HELP:
        fputs(options_help(), stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    case OPTIONS_VERSION:
        printf("fibclient %s\n", FIBCLIENT_VERSION);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    case OPTIONS_WRONG:
        fprintf(stderr, "fibclient: %s\nTry 'fibclient --help'.\n", problem);
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    options.load.stop_descriptor = open_stop_descriptor();
    if (options.load.stop_descriptor < 0) {
        fprintf(stderr, "fibclient: cannot watch for signals: %s\n",
                strerror(-options.load.stop_descriptor));
        return EXIT_FAILURE;
    }
    if (find_server(&options, addresses) < 0)
        return EXIT_FAILURE;
    status = run(&options);
    close(options.load.stop_descriptor);
    return status;
}

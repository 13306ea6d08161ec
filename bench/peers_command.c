#include "bench/arguments.h"
#include "bench/command.h"
#include "bench/json.h"
#include "bench/peers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: fibbench peers [--web] [--json]\n"
    "Lists the servers in other languages that come with fibbench and that `fibbench run --peers`\n"
    "measures: what they are, and the version of what they run on, or why they cannot run here.\n"
    "\n"
    "      --web    the programs that `fibbench run --profile web --peers` measures instead\n"
    "      --json   as one line of JSON, with the command that starts each\n"
    "  -h, --help   this text\n";

struct peers_options {
    bool json;
    bool web;
    bool help;
};

static int parse_options(struct peers_options *options, int count, char **arguments,
                         struct problem *problem)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'},
        {"web", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct peers_options){0};
    arguments_begin();
    while ((option = arguments_next(count, arguments, ":h", long_options, problem)) > 0)
        if (option == 'j')
            options->json = true;
        else if (option == 'w')
            options->web = true;
        else if (option == 'h')
            options->help = true;
    if (option < 0)
        return option;
    if (optind < count)
        return problem_set(problem, -EINVAL, "'%s' is no option; --help lists them",
                           arguments[optind]);
    return 0;
}

static void print_list(const cJSON *peers)
{
    const cJSON *peer;

    cJSON_ArrayForEach(peer, peers)
    {
        const char *library = json_text_or_null(peer, "library");
        const char *reason = json_text_or_null(peer, "reason");

        printf("%-33s  %s (%s%s)\n", json_text_or_null(peer, "name"),
               json_text_or_null(peer, "summary"), reason != NULL ? "not available: " : "",
               reason != NULL ? reason : library);
    }
}

static int list_and_print(const struct peers_options *options, struct problem *problem)
{
    struct supervisor *supervisor = NULL;
    cJSON *peers = NULL;
    int error = supervisor_create(&supervisor, problem);

    if (error == 0)
        error =
            peers_list(supervisor, options->web ? PEERS_CLIENTS : PEERS_SERVERS, &peers, problem);
    if (error == 0 && options->json)
        json_print_line(stdout, peers);
    else if (error == 0)
        print_list(peers);
    if (error == -EINTR)
        problem_set(problem, error, "interrupted");
    cJSON_Delete(peers);
    supervisor_destroy(supervisor);
    return error;
}

int command_peers(int count, char **arguments)
{
    struct peers_options options;
    struct problem problem;
    int error = parse_options(&options, count, arguments, &problem);

    if (error == 0 && options.help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (error == 0)
        error = list_and_print(&options, &problem);
    if (error == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "fibbench peers: %s\n", problem.text);
    return EXIT_FAILURE;
}

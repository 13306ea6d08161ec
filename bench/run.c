#include "bench/backends.h"
#include "bench/command.h"
#include "bench/file.h"
#include "bench/front_parts.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/options.h"
#include "bench/peers.h"
#include "bench/peers_slow_n.h"
#include "bench/programs.h"
#include "bench/session.h"
#include "bench/session_past.h"
#include "bench/warnings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* What `fibbench run` works with, from the command line to the end. */
struct run {
    struct run_options options;
    int argument_count;
    char **arguments;
    struct session_past *past; /* NULL: a new run */
    struct supervisor *supervisor;
    char *server_program;
    char *client_program;
    cJSON *backends;
    struct scenario_set *scenarios;
    cJSON *peers;              /* NULL: not asked for */
    struct front_parts *front; /* NULL: no row needs one, or there can be none */
    struct plan plan;
    cJSON *warnings; /* of the host */
};

static int find_program(const char *given, const char *name, const char *folder, const char *option,
                        char **path, struct problem *problem)
{
    if (given == NULL)
        return programs_find(name, folder, option, path, problem);
    *path = memory_text(given);
    return 0;
}

static bool needs_server(const struct run_options *options)
{
    return options->backends == NULL || strcmp(options->backends, "none") != 0;
}

static int check_runnable(const char *program, struct problem *problem)
{
    if (access(program, X_OK) == 0)
        return 0;
    return problem_set(problem, -errno, "cannot run %s: %s", program, strerror(errno));
}

/* Of web clients webclient is what is measured, and webserver what measures it. */
static int find_web_parts(struct run *run, struct problem *problem)
{
    const struct run_options *options = &run->options;
    int error = find_program(options->server, "webserver", "clients/webserver", "--server",
                             &run->server_program, problem);

    if (error == 0)
        error = check_runnable(run->server_program, problem);
    if (error == 0 && (options->peers != NULL || options->backends == NULL))
        error = peers_list(run->supervisor, PEERS_CLIENTS, &run->peers, problem);
    if (error < 0 || !needs_server(options))
        return error;
    error = find_program(options->client, "webclient", "clients/web", "--client",
                         &run->client_program, problem);
    if (error == 0)
        error = backends_list(run->supervisor, run->client_program, &run->backends, problem);
    return error;
}

static int find_parts(struct run *run, struct problem *problem)
{
    const struct run_options *options = &run->options;
    int error;

    if (plan_is_web(&run->plan))
        return find_web_parts(run, problem);
    error = find_program(options->client, "fibclient", "clients", "--client", &run->client_program,
                         problem);
    if (error == 0)
        error = check_runnable(run->client_program, problem);
    if (error == 0 && options->peers != NULL)
        error = peers_list(run->supervisor, PEERS_SERVERS, &run->peers, problem);
    if (error < 0 || !needs_server(options))
        return error;
    error = find_program(options->server, "fibserver", "src", "--server", &run->server_program,
                         problem);
    if (error == 0)
        error = backends_list(run->supervisor, run->server_program, &run->backends, problem);
    return error;
}

typedef int add_row(struct variant_list *list, const cJSON *known, const char *row,
                    struct problem *problem);

/* What is not available here is left out, with the reason; an unknown name is an error. */
static int add_or_leave_out(struct run *run, add_row *add, const cJSON *known, const char *row,
                            struct problem *problem)
{
    int error = add(&run->plan.variants, known, row, problem);

    if (error != -ENOTSUP)
        return error;
    fprintf(stderr, "fibbench: left out: '%s' is not available here: %s\n", row, problem->text);
    plan_leave_out(&run->plan, row, problem->text);
    return 0;
}

static int add_named(struct run *run, add_row *add, const cJSON *known, const char *list,
                     struct problem *problem)
{
    int error = 0;

    while (list != NULL && error == 0) {
        size_t length = strcspn(list, ",");
        char *row = memory_text_of_length(list, length);

        error = add_or_leave_out(run, add, known, row, problem);
        free(row);
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return error;
}

static int add_peers(struct run *run, add_row *add, const char *list, struct problem *problem)
{
    const cJSON *peer;
    int error = 0;

    if (strcmp(list, "all") != 0)
        return add_named(run, add, run->peers, list, problem);
    cJSON_ArrayForEach(peer, run->peers)
    {
        if (error == 0)
            error =
                add_or_leave_out(run, add, run->peers, json_text_or_null(peer, "name"), problem);
    }
    return error;
}

/* HTTP/2, and beside it what it is compared with: the same over TLS by HTTP/1.1. */
static int add_http2_rows(struct run *run, struct problem *problem)
{
    static const char *const rows[] = {"multi " VARIANT_OPTION_TLS, "multi --http2"};
    int error = 0;

    if (variant_list_find(&run->plan.variants, "multi") == NULL)
        return 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && error == 0; i++)
        error = add_or_leave_out(run, variant_list_add_strategy, run->backends, rows[i], problem);
    return error;
}

static bool needs_front(const struct plan *plan)
{
    for (size_t i = 0; i < plan->variants.count; i++)
        if (plan->variants.variants[i].front != VARIANT_DIRECT)
            return true;
    return false;
}

static void leave_out_fronted(struct plan *plan, const char *reason)
{
    for (size_t i = plan->variants.count; i-- > 0;) {
        const char *label = plan->variants.variants[i].label;

        if (plan->variants.variants[i].front == VARIANT_DIRECT)
            continue;
        fprintf(stderr, "fibbench: left out: '%s' is not available here: %s\n", label, reason);
        plan_leave_out(plan, label, reason);
        variant_list_remove(&plan->variants, i);
    }
}

static int find_front(struct run *run, struct problem *problem)
{
    struct plan *plan = &run->plan;
    int error;

    if (!needs_front(plan))
        return 0;
    error = front_parts_create(&run->front, run->supervisor, problem);
    if (error == -ENOTSUP) {
        leave_out_fronted(plan, problem->text);
        return 0;
    }
    for (size_t i = 0; i < plan->variants.count && error == 0; i++)
        if (plan->variants.variants[i].front != VARIANT_DIRECT)
            plan->variants.variants[i].through = memory_text(front_parts_version(run->front));
    return error;
}

/* Without a word on peers, the best known one is among the rows of the profile. */
static int add_web_rows(struct run *run, struct problem *problem)
{
    const struct run_options *options = &run->options;
    const char *peers = options->peers;
    int error = 0;

    if (options->address_count > 0 || options->peers_slow_n != NULL || options->slow_n > 0)
        return problem_set(problem, -EINVAL,
                           "--connect, --slow-n and --peers-slow-n are for servers; the profile "
                           "web measures web clients");
    if (options->backends == NULL) {
        plan_add_profile_rows(&run->plan, run->backends);
        error = add_http2_rows(run, problem);
        peers = peers != NULL ? peers : "curl --parallel,curl --parallel-immediate";
    } else if (needs_server(options)) {
        error =
            add_named(run, variant_list_add_strategy, run->backends, options->backends, problem);
    }
    if (error == 0 && peers != NULL)
        error = add_peers(run, variant_list_add_web_peer, peers, problem);
    for (size_t i = 0; i < options->variant_count && error == 0; i++)
        error = variant_list_add_web_command(&run->plan.variants, options->variants[i], problem);
    if (error == 0)
        error = find_front(run, problem);
    return error;
}

static int add_server_rows(struct run *run, struct problem *problem)
{
    const struct run_options *options = &run->options;
    struct variant_list *variants = &run->plan.variants;
    int error = 0;

    if (options->backends == NULL)
        plan_add_profile_rows(&run->plan, run->backends);
    else if (needs_server(options))
        error = add_named(run, variant_list_add_backend, run->backends, options->backends, problem);
    if (error == 0 && options->peers != NULL)
        error = add_peers(run, variant_list_add_peer, options->peers, problem);
    if (error == 0 && options->peers_slow_n != NULL)
        error = peers_slow_n_apply(options->peers_slow_n, run->peers, variants, problem);
    for (size_t i = 0; i < options->variant_count && error == 0; i++)
        error = variant_list_add_command(variants, options->variants[i], problem);
    for (size_t i = 0; i < options->address_count && error == 0; i++)
        error = variant_list_add_address(variants, options->addresses[i], problem);
    return error;
}

static int add_rows(struct run *run, struct problem *problem)
{
    int error =
        plan_is_web(&run->plan) ? add_web_rows(run, problem) : add_server_rows(run, problem);

    if (error == 0 && run->plan.variants.count == 0)
        error = problem_set(problem, -EINVAL, "there is no row to measure");
    return error;
}

static unsigned default_workers(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    return cpus > 2 ? (unsigned)cpus : 2;
}

static uint64_t seed_by_chance(void)
{
    uint32_t seed; /* 32 bits are enough, and can be typed */

    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        seed = (uint32_t)getpid();
    return seed;
}

static int make_plan(struct run *run, struct problem *problem)
{
    const struct run_options *options = &run->options;
    struct plan *plan = &run->plan;
    int error;

    plan->scenarios = run->scenarios;
    plan->every_round = options->rounds > 0;
    plan->slow_seconds = PLAN_SLOW_MILLISECONDS / 1e3;
    plan->slow_n = options->slow_n;
    plan->passes = !options->no_passes && !plan_is_web(plan);
    plan->workers = options->workers > 0 ? options->workers : default_workers();
    plan->seed = options->seed_given ? options->seed : seed_by_chance();
    plan->rounds = options->rounds > 0 ? options->rounds : plan->profile->rounds;
    plan->slow_rounds = options->rounds > 0 ? options->rounds : plan->profile->slow_rounds;
    error = plan_select_scenarios(plan, options->scenarios, problem);
    if (error == 0)
        error = plan_place(plan, options->placement, problem);
    if (error == 0)
        error = add_rows(run, problem);
    if (error == 0)
        error = plan_add_repeated_row(plan, problem);
    if (error == 0)
        plan_fit(plan);
    if (options->duration > 0 && !plan_is_web(plan))
        plan->fast_seconds = options->duration;
    return error;
}

static int say(const struct problem *problem)
{
    fprintf(stderr, "fibbench run: %s\n", problem->text);
    return EXIT_FAILURE;
}

static int print_plan(struct run *run)
{
    struct problem problem;
    cJSON *document;

    if (run->past != NULL && session_past_apply(run->past, &run->plan, &run->options, &problem) < 0)
        return say(&problem);
    if (!run->options.json) {
        plan_print(stdout, &run->plan);
        return EXIT_SUCCESS;
    }
    document = plan_to_json(&run->plan);
    cJSON_AddItemToObject(document, "warnings", cJSON_Duplicate(run->warnings, true));
    json_print_line(stdout, document);
    cJSON_Delete(document);
    return EXIT_SUCCESS;
}

static void say_kept(const struct session *session, const struct run_options *options)
{
    fprintf(stderr, "fibbench run: %u of %u rows of rounds are done and kept in %s.partial; ",
            session_done(session), session_total(session), options->output);
    if (options->of_diff)
        fputs("the same fibbench diff goes on from there\n", stderr);
    else
        fprintf(stderr, "go on with\n  fibbench run --resume -o %s\n", options->output);
}

/* Says why the run ended early, and how to go on where there is something to go on from. */
static int end_early(const struct run *run, const struct session *session, int error,
                     const struct problem *problem)
{
    int status = EXIT_INTERRUPTED + supervisor_interrupted(run->supervisor);

    if (error == -EINTR)
        fprintf(stderr, "fibbench run: interrupted%s\n",
                session == NULL ? " before anything was measured" : "");
    else
        status = say(problem);
    if (session != NULL)
        say_kept(session, &run->options);
    return status;
}

static int measure_plan(struct run *run)
{
    struct session_setup setup = {run->supervisor,     &run->plan,          &run->options,
                                  run->server_program, run->client_program, run->warnings,
                                  run->front};
    const char *output = run->options.output;
    struct session *session = NULL;
    struct problem problem;
    cJSON *document = NULL;
    int error, status = EXIT_SUCCESS;

    error = run->past != NULL
                ? session_resume(&session, &setup, run->past, &problem)
                : session_begin(&session, &setup, run->argument_count, run->arguments, &problem);
    if (error == 0)
        error = session_measure(session, &problem);
    if (error == 0)
        error = session_finish(session, &document, &problem);
    if (error < 0) {
        status = end_early(run, session, error, &problem);
    } else {
        fprintf(stderr, "fibbench: the results are in %s; fibbench table %s prints them\n", output,
                output);
        if (run->options.json)
            json_print_line(stdout, document);
        cJSON_Delete(document);
    }
    session_destroy(session);
    return status;
}

static void look_at_host(struct run *run)
{
    struct host_facts facts;
    cJSON *host = host_to_json();

    host_facts_read(&facts, host, &run->plan);
    run->warnings = warnings_of(&facts);
    warnings_print(stderr, run->warnings);
    cJSON_Delete(host);
}

static int read_scenarios(struct run *run, struct problem *problem)
{
    const struct run_options *options = &run->options;
    int error = 0;

    run->scenarios = scenario_set_create();
    for (size_t i = 0; i < options->scenario_file_count && error == 0; i++)
        error = scenario_set_add_file(run->scenarios, options->scenario_files[i], problem);
    return error;
}

static int list_scenarios(struct run *run)
{
    struct problem problem;
    cJSON *document;

    if (read_scenarios(run, &problem) < 0)
        return say(&problem);
    if (!run->options.json) {
        scenario_set_print(stdout, run->scenarios);
        return EXIT_SUCCESS;
    }
    document = scenario_set_to_json(run->scenarios);
    json_print_line(stdout, document);
    cJSON_Delete(document);
    return EXIT_SUCCESS;
}

static int choose_profile(struct run *run, struct problem *problem)
{
    run->plan.profile = profile_of_name(run->options.profile);
    if (run->plan.profile != NULL)
        return 0;
    return problem_set(problem, -EINVAL,
                       "there is no profile '%s'; these are: quick, table, full, web",
                       run->options.profile);
}

static int prepare_and_measure(struct run *run)
{
    struct problem problem;
    int error = read_scenarios(run, &problem);

    if (error == 0)
        error = choose_profile(run, &problem);
    if (error == 0)
        error = find_parts(run, &problem);
    if (error == 0)
        error = make_plan(run, &problem);
    if (error == 0 && !run->options.dry_run)
        error = file_check_replaceable(run->options.output, &problem);
    if (error < 0)
        return end_early(run, NULL, error, &problem);
    look_at_host(run);
    return run->options.dry_run ? print_plan(run) : measure_plan(run);
}

/*
 * With --resume and nothing else that changes the plan, the options are those of the interrupted
 * run; where options are repeated, they count, and have to make the same plan.
 */
static int take_up(struct run *run, struct problem *problem)
{
    struct run_options given = run->options;
    char **arguments;
    int count, error = session_past_open(&run->past, given.output, problem);

    /* A finished run is not to be replaced by another one. */
    if (error == -ENOENT && !given.plan_given && access(given.output, F_OK) == 0)
        return problem_set(problem, -EEXIST,
                           "%s is there and no interrupted run beside it: there is nothing to go "
                           "on from; without --resume, or with options, a new run begins",
                           given.output);
    if (error == -ENOENT) {
        fprintf(stderr, "fibbench: no interrupted run to go on from; beginning a new one\n");
        return 0;
    }
    if (error < 0 || given.plan_given)
        return error;
    count = session_past_arguments(run->past, &arguments);
    error = run_options_parse(&run->options, count, arguments, problem);
    run->options.output = given.output;
    run->options.json = given.json;
    run->options.dry_run = given.dry_run;
    run->options.resume = true;
    if (given.server != NULL)
        run->options.server = given.server;
    if (given.client != NULL)
        run->options.client = given.client;
    if (given.noise_file != NULL)
        run->options.noise_file = given.noise_file;
    run_options_finish(&given);
    return error;
}

static void run_finish(struct run *run)
{
    plan_finish(&run->plan);
    cJSON_Delete(run->backends);
    cJSON_Delete(run->warnings);
    scenario_set_destroy(run->scenarios);
    cJSON_Delete(run->peers);
    front_parts_destroy(run->front);
    free(run->server_program);
    free(run->client_program);
    supervisor_destroy(run->supervisor);
    session_past_close(run->past);
    run_options_finish(&run->options);
}

int command_run(int count, char **arguments)
{
    struct run run = {.argument_count = count, .arguments = arguments};
    struct problem problem;
    int status;

    if (run_options_parse(&run.options, count, arguments, &problem) < 0) {
        status = say(&problem);
        fprintf(stderr, "fibbench run --help lists the options\n");
    } else if (run.options.help) {
        fputs(run_help, stdout);
        status = EXIT_SUCCESS;
    } else if (run.options.list_scenarios) {
        status = list_scenarios(&run);
    } else if ((run.options.resume && run.options.output != NULL && take_up(&run, &problem) < 0) ||
               supervisor_create(&run.supervisor, &problem) < 0) {
        status = say(&problem);
    } else {
        status = prepare_and_measure(&run);
    }
    run_finish(&run);
    return status;
}

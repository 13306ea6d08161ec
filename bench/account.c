#include "bench/account.h"

#include "bench/host_counters.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/usage.h"

#include <math.h>
#include <stdlib.h>

struct account {
    const struct placement *placement;
    struct usage *server; /* NULL: not known */
    struct host_counters host;
    double client_migrations; /* NAN: not looked */
};

struct account *account_begin(pid_t server, const struct placement *placement)
{
    struct account *account = memory_zeroed(1, sizeof(*account));

    account->placement = placement;
    account->client_migrations = NAN;
    host_counters_read(&account->host);
    if (server > 0)
        account->server = usage_begin(server);
    return account;
}

/* Where it disturbs least; *own is where the caller was. False: there is no such CPU. */
static bool step_aside(const struct placement *placement, cpu_set_t *own)
{
    cpu_set_t aside;

    if (!placement->pinned || sched_getaffinity(0, sizeof(*own), own) < 0)
        return false;
    CPU_ZERO(&aside);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, own) && !CPU_ISSET(cpu, &placement->server) &&
            !CPU_ISSET(cpu, &placement->clients))
            CPU_SET(cpu, &aside);
    return CPU_COUNT(&aside) > 0 && sched_setaffinity(0, sizeof(aside), &aside) == 0;
}

void account_look(void *context, const pid_t *clients, size_t count)
{
    struct account *account = context;
    double migrations = 0;
    cpu_set_t own;
    bool aside = step_aside(account->placement, &own);

    if (account->server != NULL)
        usage_look(account->server);
    for (size_t i = 0; i < count; i++)
        migrations += usage_migrations(clients[i]);
    account->client_migrations = fmax(account->client_migrations, migrations);
    if (aside)
        sched_setaffinity(0, sizeof(own), &own);
}

static double sum(const cJSON *clients, const char *object, const char *name, double missing)
{
    const cJSON *client;
    double total = 0;

    cJSON_ArrayForEach(client, clients)
    {
        const cJSON *place =
            object != NULL ? cJSON_GetObjectItemCaseSensitive(client, object) : client;

        total += json_number_or(place, name, missing);
    }
    return total;
}

static void add_server(struct account *account, double requests, cJSON *cell)
{
    struct usage_totals totals;
    cJSON *each;

    usage_end(account->server, &totals);
    account->server = NULL;
    cJSON_AddItemToObject(cell, "server", usage_to_json(&totals, requests));
    each = usage_per_request(totals.user_seconds, totals.system_seconds, requests);
    if (each != NULL)
        cJSON_AddItemToObject(cell, "cpu_per_request", each);
}

void account_end(struct account *account, const cJSON *clients, cJSON *cell)
{
    double requests = sum(clients, NULL, "requests", 0), late = sum(clients, NULL, "late", 0);
    struct host_counters now;
    cJSON *each = usage_per_request(sum(clients, "cpu", "user", NAN),
                                    sum(clients, "cpu", "system", NAN), requests);

    if (account->server != NULL)
        add_server(account, requests + late, cell);
    /* A client counts its own time within the window only. */
    if (each != NULL)
        cJSON_AddItemToObject(cell, "client_cpu_per_request", each);
    if (!isnan(account->client_migrations))
        cJSON_AddNumberToObject(cell, "client_migrations", account->client_migrations);
    host_counters_read(&now);
    cJSON_AddItemToObject(cell, "host", host_counters_to_json(&account->host, &now));
    account_destroy(account);
}

void account_destroy(struct account *account)
{
    if (account == NULL)
        return;
    usage_destroy(account->server);
    free(account);
}

#include "bench/judge.h"

static bool was_served(const struct client_report *report, size_t count)
{
    return report->requests > 0 && !report->starved && !(report->waited && count > 1);
}

/* A client that was not served may well miss its answers: that is what X says; and one whose server
 * has died is cut off. */
static bool is_wrong(const struct client_report *report, size_t count, bool server_died)
{
    return report->wrong > 0 || (!server_died && was_served(report, count) && report->missing > 0);
}

enum outcome judge_reports(const struct client_report *reports, size_t count, bool server_died)
{
    bool failed = false, wrong = false, unserved = false, reached = false;
    double answers = 0, late = 0;

    for (size_t i = 0; i < count; i++) {
        reached = reached || !reports[i].unreachable;
        failed = failed || reports[i].failed;
        wrong = wrong || is_wrong(&reports[i], count, server_died);
        unserved = unserved || !was_served(&reports[i], count);
        answers += reports[i].requests;
        late += reports[i].late;
    }
    if (wrong)
        return OUTCOME_WRONG;
    if (server_died)
        return OUTCOME_DIED;
    if (failed)
        return OUTCOME_CLIENT_FAILED;
    if (!reached)
        return OUTCOME_NOT_STARTED;
    if (answers == 0)
        return late > 0 ? OUTCOME_TOO_SLOW : OUTCOME_HUNG;
    return unserved ? OUTCOME_UNSERVED : OUTCOME_MEASURED;
}

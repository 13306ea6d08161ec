#include "bench/json.h"
#include "bench/results.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tables.h"

#include <string.h>

static const char PATH[] = "results.json";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {.text = ""};
    struct table table;
    cJSON *document = NULL;
    char *text = malloc(size + 1);

    REQUIRE(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (results_parse(PATH, text, size, &document, &problem) < 0) {
        check_problem(&problem, PATH);
    } else if (results_table(PATH, document, &table, &problem) < 0) {
        check_problem(&problem, PATH);
    } else {
        check_table(&table);
        table_finish(&table);
    }
    cJSON_Delete(document);
    free(text);
    return 0;
}

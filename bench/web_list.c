#include "bench/web_list.h"

#include "bench/folder.h"
#include "bench/memory.h"
#include "common/digest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The files of a list while they are written. */
struct writing {
    FILE *urls;
    FILE *config;
    FILE *aria2;
    const char *scheme;
    unsigned port;
};

static void write_url(const struct writing *writing, const char *target, unsigned number)
{
    char url[128];

    snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", writing->scheme, writing->port, target);
    fprintf(writing->urls, "%s\n", url);
    fprintf(writing->config, "url = \"%s\"\n", url);
    fprintf(writing->aria2, "%s\n  out=%u\n", url, number);
}

static int close_file(FILE *file)
{
    int error = file == NULL || ferror(file) ? -EIO : 0;

    if (file != NULL && fclose(file) != 0)
        error = -errno;
    return error;
}

static int write_files(struct web_list *list, const struct url_list *urls, const char *scheme,
                       unsigned port)
{
    struct writing writing = {fopen(list->urls, "we"), fopen(list->config, "we"),
                              fopen(list->aria2, "we"), scheme, port};
    FILE *const files[] = {writing.urls, writing.config, writing.aria2};
    bool open = writing.urls != NULL && writing.config != NULL && writing.aria2 != NULL;
    int error = open ? 0 : -errno;
    char target[64];

    for (unsigned i = 1; i <= urls->urls && open; i++) {
        snprintf(target, sizeof(target), "/delay/%.0f?u=%u", round(urls->delay * 1000), i);
        write_url(&writing, target, i);
        list->targets += digest_text(target);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int closed = close_file(files[i]);

        error = error == 0 ? closed : error;
    }
    return error;
}

int web_list_create(struct web_list *list, const struct url_list *urls, const char *scheme,
                    unsigned port, struct problem *problem)
{
    int error;

    *list = (struct web_list){.folder = folder_make()};
    if (list->folder == NULL)
        return problem_set(problem, -errno, "cannot make a folder for the URLs: %s",
                           strerror(errno));
    list->urls = memory_printf("%s/urls", list->folder);
    list->config = memory_printf("%s/config", list->folder);
    list->aria2 = memory_printf("%s/aria2", list->folder);
    list->scratch = memory_printf("%s/scratch", list->folder);
    error = mkdir(list->scratch, 0700) < 0 ? -errno : write_files(list, urls, scheme, port);
    if (error == 0)
        return 0;
    problem_set(problem, error, "cannot write the URLs in %s: %s", list->folder, strerror(-error));
    web_list_finish(list);
    return error;
}

void web_list_finish(struct web_list *list)
{
    if (list->folder == NULL)
        return;
    folder_remove(list->folder);
    free(list->folder);
    free(list->urls);
    free(list->config);
    free(list->aria2);
    free(list->scratch);
    *list = (struct web_list){0};
}

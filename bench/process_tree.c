#include "bench/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct tree {
    pid_t processes[PROCESS_TREE_MOST];
    size_t count;
};

struct thread_visit {
    void (*visit)(pid_t process, pid_t thread, void *context);
    void *context;
};

bool process_tree_read(pid_t process, pid_t thread, const char *name, char *text, size_t size)
{
    char path[96];
    size_t length = 0;
    ssize_t got;
    int file;

    if (thread == 0)
        snprintf(path, sizeof(path), "/proc/%ld/%s", (long)process, name);
    else
        snprintf(path, sizeof(path), "/proc/%ld/task/%ld/%s", (long)process, (long)thread, name);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    while (length < size - 1 && (got = read(file, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    close(file);
    text[length] = '\0';
    return length > 0;
}

static void each_thread_of(pid_t process, void *context)
{
    const struct thread_visit *visit = context;
    const struct dirent *entry;
    char path[64];
    DIR *folder;

    snprintf(path, sizeof(path), "/proc/%ld/task", (long)process);
    folder = opendir(path);
    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            visit->visit(process, (pid_t)strtol(entry->d_name, NULL, 10), visit->context);
    closedir(folder);
}

/* Any thread may have started a child. */
static void add_children(pid_t process, pid_t thread, void *context)
{
    struct tree *tree = context;
    char path[96];
    long child;
    FILE *list;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)process, (long)thread);
    list = fopen(path, "re");
    if (list == NULL)
        return;
    while (tree->count < PROCESS_TREE_MOST && fscanf(list, "%ld", &child) == 1)
        tree->processes[tree->count++] = (pid_t)child;
    fclose(list);
}

void process_tree_each(pid_t process, void (*visit)(pid_t process, void *context), void *context)
{
    struct tree tree = {.processes = {process}, .count = 1};
    struct thread_visit children = {add_children, &tree};

    for (size_t i = 0; i < tree.count; i++) {
        each_thread_of(tree.processes[i], &children);
        visit(tree.processes[i], context);
    }
}

void process_tree_each_thread(pid_t process,
                              void (*visit)(pid_t process, pid_t thread, void *context),
                              void *context)
{
    struct thread_visit each = {visit, context};

    process_tree_each(process, each_thread_of, &each);
}

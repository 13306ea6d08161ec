#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "bench/problem.h"

#include <stdbool.h>
#include <stddef.h>

/* Command lines that are text, with places in them that are filled in. */

/* In single quotes for the shell, in new memory that the caller frees. */
char *words_quoted(const char *text);

/* The text with each {name} replaced, in new memory; name has its braces. */
char *words_replaced(const char *text, const char *name, const char *value);

/* Whether a client's command says where its URLs stand: {urls}, {config} or {aria2}. */
bool words_name_urls(const char *command);

/*
 * Splits a command into its words as a shell would, quotes and variables included, without running
 * one: it would take time from the command. Returns 0 and *words, count of them and a NULL, which
 * words_free frees; or -EINVAL with the problem where it is more than one command.
 */
int words_split(const char *command, char ***words, size_t *count, struct problem *problem);

/* Takes NULL. */
void words_free(char **words);

#endif

#include "clients/answers.h"

#include <stdio.h>
#include <string.h>

static uint64_t fibonacci(unsigned n)
{
    uint64_t current = 0, next = 1;

    while (n-- > 0) {
        uint64_t sum = current + next;

        current = next;
        next = sum;
    }
    return current;
}

/* At least DIALOGUE_BYTES, in whole lines and the beginning of one more. */
static size_t fill(char bytes[static DIALOGUE_BYTES + LINE_MAX_LENGTH], uint64_t number)
{
    char line[LINE_MAX_LENGTH];
    size_t length = (size_t)snprintf(line, sizeof(line), "%llu\n", (unsigned long long)number);

    for (size_t at = 0; at < DIALOGUE_BYTES + LINE_MAX_LENGTH; at++)
        bytes[at] = line[at % length];
    return length;
}

void dialogue_init(struct dialogue *dialogue, unsigned n)
{
    dialogue->request_length = fill(dialogue->requests, n);
    dialogue->answer_length = fill(dialogue->answers, fibonacci(n));
}

static void remember(char text[static WRONG_ANSWER_TEXT], const struct answers *answers,
                     const struct dialogue *dialogue, const char *bytes, size_t length)
{
    size_t used = answers->matched;

    memcpy(text, dialogue->answers, used);
    while (length-- > 0 && *bytes != '\n' && used < WRONG_ANSWER_TEXT - 1) {
        text[used++] = *bytes >= ' ' && *bytes <= '~' ? *bytes : '?';
        bytes++;
    }
    text[used] = '\0';
}

/* Counts the right answers at the start of the bytes; returns how many bytes agreed. */
static size_t check_right(struct answers *answers, const struct dialogue *dialogue,
                          const char *bytes, size_t length, struct answers_checked *checked)
{
    const char *expected = dialogue->answers + answers->matched;
    size_t agreed = 0, lines;

    if (length > DIALOGUE_BYTES)
        length = DIALOGUE_BYTES;
    if (memcmp(bytes, expected, length) == 0)
        agreed = length;
    else
        while (bytes[agreed] == expected[agreed])
            agreed++;
    lines = (answers->matched + agreed) / dialogue->answer_length;
    answers->matched = (uint16_t)(answers->matched + agreed - lines * dialogue->answer_length);
    answers->begun = answers->matched > 0;
    checked->right += lines;
    return agreed;
}

/* Skips the rest of a wrong line; returns how many bytes that took. */
static size_t skip_wrong(struct answers *answers, const char *bytes, size_t length,
                         struct answers_checked *checked)
{
    const char *end = memchr(bytes, '\n', length);

    if (end == NULL)
        return length;
    *answers = (struct answers){0};
    checked->wrong++;
    return (size_t)(end - bytes) + 1;
}

void answers_check(struct answers *answers, const struct dialogue *dialogue, const char *bytes,
                   size_t length, struct answers_checked *checked,
                   char first_wrong[WRONG_ANSWER_TEXT])
{
    while (length > 0) {
        size_t used;

        if (!answers->wrong) {
            used = check_right(answers, dialogue, bytes, length, checked);
            bytes += used;
            length -= used;
            if (length == 0 || used == DIALOGUE_BYTES)
                continue;
            answers->wrong = true;
            answers->begun = true;
            if (first_wrong != NULL && first_wrong[0] == '\0')
                remember(first_wrong, answers, dialogue, bytes, length);
        }
        used = skip_wrong(answers, bytes, length, checked);
        bytes += used;
        length -= used;
    }
}

bool answers_unfinished(const struct answers *answers)
{
    return answers->begun;
}

#include "lib/coro/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_SIZE = 512 };

const char *coro_strerror(int error)
{
    switch (-error) {
    case ENOMEM:
        return "Out of memory, or of mappings: each coroutine's stack needs two of them "
               "(raise the sysctl vm.max_map_count for more than about 32,000)";
    case EPERM:
        return "Operation not permitted: only a coroutine can wait, and not for a regular file; "
               "and only a task gives itself its result";
    case ECANCELED:
        return "The task was cancelled";
    case EDEADLK:
        return "A task cannot wait for itself";
    case EBUSY:
        return "In use: a loop that runs or has tasks cannot be run again or freed, and one task "
               "at a time waits for the same end of a descriptor";
    case EALREADY:
        return "The future has its result already";
    case EINPROGRESS:
        return "The future has no result yet";
    case ENOTSUP:
        return "The engine is driven by its host's event loop, and cannot wait itself";
    default:
        return strerror(-error);
    }
}

void loop_complain(struct coro_loop *loop, const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (loop->complain)
        loop->complain(loop->complain_context, sentence);
    else
        fprintf(stderr, "coro: %s\n", sentence);
}

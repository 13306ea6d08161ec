#include "tests/fault/shim/decide.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct shim_control *control;

/* System calls by their numbers where a wrapper stands before the function: nothing here may fail
 * by its own doing. */
__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv(SHIM_CONTROL_VARIABLE);
    void *mapped;
    int file;

    if (path == NULL)
        return;
    file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        abort();
    mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        abort();
    close(file);
    control = mapped;
}

void *shim_next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        abort();
    return found;
}

static bool is_armed(enum shim_calls call)
{
    return control != NULL && (atomic_load(&control->calls) & call) != 0;
}

/* Scattered, as a period that meets the same call of a loop each time around would stop it for
 * ever, which no signal does. The multiplier is one that mixes well. */
static bool is_picked(unsigned number, unsigned every)
{
    number = (number ^ number >> 16) * 0x45d9f3bU;
    number = (number ^ number >> 16) * 0x45d9f3bU;
    return (number >> 16) % every == 0;
}

static bool is_this_one(void)
{
    long number = atomic_fetch_add(&control->seen, 1) + 1;

    if (number <= control->first || control->every == 0)
        return number == control->first;
    return is_picked((unsigned)number, (unsigned)control->every);
}

static bool take(int *error)
{
    if (!is_this_one())
        return false;
    atomic_fetch_add(&control->fired, 1);
    *error = control->error;
    if (*error != SHIM_ONE_BYTE)
        errno = *error;
    return true;
}

bool shim_fails(enum shim_calls call, int *error)
{
    return is_armed(call) && control->error != SHIM_ONE_BYTE && take(error);
}

static bool is_socket(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

bool shim_fails_on(enum shim_calls call, int descriptor, int *error)
{
    int before = errno;
    bool meant = is_armed(call) && is_socket(descriptor) &&
                 (control->error != EAGAIN || (fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);

    errno = before;
    return meant && take(error);
}

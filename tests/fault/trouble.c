#include "tests/fault/trouble.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The sanitizer's library must be the first that is loaded; where it is no library, but part of the
 * program, nothing can come behind it. */
static const char *find_sanitizer(struct fixture *fixture)
{
#if defined(__SANITIZE_THREAD__)
    fixture_skip(fixture, "ThreadSanitizer stands before every call itself");
#elif defined(__SANITIZE_ADDRESS__)
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, "__asan_init");

    if (symbol == NULL || dladdr(symbol, &info) == 0 || strstr(info.dli_fname, ".so") == NULL)
        fixture_skip(fixture, "AddressSanitizer is not a library of its own here");
    return info.dli_fname;
#else
    (void)fixture;
    return NULL;
#endif
}

static void map_control(struct trouble *trouble, const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (file < 0 || ftruncate(file, sizeof(*trouble->control)) < 0)
        fixture_fail(trouble->fixture, "cannot make %s: %s", path, strerror(errno));
    trouble->control =
        mmap(NULL, sizeof(*trouble->control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (trouble->control == MAP_FAILED)
        fixture_fail(trouble->fixture, "cannot map %s: %s", path, strerror(errno));
}

void trouble_init(struct trouble *trouble, struct fixture *fixture)
{
    const char *sanitizer = find_sanitizer(fixture);
    char path[128];

    *trouble = (struct trouble){.fixture = fixture};
    fixture_path(fixture, "control", path, sizeof(path));
    map_control(trouble, path);
    snprintf(trouble->preload, sizeof(trouble->preload), "LD_PRELOAD=%s%s%s",
             sanitizer != NULL ? sanitizer : "", sanitizer != NULL ? ":" : "", SHIM_PATH);
    snprintf(trouble->variable, sizeof(trouble->variable), "%s=%s", SHIM_CONTROL_VARIABLE, path);
    trouble->environment[0] = trouble->preload;
    trouble->environment[1] = trouble->variable;
    fixture->environment = trouble->environment;
}

void trouble_arm(struct trouble *trouble, unsigned calls, int error, long first, long every)
{
    struct shim_control *control = trouble->control;

    atomic_store(&control->calls, 0);
    control->error = error;
    control->first = first;
    control->every = every;
    atomic_store(&control->seen, 0);
    atomic_store(&control->fired, 0);
    atomic_store(&control->calls, calls);
}

long trouble_disarm(struct trouble *trouble)
{
    long fired;

    atomic_store(&trouble->control->calls, 0);
    fired = atomic_load(&trouble->control->fired);
    trouble->met += fired;
    return fired;
}

void trouble_expect_met(const struct trouble *trouble)
{
    if (trouble->met == 0)
        fixture_skip(trouble->fixture, "not reached: makes no such call");
}

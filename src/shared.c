#include "src/shared.h"

#include <stddef.h>
#include <sys/mman.h>

struct shared *shared_create(void)
{
    void *mapped = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return mapped == MAP_FAILED ? NULL : mapped;
}

void shared_destroy(struct shared *shared)
{
    if (shared != NULL)
        munmap(shared, sizeof(*shared));
}

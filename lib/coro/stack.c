#include "lib/coro/stack.h"

#include "lib/coro/sanitizer.h"

#include <sys/mman.h>
#include <unistd.h>

#ifdef CORO_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0U
#define VALGRIND_STACK_DEREGISTER(id) (void)(id)
#endif

#ifdef CORO_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* At the very top of each stack, where its page is resident anyway; what runs there begins below.
 */
struct free_stack {
    struct free_stack *next;
    unsigned valgrind_id;
};

/* Keeps what runs on the stack aligned. */
enum { HEADER = (sizeof(struct free_stack) + 15) / 16 * 16 };

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void stacks_init(struct stacks *stacks, size_t size, unsigned keep_at_most)
{
    size_t page = page_size();

    *stacks = (struct stacks){
        .size = (size + page - 1) / page * page - HEADER,
        .keep_at_most = keep_at_most,
    };
}

static struct free_stack *header(const struct stacks *stacks, void *stack)
{
    return (struct free_stack *)((char *)stack + stacks->size);
}

static void unmap(const struct stacks *stacks, void *stack)
{
    size_t page = page_size();

    VALGRIND_STACK_DEREGISTER(header(stacks, stack)->valgrind_id);
#ifdef CORO_ASAN
    /* Whatever is mapped here next must not find our poison. */
    ASAN_UNPOISON_MEMORY_REGION(stack, stacks->size);
#endif
    munmap((char *)stack - page, stacks->size + HEADER + page);
}

void stacks_finish(struct stacks *stacks)
{
    while (stacks->free) {
        struct free_stack *stack = stacks->free;

        stacks->free = stack->next;
        unmap(stacks, (char *)stack - stacks->size);
    }
    stacks->kept = 0;
}

static void *map(const struct stacks *stacks)
{
    size_t page = page_size();
    size_t length = stacks->size + HEADER + page;
    char *low = mmap(NULL, length, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (low == MAP_FAILED)
        return NULL;
    if (mprotect(low, page, PROT_NONE) < 0) {
        munmap(low, length);
        return NULL;
    }

    void *stack = low + page;

    header(stacks, stack)->valgrind_id = VALGRIND_STACK_REGISTER(stack, header(stacks, stack));
    return stack;
}

void *stacks_take(struct stacks *stacks)
{
    struct free_stack *stack = stacks->free;

    if (!stack)
        return map(stacks);
    stacks->free = stack->next;
    stacks->kept--;
    return (char *)stack - stacks->size;
}

void stacks_give_back(struct stacks *stacks, void *stack)
{
    if (stacks->kept >= stacks->keep_at_most) {
        unmap(stacks, stack);
        return;
    }

    struct free_stack *head = header(stacks, stack);

    head->next = stacks->free;
    stacks->free = head;
    stacks->kept++;
}

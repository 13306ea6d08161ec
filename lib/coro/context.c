#include "lib/coro/context.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef CORO_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef CORO_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifdef CORO_UCONTEXT

static void swap(struct context *from, struct context *to)
{
    swapcontext(&from->registers, &to->registers);
}

/* makecontext passes int arguments alone. */
static void start(unsigned high, unsigned low)
{
    struct context *context = (struct context *)((uintptr_t)high << 16 << 16 | low);

    context->entry(context->argument);
    abort();
}

static void prepare(struct context *context, void *stack, size_t size, context_entry *entry,
                    void *argument)
{
    uintptr_t address = (uintptr_t)context;

    getcontext(&context->registers);
    context->registers.uc_stack.ss_sp = stack;
    context->registers.uc_stack.ss_size = size;
    context->registers.uc_link = NULL;
    context->entry = entry;
    context->argument = argument;
    makecontext(&context->registers, (void (*)(void))start, 2, (unsigned)(address >> 16 >> 16),
                (unsigned)address);
}

#else

/* In switch_*.S. The first words of a new stack are what coro_context_swap takes off it. */
void coro_context_swap(void **save, void *load);
void coro_context_start(void);

CORO_UNINSTRUMENTED static void swap(struct context *from, struct context *to)
{
    coro_context_swap(&from->stack_pointer, to->stack_pointer);
}

static void prepare(struct context *context, void *stack, size_t size, context_entry *entry,
                    void *argument)
{
    void **top = (void **)((char *)stack + size);

#if defined(__x86_64__)
    /* r15 r14 r13 r12 rbx rbp, where to go on, and the two words left keep the stack aligned. */
    void **frame = top - 9;

    for (int i = 0; i < 9; i++)
        frame[i] = NULL;
    frame[2] = (void *)entry;
    frame[3] = argument;
    frame[6] = (void *)coro_context_start;
#elif defined(__aarch64__)
    /* x19-x28, x29, x30 (where to go on), d8-d15. */
    void **frame = top - 20;

    for (int i = 0; i < 20; i++)
        frame[i] = NULL;
    frame[0] = (void *)entry;
    frame[1] = argument;
    frame[11] = (void *)coro_context_start;
#else
#error "no switch for this processor: define CORO_UCONTEXT"
#endif
    context->stack_pointer = frame;
}

#endif

void context_init(struct context *context, void *stack, size_t size, context_entry *entry,
                  void *argument)
{
#ifdef CORO_ASAN
    /* The last user of this stack left it in the middle of its frames. */
    ASAN_UNPOISON_MEMORY_REGION(stack, size);
    context->stack_size = size;
    context->fake_stack = NULL;
#endif
#ifdef CORO_TSAN
    context->fiber = __tsan_create_fiber(0);
#endif
    context->stack = stack;
    prepare(context, stack, size, entry, argument);
}

void context_adopt_thread(struct context *context)
{
#ifdef CORO_TSAN
    context->fiber = __tsan_get_current_fiber();
#else
    (void)context;
#endif
}

void context_finish(struct context *context)
{
#ifdef CORO_TSAN
    __tsan_destroy_fiber(context->fiber);
#else
    (void)context;
#endif
}

void context_entered(struct context *self, struct context *from)
{
#ifdef CORO_ASAN
    /* Where the thread's own stack lies is learnt here, on the first way out of it. */
    __sanitizer_finish_switch_fiber(self->fake_stack, &from->stack, &from->stack_size);
#else
    (void)self;
    (void)from;
#endif
}

#if defined(CORO_UCONTEXT) || defined(CORO_ASAN) || defined(CORO_TSAN)

CORO_UNINSTRUMENTED void context_switch(struct context *from, struct context *to)
{
#ifdef CORO_ASAN
    to->came_from = from;
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_size);
#endif
#ifdef CORO_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    swap(from, to);
#ifdef CORO_ASAN
    /* Not always *to: a generator may have suspended the task that went to it. */
    __sanitizer_finish_switch_fiber(from->fake_stack, &from->came_from->stack,
                                    &from->came_from->stack_size);
#endif
}

#endif

CORO_UNINSTRUMENTED _Noreturn void context_leave(struct context *self, struct context *to)
{
#ifdef CORO_ASAN
    to->came_from = self;
    /* NULL: this stack's fake frames are to be freed. */
    __sanitizer_start_switch_fiber(NULL, to->stack, to->stack_size);
#endif
#ifdef CORO_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    swap(self, to);
    abort();
}

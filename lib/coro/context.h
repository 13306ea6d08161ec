#ifndef CORO_CONTEXT_H
#define CORO_CONTEXT_H

/*
 * A point of execution with a stack of its own, and the switch from one to another. Written by hand
 * for x86-64 and aarch64 (switch_*.S), on ucontext elsewhere or where CORO_UCONTEXT is defined. The
 * registers that a function must preserve are switched; the floating point control words are not
 * (coro.h says what follows).
 */

#include "lib/coro/sanitizer.h"

#include <stddef.h>

#ifdef CORO_UCONTEXT
#include <ucontext.h>
#endif

typedef void context_entry(void *argument);

struct context {
#ifdef CORO_UCONTEXT
    ucontext_t registers;
    context_entry *entry;
    void *argument;
#else
    void *stack_pointer; /* the registers lie there */
#endif
    const void *stack; /* its lowest address; of a thread's own stack known to ASan alone */
#ifdef CORO_ASAN
    size_t stack_size;
    void *fake_stack;
    struct context *came_from; /* who has switched here last */
#endif
#ifdef CORO_TSAN
    void *fiber;
#endif
};

/* Makes ready a context that calls entry(argument) on that stack when it is first switched to.
 * entry begins with context_entered, ends with context_leave and never returns. */
void context_init(struct context *context, void *stack, size_t size, context_entry *entry,
                  void *argument);

/* Makes the calling thread, on its own stack, a context to switch from and back to. */
void context_adopt_thread(struct context *context);

/* Releases what context_init took, after the context was left for good. */
void context_finish(struct context *context);

/* First thing in a new context: self, entered from that one. */
void context_entered(struct context *self, struct context *from);

/* Switches for the last time. */
_Noreturn void context_leave(struct context *self, struct context *to);

/* Saves the present point in *from and goes on at *to. Returns when somebody switches to *from. */
#if !defined(CORO_UCONTEXT) && !defined(CORO_ASAN) && !defined(CORO_TSAN)

void coro_context_swap(void **save, void *load);

/* Inline: each return on the far side of a switch is one that the CPU cannot predict. */
static inline void context_switch(struct context *from, struct context *to)
{
    coro_context_swap(&from->stack_pointer, to->stack_pointer);
}

#else
void context_switch(struct context *from, struct context *to);
#endif

#endif

#ifndef CORO_STACK_H
#define CORO_STACK_H

/*
 * Stacks for coroutines, mapped with a guard page below each, and kept for reuse. A stack costs two
 * mappings of the process (vm.max_map_count), and memory for the pages that were ever used.
 */

#include <stddef.h>

struct stacks {
    size_t size; /* of each, without the guard */
    unsigned kept, keep_at_most;
    struct free_stack *free; /* a list that lies in the stacks themselves */
};

/* Sizes are rounded up to whole pages. */
void stacks_init(struct stacks *stacks, size_t size, unsigned keep_at_most);

/* Unmaps what is kept. Stacks in use must have been given back. */
void stacks_finish(struct stacks *stacks);

/* Returns the lowest address of a stack of stacks->size bytes, or NULL: no memory, or too many
 * mappings. */
void *stacks_take(struct stacks *stacks);

void stacks_give_back(struct stacks *stacks, void *stack);

#endif

/*
 * coro_context_swap(void **save, void *load): saves the registers that a function preserves (System V
 * ABI) on the present stack, its address in *save, and takes those that lie at load.
 *
 * It ends in a jump, not a return: the CPU predicts a return from the calls it has seen, which were
 * made on the other stack, and would be wrong each time (three times the cost). notrack, because the
 * place after a call begins with no endbr64. MXCSR and the x87 control word stay as they are.
 */

        .text

        .globl  coro_context_swap
        .hidden coro_context_swap
        .type   coro_context_swap, @function
        .p2align 4
coro_context_swap:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .cfi_endproc
        .size   coro_context_swap, . - coro_context_swap

/* Where a new context begins: entry in r13, its argument in r12. The outermost frame: a debugger's
 * backtrace stops here. */

        .globl  coro_context_start
        .hidden coro_context_start
        .type   coro_context_start, @function
        .p2align 4
coro_context_start:
        .cfi_startproc
        .cfi_undefined %rip
        endbr64
        xorl    %ebp, %ebp
        movq    %r12, %rdi
        call    *%r13
        ud2
        .cfi_endproc
        .size   coro_context_start, . - coro_context_start

        .section .note.GNU-stack, "", @progbits

/* Fit for indirect branch tracking (1), not for shadow stacks (2): the linker then turns those off
 * for the program. */
        .section .note.gnu.property, "a"
        .p2align 3
        .long   4                       /* length of the name */
        .long   16                      /* length of the property */
        .long   5                       /* NT_GNU_PROPERTY_TYPE_0 */
        .asciz  "GNU"
        .long   0xc0000002              /* GNU_PROPERTY_X86_FEATURE_1_AND */
        .long   4
        .long   1
        .long   0

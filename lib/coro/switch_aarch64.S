/*
 * coro_context_swap(void **save, void *load): saves the registers that a function preserves (AAPCS64)
 * on the present stack, its address in *save, and takes those that lie at load. FPCR stays as it is.
 *
 * It ends in a branch, not a return: the CPU predicts a return from the calls it has seen, which were
 * made on the other stack. Where branch targets are checked (BTI) the place after a call is no valid
 * target for a branch, so there it must be a return.
 */

#if defined(__ARM_FEATURE_BTI_DEFAULT)
#define GO_ON ret
#else
#define GO_ON br x30
#endif

        .text

        .globl  coro_context_swap
        .hidden coro_context_swap
        .type   coro_context_swap, %function
        .p2align 4
coro_context_swap:
        .cfi_startproc
        hint    #34                     /* bti c */
        sub     sp, sp, #160
        .cfi_adjust_cfa_offset 160
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        .cfi_rel_offset x29, 80
        .cfi_rel_offset x30, 88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x9, sp
        str     x9, [x0]
        mov     sp, x1
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        .cfi_restore x29
        .cfi_restore x30
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #160
        .cfi_adjust_cfa_offset -160
        GO_ON
        .cfi_endproc
        .size   coro_context_swap, . - coro_context_swap

/* Where a new context begins: entry in x19, its argument in x20. The outermost frame: a debugger's
 * backtrace stops here. */

        .globl  coro_context_start
        .hidden coro_context_start
        .type   coro_context_start, %function
        .p2align 4
coro_context_start:
        .cfi_startproc
        .cfi_undefined x30
        hint    #36                     /* bti j */
        mov     x29, xzr
        mov     x30, xzr
        mov     x0, x20
        blr     x19
        brk     #1
        .cfi_endproc
        .size   coro_context_start, . - coro_context_start

        .section .note.GNU-stack, "", %progbits

#if defined(__ARM_FEATURE_BTI_DEFAULT)
        .section .note.gnu.property, "a"
        .p2align 3
        .long   4                       /* length of the name */
        .long   16                      /* length of the property */
        .long   5                       /* NT_GNU_PROPERTY_TYPE_0 */
        .asciz  "GNU"
        .long   0xc0000000              /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
        .long   4
        .long   1                       /* BTI */
        .long   0
#endif

/*
 * The library's switch with the floating point control words saved and restored as well, to know what
 * leaving them out is worth. A new context needs a word with both below its registers.
 */

        .text

#if defined(__x86_64__)

        .globl  control_swap
        .type   control_swap, @function
        .p2align 4
control_swap:
        endbr64
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $8, %rsp
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        popq    %rcx
        notrack jmp *%rcx
        .size   control_swap, . - control_swap

        .section .note.GNU-stack, "", @progbits

#elif defined(__aarch64__)

        .globl  control_swap
        .type   control_swap, %function
        .p2align 4
control_swap:
        sub     sp, sp, #176
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        stp     x29, x30, [sp, #96]
        stp     d8, d9, [sp, #112]
        stp     d10, d11, [sp, #128]
        stp     d12, d13, [sp, #144]
        stp     d14, d15, [sp, #160]
        mrs     x9, fpcr
        str     x9, [sp]
        mov     x9, sp
        str     x9, [x0]
        mov     sp, x1
        ldr     x9, [sp]
        msr     fpcr, x9
        ldp     x19, x20, [sp, #16]
        ldp     x21, x22, [sp, #32]
        ldp     x23, x24, [sp, #48]
        ldp     x25, x26, [sp, #64]
        ldp     x27, x28, [sp, #80]
        ldp     x29, x30, [sp, #96]
        ldp     d8, d9, [sp, #112]
        ldp     d10, d11, [sp, #128]
        ldp     d12, d13, [sp, #144]
        ldp     d14, d15, [sp, #160]
        add     sp, sp, #176
        mov     x9, x30
        br      x9
        .size   control_swap, . - control_swap

        .section .note.GNU-stack, "", %progbits

#endif

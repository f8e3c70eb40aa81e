// dlsym and dlvsym. The C library looks at its caller's return address (RTLD_NEXT, RTLD_DEFAULT),
// so what is not answered here is reached by a jump, with the stack and arguments as they came.
#include "trampoline_macros.h"

  .text

.macro LOOKUP symbol:req, route:req, caller:req
  .globl \symbol
#ifndef TIDELOCK_SHIPPED
  .hidden \symbol
#endif
  .type \symbol, @function
  .p2align 4
\symbol:
  .cfi_startproc
  pushq %rdi
  .cfi_adjust_cfa_offset 8
  pushq %rsi
  .cfi_adjust_cfa_offset 8
  pushq %rdx
  .cfi_adjust_cfa_offset 8
  movq 24(%rsp), \caller
  callq \route
  movq %rdx, %rcx
  popq %rdx
  .cfi_adjust_cfa_offset -8
  popq %rsi
  .cfi_adjust_cfa_offset -8
  popq %rdi
  .cfi_adjust_cfa_offset -8
  cmpq $1, %rcx
  je 1f
  ja 2f
  retq
2:
  movq tidelock_driver_handle(%rip), %rdi
1:
  jmpq *%rax
  .cfi_endproc
  .size \symbol, . - \symbol
.endm

  LOOKUP EXPORT_NAME(dlsym), tidelock_route_dlsym, %rdx
  LOOKUP EXPORT_NAME(dlvsym), tidelock_route_dlvsym, %rcx

  .section .note.GNU-stack, "", @progbits

// NVML's calls about memory and processes, under their own names for programs that are linked to
// NVML; who asks dlsym is led to them by lookup.c. The runtime answers (Management.swift).
#include "trampoline_macros.h"

  .text

.macro MANAGED symbol:req, implementation:req
  .globl \symbol
#ifndef TIDELOCK_SHIPPED
  .hidden \symbol
#endif
  .weak \implementation
  .hidden \implementation
  .type \symbol, @function
  .p2align 4
\symbol:
  jmp \implementation
  .size \symbol, . - \symbol
.endm

#define MANAGED_NAME(name) MANAGED EXPORT_NAME(name), tidelock_##name;
#include "managed_names.h"
MANAGED_NAMES(MANAGED_NAME)

  .section .note.GNU-stack, "", @progbits

// The rare paths of all trampolines, once: closed gate, out of memory, first use.
#include "trampoline_macros.h"

  .text

// Enter with eax = index, edx = class, the frame of GATED_BODY, the slot (if any) outside.
// Registers kept across the calls: r12 index, r13 class, r14 attempts after OUT_OF_MEMORY.
.macro COLD_FRAME
  leaq -56(%rbp), %rsp
  pushq %r12
  .cfi_offset %r12, -80
  pushq %r13
  .cfi_offset %r13, -88
  pushq %r14
  .cfi_offset %r14, -96
  pushq %r15
  .cfi_offset %r15, -104
  subq $8, %rsp
  movl %eax, %r12d
  movl %edx, %r13d
  xorl %r14d, %r14d
.endm

.macro RESTORE_REGISTER_ARGUMENTS
  movq -16(%rbp), %rdi
  movq -24(%rbp), %rsi
  movq -32(%rbp), %rdx
  movq -40(%rbp), %rcx
  movq -48(%rbp), %r8
  movq -56(%rbp), %r9
.endm

.macro RESTORE_SAVED_REGISTERS
  movq -64(%rbp), %r12
  movq -72(%rbp), %r13
  movq -80(%rbp), %r14
  movq -88(%rbp), %r15
  movq -8(%rbp), %rbx
.endm

HIDDEN tidelock_cold_memory
  .cfi_startproc
  .cfi_def_cfa %rbp, 16
  .cfi_offset %rbp, -16
  .cfi_offset %rbx, -24
  COLD_FRAME
  jmp .Lmemory
  .cfi_endproc
  .size tidelock_cold_memory, . - tidelock_cold_memory

HIDDEN tidelock_cold_gate
  .cfi_startproc
  .cfi_def_cfa %rbp, 16
  .cfi_offset %rbp, -16
  .cfi_offset %rbx, -24
  COLD_FRAME
.Lask:
  movl %r12d, %edi
  movl %r13d, %esi
  movq %rbp, %rdx
  callq tidelock_gate_slow
  cmpl $RESULT_BASE, %eax
  jae .Lanswer
  testl %eax, %eax
  jnz .Ldirect
.Ltry:
  movq tidelock_slot@gottpoff(%rip), %rax
  movq %fs:(%rax), %rbx
  testq %rbx, %rbx
  jz .Lask
  movq SLOT_COUNTER(%rbx), %rax
  btsq $0, %rax
  jc .Lask
  movq %rax, SLOT_COUNTER(%rbx)
  movq %rbp, SLOT_ENTRY_STACK(%rbx)
  movl %r13d, SLOT_CALL_CLASS(%rbx)
  movl %r12d, SLOT_ENTRY_INDEX(%rbx)
  // Where the listener has no barrier of its own every call comes this way, and this is the fence.
  mfence
  // A windowed gate lets through whoever has just been to the slow path.
  leaq tidelock_gate(%rip), %rax
  movl (%rax, %r13, 4), %eax
  subl $GATE_OPEN, %eax
  cmpl $(GATE_WINDOWED - GATE_OPEN), %eax
  jbe .Lenter
  incq SLOT_COUNTER(%rbx)
  jmp .Lask
.Lenter:
  leaq tidelock_entry_words(%rip), %rax
  movzbl (%rax, %r12), %ecx
  leaq 1(%rcx), %rax
  andq $-2, %rax
  shlq $3, %rax
  subq %rax, %rsp
  // Highest word first; ecx words from rbp+16 to rsp.
  testl %ecx, %ecx
  jz .Lcopied
.Lcopy:
  movq 8(%rbp, %rcx, 8), %rax
  movq %rax, -8(%rsp, %rcx, 8)
  decl %ecx
  jnz .Lcopy
.Lcopied:
  RESTORE_REGISTER_ARGUMENTS
  leaq tidelock_real(%rip), %rax
  callq *(%rax, %r12, 8)
  incq SLOT_COUNTER(%rbx)
  leaq -96(%rbp), %rsp
  cmpl $OUT_OF_MEMORY, %eax
  jne .Lreturn
.Lmemory:
  movl %r12d, %edi
  movl %r14d, %esi
  callq tidelock_out_of_memory
  incl %r14d
  testl %eax, %eax
  jnz .Ltry
  movl $OUT_OF_MEMORY, %eax
  jmp .Lreturn
.Lanswer:
  subl $RESULT_BASE, %eax
.Lreturn:
  RESTORE_SAVED_REGISTERS
  leave
  .cfi_remember_state
  .cfi_def_cfa %rsp, 8
  .cfi_restore %rbp
  retq
  .cfi_restore_state
.Ldirect:
  // Not ours to gate: leave no frame behind, so the driver finds the arguments where they were.
  RESTORE_REGISTER_ARGUMENTS
  leaq tidelock_real(%rip), %rax
  movq (%rax, %r12, 8), %rax
  RESTORE_SAVED_REGISTERS
  leave
  .cfi_def_cfa %rsp, 8
  .cfi_restore %rbp
  jmpq *%rax
  .cfi_endproc
  .size tidelock_cold_gate, . - tidelock_cold_gate

// Saves and restores every register that can carry an argument, floating point included.
.macro SAVE_ALL_ARGUMENTS
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  andq $-16, %rsp
  SAVE_REGISTER_ARGUMENTS
  subq $128, %rsp
  movaps %xmm0, 0(%rsp)
  movaps %xmm1, 16(%rsp)
  movaps %xmm2, 32(%rsp)
  movaps %xmm3, 48(%rsp)
  movaps %xmm4, 64(%rsp)
  movaps %xmm5, 80(%rsp)
  movaps %xmm6, 96(%rsp)
  movaps %xmm7, 112(%rsp)
.endm

.macro RESTORE_ALL_ARGUMENTS
  movaps 0(%rsp), %xmm0
  movaps 16(%rsp), %xmm1
  movaps 32(%rsp), %xmm2
  movaps 48(%rsp), %xmm3
  movaps 64(%rsp), %xmm4
  movaps 80(%rsp), %xmm5
  movaps 96(%rsp), %xmm6
  movaps 112(%rsp), %xmm7
  addq $128, %rsp
  popq %r9
  popq %r8
  popq %rcx
  popq %rdx
  popq %rsi
  popq %rdi
  leave
  .cfi_def_cfa %rsp, 8
  .cfi_restore %rbp
.endm

// eax = index; called, not jumped to. Returns r11d = 0: go on; else eax is the result.
HIDDEN tidelock_cold_unswappable
  .cfi_startproc
  SAVE_ALL_ARGUMENTS
  movl %eax, %edi
  leaq 128(%rsp), %rsi
  callq tidelock_unswappable
  movl %eax, %r11d
  subl $RESULT_BASE, %eax
  RESTORE_ALL_ARGUMENTS
  cmpl $RESULT_BASE, %r11d
  jae .Lpinned
  xorl %r11d, %r11d
.Lpinned:
  retq
  .cfi_endproc
  .size tidelock_cold_unswappable, . - tidelock_cold_unswappable

// eax = index. The driver is loaded, the table filled, and the call goes on to where it belongs.
HIDDEN tidelock_cold_bind
  .cfi_startproc
  SAVE_ALL_ARGUMENTS
  movl %eax, %edi
  callq tidelock_driver_bind
  movq %rax, %r11
  RESTORE_ALL_ARGUMENTS
  jmpq *%r11
  .cfi_endproc
  .size tidelock_cold_bind, . - tidelock_cold_bind

// r11 = a name that the catalogue lacks, from the object that `tidelock run` wrote for a program
// linked to it (Sources/Host/ForwardingObject.swift).
  .globl tidelock_forward
#ifndef TIDELOCK_SHIPPED
  .hidden tidelock_forward
#endif
  .type tidelock_forward, @function
  .p2align 4
tidelock_forward:
  .cfi_startproc
  SAVE_ALL_ARGUMENTS
  movq %r11, %rdi
  callq tidelock_forward_bind
  movq %rax, %r11
  RESTORE_ALL_ARGUMENTS
  jmpq *%r11
  .cfi_endproc
  .size tidelock_forward, . - tidelock_forward

// What stands in for a driver that is not there, and for a function it does not have.
HIDDEN tidelock_no_device
  movl $100, %eax
  retq
  .size tidelock_no_device, . - tidelock_no_device

HIDDEN tidelock_not_found
  movl $500, %eax
  retq
  .size tidelock_not_found, . - tidelock_not_found

HIDDEN tidelock_not_initialized
  movl $3, %eax
  retq
  .size tidelock_not_initialized, . - tidelock_not_initialized

  .section .note.GNU-stack, "", @progbits

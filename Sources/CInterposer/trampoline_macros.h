// Assembly macros for Trampolines.S (one line per entry point) and Cold.S (what all of them share).
// x86-64 System V. Frame of a gated call, which Cold.S relies on:
//
//    rbp+16 ..  stack arguments of the caller
//    rbp+8      return address
//    rbp        saved rbp     <- "entry stack" written to the slot and given to the slow path
//    rbp-8      saved rbx
//    rbp-16     rdi, -24 rsi, -32 rdx, -40 rcx, -48 r8, -56 r9
//
// The store of the counter precedes the load of the gate word in program order; the listener, after
// writing the gate word, makes every running thread pass a barrier (membarrier) before it reads
// the counters, so a thread is either seen inside or sees the gate closed.
#pragma once

#define SLOT_COUNTER 0
#define SLOT_ENTRY_STACK 8
#define SLOT_CALL_CLASS 20
#define SLOT_ENTRY_INDEX 24
#define GATE_OPEN 1
#define GATE_WINDOWED 2
#define OUT_OF_MEMORY 2
#define RESULT_BASE 0x100

// In the shipped object the entry points carry the driver's names. Elsewhere (unit tests link the
// same files into ordinary programs) they are private, so that nothing is interposed by accident.
#ifdef TIDELOCK_SHIPPED
#define EXPORT_NAME(name) name
#else
#define EXPORT_NAME(name) tidelock_export_##name
#endif

.macro EXPORTED symbol:req, index:req
  .globl \symbol
#ifndef TIDELOCK_SHIPPED
  .hidden \symbol
#endif
  .type \symbol, @function
  .p2align 4
\symbol:
.Lexport_\index:
.endm

.macro HIDDEN symbol:req
  .globl \symbol
  .hidden \symbol
  .type \symbol, @function
  .p2align 4
\symbol:
.endm

.macro SAVE_REGISTER_ARGUMENTS
  pushq %rdi
  pushq %rsi
  pushq %rdx
  pushq %rcx
  pushq %r8
  pushq %r9
.endm

// The body of a gated call. Open gate: 29 instructions, one for each stack argument word, and one
// of padding where that number is even.
.macro GATED_BODY index:req, class:req, words:req
.Lgated_\index:
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  pushq %rbx
  .cfi_offset %rbx, -24
  SAVE_REGISTER_ARGUMENTS
  movq tidelock_slot@gottpoff(%rip), %rax
  movq %fs:(%rax), %rbx
  testq %rbx, %rbx
  jz .Lslow_\index
  movq SLOT_COUNTER(%rbx), %rax
  btsq $0, %rax
  jc .Lslow_\index
  movq %rax, SLOT_COUNTER(%rbx)
  movq %rbp, SLOT_ENTRY_STACK(%rbx)
  movl $\class, SLOT_CALL_CLASS(%rbx)
  movl $\index, SLOT_ENTRY_INDEX(%rbx)
  cmpl $GATE_OPEN, (tidelock_gate + 4 * \class)(%rip)
  jne .Lclosed_\index
  // Seven words are pushed below rbp: an odd number of stack words keeps the call aligned.
  .if (\words & 1) == 0
  subq $8, %rsp
  .endif
  // The displacement is constant because every push moves rsp to the next lower word.
  .rept \words
  pushq (64 + 8 * (1 - (\words & 1)) + 8 * \words)(%rsp)
  .endr
  callq *(tidelock_real + 8 * \index)(%rip)
  incq SLOT_COUNTER(%rbx)
  cmpl $OUT_OF_MEMORY, %eax
  je .Lmemory_\index
  movq -8(%rbp), %rbx
  leave
  .cfi_remember_state
  .cfi_def_cfa %rsp, 8
  .cfi_restore %rbp
  .cfi_restore %rbx
  retq
  .cfi_restore_state
.Lclosed_\index:
  incq SLOT_COUNTER(%rbx)
.Lslow_\index:
  movl $\index, %eax
  movl $\class, %edx
  jmp tidelock_cold_gate
.Lmemory_\index:
  movl $\index, %eax
  movl $\class, %edx
  jmp tidelock_cold_memory
.endm

// A call that may touch swappable memory.
.macro GATED symbol:req, index:req, class:req, words:req
  EXPORTED \symbol, \index
  .cfi_startproc
  GATED_BODY \index, \class, \words
  .cfi_endproc
  .size \symbol, . - \symbol
.endm

// Pins the process, then goes on, unless the runtime answered the call itself.
.macro PIN index:req
  subq $8, %rsp
  .cfi_def_cfa_offset 16
  movl $\index, %eax
  callq tidelock_cold_unswappable
  addq $8, %rsp
  .cfi_def_cfa_offset 8
  testl %r11d, %r11d
  jnz .Lrefused_\index
.endm

// A call whose answer or effect ought to be ours and is not yet.
.macro UNSWAPPABLE symbol:req, index:req
  EXPORTED \symbol, \index
  .cfi_startproc
  PIN \index
  jmpq *(tidelock_real + 8 * \index)(%rip)
.Lrefused_\index:
  retq
  .cfi_endproc
  .size \symbol, . - \symbol
.endm

// Both: pinned first, then through the gate.
.macro GATED_UNSWAPPABLE symbol:req, index:req, class:req, words:req
  EXPORTED \symbol, \index
  .cfi_startproc
  PIN \index
  GATED_BODY \index, \class, \words
  .cfi_endproc
  .cfi_startproc
.Lrefused_\index:
  retq
  .cfi_endproc
  .size \symbol, . - \symbol
.endm

// A name outside the catalogue: nothing is known of it but the driver's address.
.macro UNKNOWN symbol:req, index:req
  HIDDEN \symbol
.Lexport_\index:
  .cfi_startproc
  PIN \index
  jmpq *(tidelock_real + 8 * \index)(%rip)
.Lrefused_\index:
  retq
  .cfi_endproc
  .size \symbol, . - \symbol
.endm

// A call that concerns nothing of ours.
.macro PASS symbol:req, index:req
  EXPORTED \symbol, \index
  jmpq *(tidelock_real + 8 * \index)(%rip)
  .size \symbol, . - \symbol
.endm

// A call answered by the runtime: every argument stays where it is.
.macro ANSWERED symbol:req, index:req, implementation:req
  EXPORTED \symbol, \index
  jmp \implementation
  .size \symbol, . - \symbol
.endm

// The gated way to the driver for an answered call, under a name of our own.
.macro GATED_INSIDE symbol:req, index:req, class:req, words:req
  HIDDEN \symbol
  .cfi_startproc
  GATED_BODY \index, \class, \words
  .cfi_endproc
  .size \symbol, . - \symbol
.endm

// What tidelock_real holds before the driver is loaded.
.macro UNBOUND index:req
.Lunbound_\index:
  movl $\index, %eax
  jmp tidelock_cold_bind
.endm

#pragma once
/// What the generated trampolines (assembly), the loader part (C) and the runtime (Swift) share.
/// Offsets are used by the assembly: `trampoline_macros.h` has them too, `state.c` asserts.
#include <stdint.h>

/// Values of a gate word. Zero is what a forked child sees (the page is wiped on fork) and what a
/// process sees before it is set up: both take the slow path.
enum {
  TIDELOCK_GATE_UNSET = 0,
  TIDELOCK_GATE_OPEN = 1,
  TIDELOCK_GATE_WINDOWED = 2,  ///< open, but every call takes the slow path and is paced
  TIDELOCK_GATE_CLOSED = 3,
  TIDELOCK_GATE_ENDED = 4,  ///< closed for good: the process is at its end, nobody waits any more
};

enum { TIDELOCK_CLASS_KERNEL = 0, TIDELOCK_CLASS_COPY = 1 };

/// One page, private to the process, MADV_WIPEONFORK. Written by the listener only, and at the end
/// of the process by the exit handler.
struct tidelock_gate_page {
  volatile uint32_t word[2];  ///< offset 0 kernel class, offset 4 copy class
  volatile uint32_t alive;    ///< offset 8: 1 once the process set itself up; 0 in a forked child
  uint8_t padding[4096 - 12];
};
extern struct tidelock_gate_page tidelock_gate;

/// A thread's place in the gate. Lives in the slot table (WIPEONFORK), never in TLS, so that the
/// listener can read it after the thread is gone.
struct tidelock_slot {
  volatile uint64_t counter;       ///< offset 0: odd while inside a gated call
  volatile uint64_t entry_stack;   ///< offset 8: stack pointer at the outermost entry
  volatile uint32_t tid;           ///< offset 16: 0 = free
  volatile uint32_t call_class;    ///< offset 20: TIDELOCK_CLASS_* of the outermost call
  volatile uint32_t entry_index;   ///< offset 24: catalogue index of the outermost call
  uint32_t padding[9];
};
enum { TIDELOCK_SLOTS_MAX = 4096 };

/// This thread's slot; initial-exec, defined in C once. NULL until the thread's first gated call.
extern __thread struct tidelock_slot *tidelock_slot;

/// Slow path, called by a trampoline with every argument register saved and the slot (if any)
/// outside. Returns 0: try the gate again (the thread now has a slot and the gate may be open), or
/// 1: go straight to the driver without entering (nested call, or a process Tidelock does not
/// manage), or a value >= 0x100: return (value - 0x100) to the caller as the CUresult.
///
/// `stack_pointer` is the frame address of the trampoline, the same quantity as `entry_stack` in a
/// slot: a call nested in the slot's has a lower one; an equal or higher one means that the slot's
/// call was abandoned (longjmp, cancellation) and its counter is to be made even. After 0 a
/// windowed gate lets the call in, since it has just been here; a closed one leads back here.
/// Called also for a windowed gate, and with the counter odd when a call is nested or abandoned.
uint32_t tidelock_gate_slow(uint32_t entry_index, uint32_t call_class, uint64_t stack_pointer);

/// Called outside the gate when a gated call returned CUDA_ERROR_OUT_OF_MEMORY (2). Returns 1 to
/// retry the call with its original arguments, 0 to let the program see the error. `attempts`
/// counts from 0. The retry passes the gate again. Calls made directly (1 above) come not here.
uint32_t tidelock_out_of_memory(uint32_t entry_index, uint32_t attempts);

/// A must_virtualise row that has no implementation is being called: the process becomes
/// unswappable (waits until it is resident, stays so for life). Returns 0 to go on to the driver,
/// or >= 0x100 as above. Called at every such call; also for names outside the catalogue, whose
/// index is ENTRY_COUNT or more (`tidelock_entry_name` knows them). `arguments`: those in
/// registers, the sixth first.
uint32_t tidelock_unswappable(uint32_t entry_index, const uint64_t *arguments);

// Small accessors, so that Swift neither copies the page nor needs thread-locals.
static inline struct tidelock_gate_page *tidelock_gate_address(void) { return &tidelock_gate; }
static inline uint32_t tidelock_gate_get(uint32_t call_class) {
  return __atomic_load_n(&tidelock_gate.word[call_class & 1], __ATOMIC_SEQ_CST);
}
static inline void tidelock_gate_set(uint32_t call_class, uint32_t value) {
  __atomic_store_n(&tidelock_gate.word[call_class & 1], value, __ATOMIC_SEQ_CST);
}
static inline uint32_t *tidelock_gate_word(uint32_t call_class) {
  return (uint32_t *)&tidelock_gate.word[call_class & 1];
}
static inline uint32_t tidelock_gate_alive(void) {
  return __atomic_load_n(&tidelock_gate.alive, __ATOMIC_ACQUIRE);
}
static inline void tidelock_gate_set_alive(uint32_t alive) {
  __atomic_store_n(&tidelock_gate.alive, alive, __ATOMIC_RELEASE);
}

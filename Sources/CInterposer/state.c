#include "gate.h"
#include "loader.h"

#include <stddef.h>

// What trampoline_macros.h knows as numbers.
_Static_assert(offsetof(struct tidelock_slot, counter) == 0, "SLOT_COUNTER");
_Static_assert(offsetof(struct tidelock_slot, entry_stack) == 8, "SLOT_ENTRY_STACK");
_Static_assert(offsetof(struct tidelock_slot, call_class) == 20, "SLOT_CALL_CLASS");
_Static_assert(offsetof(struct tidelock_slot, entry_index) == 24, "SLOT_ENTRY_INDEX");
_Static_assert(TIDELOCK_GATE_OPEN == 1 && TIDELOCK_GATE_WINDOWED == 2, "GATE_OPEN, GATE_WINDOWED");
_Static_assert(TIDELOCK_CLASS_KERNEL == 0 && TIDELOCK_CLASS_COPY == 1, "order of gate words");

// The page is written by the listener and wiped in a forked child, so it shares its page with
// nothing else.
struct tidelock_gate_page tidelock_gate __attribute__((aligned(4096)));

__thread struct tidelock_slot *tidelock_slot;

struct tidelock_slot *tidelock_slot_get(void) { return tidelock_slot; }

void tidelock_slot_set(struct tidelock_slot *slot) { tidelock_slot = slot; }

#ifdef TIDELOCK_SHIPPED
// By this name a copy of the object is told from the driver (driver.c).
__attribute__((visibility("default"))) const char tidelock_interposer_build[] = "tidelock";
#endif

#include "system.h"

volatile uint64_t tidelock_system_calls;
_Alignas(64) uint64_t tidelock_words[512];

// Swift defines these in the shipped object; in ordinary test builds they do not exist.
extern void *tidelock_listener_main(void *) __attribute__((weak));
extern void *tidelock_mover_main(void *) __attribute__((weak));
extern void tidelock_exit_main(void *) __attribute__((weak));
extern void tidelock_forked_main(void) __attribute__((weak));
long tidelock_forked_entry(void) { return (long)tidelock_forked_main; }
long tidelock_listener_entry(void) { return (long)tidelock_listener_main; }
long tidelock_mover_entry(void) { return (long)tidelock_mover_main; }
long tidelock_exit_entry(void) { return (long)tidelock_exit_main; }

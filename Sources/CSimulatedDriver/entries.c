#include "entries.h"

#include <stddef.h>

// Declared without types: only their addresses are used.
#define ENTRY(base, version, per_thread, symbol) extern void symbol(void);
#include "entries.inc"
#undef ENTRY

static const simulated_entry simulated_entries[] = {
#define ENTRY(base, version, per_thread, symbol) {#base, version, per_thread, symbol},
#include "entries.inc"
#undef ENTRY
};

const size_t simulated_entry_count = sizeof simulated_entries / sizeof simulated_entries[0];

const simulated_entry *simulated_entry_list(void) { return simulated_entries; }

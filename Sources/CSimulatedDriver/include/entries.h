#pragma once

#include <stddef.h>

// What cuGetProcAddress can return: `function` is what `name` means from `version` on.
typedef struct {
  const char *name;
  int version;
  int per_thread;
  void (*function)(void);
} simulated_entry;

const simulated_entry *simulated_entry_list(void);
extern const size_t simulated_entry_count;

#pragma once
// The driver API, looked up at run time, so that one binary runs on any driver: a real one, the
// simulated one, or either behind Tidelock's preloaded object.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef TIDELOCK_FOREIGN_CUDA_HEADER
#include TIDELOCK_FOREIGN_CUDA_HEADER
#else
#include "cuda_prototypes.h"
#include "cuda_types.h"
#endif

/// The export `name` of libcuda.so.1; ends the program with status 3 and a line if there is none.
void *driver_symbol(const char *name);
/// The same, NULL if there is none.
void *driver_symbol_if_any(const char *name);

/// `drv(cuMemAlloc_v2)(&address, bytes)`: the export of exactly this name.
#define drv(name)                                                                \
  (*({                                                                           \
    static __typeof__(&name) found;                                              \
    if (!found) found = (__typeof__(&name))driver_symbol(#name);                 \
    found;                                                                       \
  }))

#pragma once
/// The loader part of the interposer: the way to the real driver, and names for entry points.
/// No function here allocates; none but `tidelock_driver_load` takes a lock.
#include <stdint.h>

#include "entry_index.h"
#include "gate.h"

/// `tidelock_real[entry]`, for callers to which the table is too long a tuple.
void *tidelock_driver_function(uint32_t entry);

/// Finds and opens the real driver, once per process: TIDELOCK_LIBCUDA, LD_LIBRARY_PATH, the main
/// program's RPATH or RUNPATH, the loader's cache, the default directories; never this object, a
/// copy of it, or a stub library. Thread-safe. Returns 0, 100 when there is no driver, or 3 when
/// called by the very thread that is loading it (from a constructor of the driver) or in a child
/// forked meanwhile.
int tidelock_driver_load(void);

/// Where the real driver was opened from; NULL before it is loaded and when there is none.
const char *tidelock_driver_path(void);

/// 1 if the loaded driver has this entry point, else 0.
int tidelock_driver_has(uint32_t entry);

/// Address of a function of the C library (libc, libpthread, libdl, ld.so) in this process, default
/// version; NULL if there is none. Nothing of the C library is linked to: any of it may be absent.
void *tidelock_find_libc(const char *name);

/// 1 if the path of an object loaded into this process has `part` in it.
int tidelock_has_object(const char *part);

/// Calls a function of NVML with three pointer-sized arguments. Returns its answer; 1
/// (uninitialised) where NVML is not loaded, 13 (not found) where it lacks the function.
int tidelock_management_call(const char *name, uint64_t a, uint64_t b, uint64_t c);

/// Name of an entry point, also of one outside the catalogue once it is bound; never NULL.
const char *tidelock_entry_name(uint32_t entry);

/// Index of a name in the catalogue, or -1.
int32_t tidelock_entry_find(const char *name);

/// Our exported function for an entry point (or for a bound name outside the catalogue).
void *tidelock_wrapper(uint32_t entry);

/// The gated way to the driver, without being marked unswappable: for an entry point the runtime
/// answers itself and then passes on (also linkable as tidelock_gated_<entry point>). NULL where
/// there is no gate.
void *tidelock_gated(uint32_t entry);
/// Calls an entry point that has a gate and up to six pointer-sized arguments by that way.
static inline int32_t tidelock_gated_call(
    uint32_t entry, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  return ((int32_t(*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t))
              tidelock_gated(entry))(a, b, c, d, e, f);
}

/// This thread's slot: what `tidelock_slot` holds.
struct tidelock_slot *tidelock_slot_get(void);
void tidelock_slot_set(struct tidelock_slot *slot);

// Names the driver has and the catalogue lacks: each gets one of a fixed number of trampolines at
// its first look-up. Calling one pins the process, for nothing is known of what it does.
#include "internal.h"

enum { NAME_BYTES_MAX = 64 };
static char names[TIDELOCK_UNKNOWN_MAX][NAME_BYTES_MAX];
static uint32_t claimed;

void *tidelock_unknown_bind(const char *name, void *function) {
  uint32_t count = __atomic_load_n(&claimed, __ATOMIC_ACQUIRE);
  for (uint32_t n = 0; n < count && n < TIDELOCK_UNKNOWN_MAX; n++)
    if (__atomic_load_n(&tidelock_real[ENTRY_COUNT + n], __ATOMIC_ACQUIRE) == function)
      return tidelock_wrapper(ENTRY_COUNT + n);
  if (count >= TIDELOCK_UNKNOWN_MAX) return NULL;
  uint32_t mine = __atomic_fetch_add(&claimed, 1, __ATOMIC_ACQ_REL);
  if (mine >= TIDELOCK_UNKNOWN_MAX) return NULL;
  for (size_t i = 0; i < NAME_BYTES_MAX - 1 && name[i] != 0; i++) names[mine][i] = name[i];
  __atomic_store_n(&tidelock_real[ENTRY_COUNT + mine], function, __ATOMIC_RELEASE);
  return tidelock_wrapper(ENTRY_COUNT + mine);
}

// Where the call of a linked program goes on (Cold.S).
__attribute__((visibility("hidden"))) const void *tidelock_forward_bind(const char *name) {
  int loaded = tidelock_driver_load();
  if (loaded != 0) return loaded == 100 ? tidelock_no_device : tidelock_not_initialized;
  tidelock_dlsym_function *find = tidelock_libc_dlsym();
  void *function = find != NULL ? find(tidelock_driver_handle, name) : NULL;
  void *wrapper = function != NULL ? tidelock_unknown_bind(name, function) : NULL;
  return wrapper != NULL ? wrapper : tidelock_not_found;
}

const char *tidelock_unknown_name(uint32_t number) {
  return number < TIDELOCK_UNKNOWN_MAX ? names[number] : "";
}

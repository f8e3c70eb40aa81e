// NVML beside the driver: which of its names lead to us, and the way to the library itself. It is
// never opened from here: a program that asks it has it.
#include "internal.h"
#include "managed_names.h"

#ifdef TIDELOCK_SHIPPED
#define WRAPPER(name) name
#else
#define WRAPPER(name) tidelock_export_##name
#endif

// Ours among all of that name, and exported.
#define DECLARE(name) extern char WRAPPER(name)[] __attribute__((visibility("protected")));
#define ROW(name) {#name, WRAPPER(name)},
MANAGED_NAMES(DECLARE)

enum { UNINITIALIZED = 1, FUNCTION_NOT_FOUND = 13 };

static const struct link_map *library(void) {
  for (struct link_map *object = tidelock_objects(); object != NULL; object = object->l_next) {
    const char *soname = tidelock_object_string(object, DT_SONAME);
    if (soname != NULL && tidelock_same(soname, "libnvidia-ml.so.1")) return object;
  }
  return NULL;
}

void *tidelock_management_wrapper(const char *name) {
  static const struct {
    const char *name;
    char *wrapper;
  } rows[] = {MANAGED_NAMES(ROW)};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (tidelock_same(rows[i].name, name)) return rows[i].wrapper;
  return NULL;
}

int tidelock_in_management(const void *address) {
  const struct link_map *object = library();
  return object != NULL && (uintptr_t)address - object->l_addr < tidelock_object_size(object);
}

int tidelock_management_call(const char *name, uint64_t a, uint64_t b, uint64_t c) {
  const struct link_map *object = library();
  if (object == NULL) return UNINITIALIZED;
  int (*function)(uint64_t, uint64_t, uint64_t) =
    (int (*)(uint64_t, uint64_t, uint64_t))tidelock_object_symbol(object, name);
  return function != NULL ? function(a, b, c) : FUNCTION_NOT_FOUND;
}

// Answers to dlsym, dlvsym and cuGetProcAddress: a name of the catalogue never leads anywhere but
// to our wrapper.
#include <dlfcn.h>

#include "internal.h"

/// What the assembly of dlsym does next.
struct route {
  void *target;
  uint64_t action;
};
enum { ANSWER = 0, FORWARD = 1, FORWARD_TO_DRIVER = 2 };

static const struct route nothing = {NULL, ANSWER};

static int is_driver_name(const char *name) {
  if (name[0] != 'c' || name[1] != 'u') return 0;
  return (name[2] >= 'A' && name[2] <= 'Z') || (name[2] == 'd' && name[3] == 'b');
}

// The real driver, or another libcuda.so.1 the program opened by its path. The objects are walked
// only for an address that is neither ours nor the driver's: others may be unloaded meanwhile.
static int in_some_driver(const void *address) {
  if (tidelock_in_driver(address)) return 1;
  for (struct link_map *object = tidelock_objects(); object != NULL; object = object->l_next) {
    const char *soname = tidelock_object_string(object, DT_SONAME);
    if (soname != NULL && tidelock_same(soname, "libcuda.so.1") && !tidelock_object_is_ours(object)
        && (uintptr_t)address - object->l_addr < tidelock_object_size(object))
      return 1;
  }
  return 0;
}

static int is_our_handle(const void *handle) {
  static const void *known;
  const void *ours = __atomic_load_n(&known, __ATOMIC_RELAXED);
  for (struct link_map *object = tidelock_objects(); ours == NULL && object != NULL;
       object = object->l_next) {
    if (tidelock_object_is_ours(object)) __atomic_store_n(&known, ours = object, __ATOMIC_RELAXED);
  }
  return ours == handle;
}

// A driver name our object does not export, asked of our object: the driver may have it.
static struct route route_unknown(const char *name, tidelock_dlsym_function *find) {
  if (tidelock_driver_load() != 0) return nothing;
  void *function = find(tidelock_driver_handle, name);
  if (function == NULL) return (struct route){(void *)find, FORWARD_TO_DRIVER};
  return (struct route){tidelock_unknown_bind(name, function), ANSWER};
}

// A name we export: ours if the driver has it, the driver's own refusal if not.
static struct route route_known(uint32_t entry, tidelock_dlsym_function *find) {
  if (tidelock_driver_load() == 0 && !tidelock_driver_has(entry))
    return (struct route){(void *)find, FORWARD_TO_DRIVER};
  return (struct route){tidelock_wrapper(entry), ANSWER};
}

// RTLD_DEFAULT and RTLD_NEXT go by name. Where no driver is, there is nothing to find.
static struct route route_by_name(void *handle, int32_t entry, const char *name, void *real,
                                  tidelock_dlsym_function *find) {
  struct route forward = {real, FORWARD};
  if (entry < 0) {
    if (tidelock_driver_path() == NULL || find(tidelock_driver_handle, name) == NULL)
      return forward;
    return route_unknown(name, find);
  }
  void *found = handle == RTLD_DEFAULT ? find(RTLD_DEFAULT, name) : NULL;
  if (found != NULL && found != tidelock_wrapper((uint32_t)entry) && !in_some_driver(found))
    return forward;
  return tidelock_driver_load() == 100 ? nothing : route_known((uint32_t)entry, find);
}

// A name of NVML's whose answer is ours, asked of NVML itself or of the whole program. Elsewhere it
// is what it is there.
static struct route route_management(void *handle, const char *name, void *real,
                                     tidelock_dlsym_function *find, const void *caller) {
  struct route forward = {real, FORWARD};
  void *wrapper = tidelock_management_wrapper(name);
  if (wrapper == NULL || tidelock_in_management(caller)) return forward;
  void *found = find(handle == RTLD_NEXT ? RTLD_DEFAULT : handle, name);
  if (found == wrapper || (found != NULL && tidelock_in_management(found)))
    return (struct route){wrapper, ANSWER};
  return forward;
}

static struct route route(void *handle, const char *name, const char *version, void *real,
                          const void *caller) {
  struct route forward = {real, FORWARD};
  tidelock_dlsym_function *find = tidelock_libc_dlsym();
  if (real == NULL || find == NULL) return nothing;
  if (name[0] == 'n' && name[1] == 'v' && name[2] == 'm' && name[3] == 'l')
    return route_management(handle, name, real, find, caller);
  if (!is_driver_name(name) || tidelock_in_driver(caller)) return forward;
  int32_t entry = tidelock_entry_find(name);
  if (handle == RTLD_DEFAULT || handle == RTLD_NEXT)
    return route_by_name(handle, entry, name, real, find);
  void *found = version != NULL ? ((tidelock_dlvsym_function *)real)(handle, name, version)
                                : find(handle, name);
  if (entry >= 0 && found == tidelock_wrapper((uint32_t)entry))
    return route_known((uint32_t)entry, find);
  if (found == NULL) return is_our_handle(handle) ? route_unknown(name, find) : nothing;
  if (!in_some_driver(found)) return (struct route){found, ANSWER};
  if (entry >= 0) return (struct route){tidelock_wrapper((uint32_t)entry), ANSWER};
  return (struct route){tidelock_unknown_bind(name, found), ANSWER};
}

__attribute__((visibility("hidden"))) struct route tidelock_route_dlsym(void *handle,
                                                                        const char *name,
                                                                        const void *caller) {
  return route(handle, name, NULL, (void *)tidelock_libc_dlsym(), caller);
}

__attribute__((visibility("hidden"))) struct route tidelock_route_dlvsym(void *handle,
                                                                         const char *name,
                                                                         const char *version,
                                                                         const void *caller) {
  static void *known;
  if (__atomic_load_n(&known, __ATOMIC_RELAXED) == NULL)
    __atomic_store_n(&known, tidelock_find_libc("dlvsym"), __ATOMIC_RELAXED);
  return route(handle, name, version, known, caller);
}

enum { PER_THREAD_STREAM = 2 };

// The entry the driver meant by `function`: by address among those of the asked name, then by
// version and stream flag, as the driver chooses; last by address among all.
static int32_t entry_of(const char *name, const void *function, int version, uint64_t flags) {
  int32_t base = tidelock_entry_find(name), chosen = -1, same = -1, any = -1;
  uint8_t per_thread = (flags & PER_THREAD_STREAM) != 0;
  for (int32_t entry = 0; entry < ENTRY_COUNT; entry++) {
    const struct tidelock_version *row = &tidelock_entry_version[entry];
    int equal = tidelock_real[entry] == function;
    if (equal && any < 0) any = entry;
    if (row->base != base) continue;
    if (equal && (same < 0 || row->per_thread == per_thread)) same = entry;
    if (row->cuda > version || row->per_thread > per_thread) continue;
    const struct tidelock_version *best = &tidelock_entry_version[chosen < 0 ? entry : chosen];
    if (chosen < 0 || row->per_thread > best->per_thread
        || (row->per_thread == best->per_thread && row->cuda >= best->cuda))
      chosen = entry;
  }
  return same >= 0 ? same : base >= 0 && chosen >= 0 ? chosen : any;
}

// 0: the pointer may be handed out as it is now. 500: no trampoline is left for it.
static int replace(const char *name, void **function, int version, uint64_t flags) {
  if (name == NULL || function == NULL || *function == NULL || *name == 0) return 0;
  int32_t entry = entry_of(name, *function, version, flags);
  *function =
    entry >= 0 ? tidelock_wrapper((uint32_t)entry) : tidelock_unknown_bind(name, *function);
  return *function != NULL ? 0 : 500;
}

typedef int get_function(const char *, void **, int, uint64_t);
typedef int get_function_with_status(const char *, void **, int, uint64_t, int *);

__attribute__((visibility("hidden"))) int tidelock_cuGetProcAddress(const char *name,
                                                                    void **function, int version,
                                                                    uint64_t flags) {
  get_function *driver = (get_function *)tidelock_driver_function(ENTRY_cuGetProcAddress);
  int result = driver(name, function, version, flags);
  return result != 0 ? result : replace(name, function, version, flags);
}

__attribute__((visibility("hidden"))) int tidelock_cuGetProcAddress_v2(const char *name,
                                                                       void **function,
                                                                       int version, uint64_t flags,
                                                                       int *status) {
  get_function_with_status *driver =
    (get_function_with_status *)tidelock_driver_function(ENTRY_cuGetProcAddress_v2);
  int result = driver(name, function, version, flags, status);
  if (result != 0) return result;
  result = replace(name, function, version, flags);
  if (result != 0 && status != NULL) *status = 1;
  return result;
}

// Opening the real driver, once, and binding every entry point to it.
#include <dlfcn.h>

#include "internal.h"

enum { FRESH, LOADING, LOADING_WITH_WAITERS, SETTLED };

static uint32_t phase;
static uint32_t loader_thread, loader_process;
static int load_result;
static char driver_file[4096];
void *tidelock_driver_handle;
static uintptr_t driver_start, driver_end;

enum { STUB_LIBRARY = 34, NO_DEVICE = 100, NOT_INITIALIZED = 3 };

tidelock_dlsym_function *tidelock_libc_dlsym(void) {
  static tidelock_dlsym_function *known;
  tidelock_dlsym_function *function = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (function == NULL) {
    function = (tidelock_dlsym_function *)tidelock_find_libc("dlsym");
    __atomic_store_n(&known, function, __ATOMIC_RELAXED);
  }
  return function;
}

typedef void *open_function(const char *path, int mode);

// Before glibc 2.34 dlopen lives in a library of its own, which the driver itself would have
// brought along; libc then has a private way to open it.
static open_function *libc_dlopen(void) {
  open_function *function = (open_function *)tidelock_find_libc("dlopen");
  if (function != NULL) return function;
  open_function *private_open = (open_function *)tidelock_find_libc("__libc_dlopen_mode");
  if (private_open == NULL) return NULL;
  private_open("libdl.so.2", (int)(RTLD_NOW | 0x80000000u));
  return (open_function *)tidelock_find_libc("dlopen");
}

static int is_stub(void *handle, tidelock_dlsym_function *find) {
  int version = 0;
  int (*get_version)(int *) = (int (*)(int *))find(handle, "cuDriverGetVersion");
  return get_version == NULL || get_version(&version) == STUB_LIBRARY;
}

int tidelock_in_driver(const void *address) {
  uintptr_t at = (uintptr_t)address;
  return at >= __atomic_load_n(&driver_start, __ATOMIC_RELAXED)
    && at < __atomic_load_n(&driver_end, __ATOMIC_RELAXED);
}

static void note_range(const struct link_map *object) {
  uintptr_t end = object->l_addr + tidelock_object_size(object);
  __atomic_store_n(&driver_end, end, __ATOMIC_RELAXED);
  __atomic_store_n(&driver_start, object->l_addr, __ATOMIC_RELAXED);
}

static int open_driver(const char *path) {
  open_function *open = libc_dlopen();
  tidelock_dlsym_function *find = tidelock_libc_dlsym();
  if (open == NULL || find == NULL) return 0;
  void *handle = open(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return 0;
  // A copy of this object under another name, and the toolkit's stubs, export the names as well.
  if (find(handle, "tidelock_interposer_build") != NULL || is_stub(handle, find)) {
    int (*close)(void *) = (int (*)(void *))tidelock_find_libc("dlclose");
    if (close != NULL) close(handle);
    return 0;
  }
  size_t length = tidelock_length(path);
  if (length >= sizeof driver_file) return 0;
  for (size_t i = 0; i <= length; i++) driver_file[i] = path[i];
  note_range(handle);
  tidelock_driver_handle = handle;
  return 1;
}

static void bind_all(void) {
  tidelock_dlsym_function *find = tidelock_driver_handle != NULL ? tidelock_libc_dlsym() : NULL;
  for (uint32_t entry = 0; entry < ENTRY_COUNT; entry++) {
    void *function = (void *)tidelock_no_device;
    if (find != NULL) {
      function = find(tidelock_driver_handle, tidelock_entry_name(entry));
      if (function == NULL || function == tidelock_wrapper(entry))
        function = (void *)tidelock_not_found;
    }
    __atomic_store_n(&tidelock_real[entry], function, __ATOMIC_RELEASE);
  }
}

int tidelock_driver_load(void) {
  if (__atomic_load_n(&phase, __ATOMIC_ACQUIRE) == SETTLED) return load_result;
  uint32_t self = (uint32_t)tidelock_system_call(CALL_GETTID, 0, 0, 0, 0, 0, 0);
  uint32_t process = (uint32_t)tidelock_system_call(CALL_GETPID, 0, 0, 0, 0, 0, 0);
  uint32_t seen = FRESH;
  if (__atomic_compare_exchange_n(&phase, &seen, LOADING, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
    __atomic_store_n(&loader_thread, self, __ATOMIC_RELAXED);
    __atomic_store_n(&loader_process, process, __ATOMIC_RELAXED);
    tidelock_search_driver(open_driver);
    bind_all();
    load_result = tidelock_driver_handle != NULL ? 0 : NO_DEVICE;
    if (__atomic_exchange_n(&phase, SETTLED, __ATOMIC_RELEASE) == LOADING_WITH_WAITERS)
      tidelock_system_call(CALL_FUTEX, (long)&phase, 129, 0x7fffffff, 0, 0, 0);
    return load_result;
  }
  if (__atomic_load_n(&loader_thread, __ATOMIC_RELAXED) == self && seen != SETTLED)
    return NOT_INITIALIZED;
  while (seen != SETTLED) {
    // Forked while another thread was at it: nobody is left to finish.
    uint32_t loader = __atomic_load_n(&loader_process, __ATOMIC_RELAXED);
    if (loader != 0 && loader != process) return NOT_INITIALIZED;
    if (seen == LOADING_WITH_WAITERS
        || __atomic_compare_exchange_n(&phase, &seen, LOADING_WITH_WAITERS, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_ACQUIRE))
      tidelock_system_call(CALL_FUTEX, (long)&phase, 128, LOADING_WITH_WAITERS, 0, 0, 0);
    seen = __atomic_load_n(&phase, __ATOMIC_ACQUIRE);
  }
  return load_result;
}

// First call of an unbound entry point (Cold.S): where the call goes on.
__attribute__((visibility("hidden"))) void *tidelock_driver_bind(uint32_t entry) {
  if (tidelock_driver_load() == NOT_INITIALIZED) return (void *)tidelock_not_initialized;
  return __atomic_load_n(&tidelock_real[entry], __ATOMIC_ACQUIRE);
}

const char *tidelock_driver_path(void) {
  int settled = __atomic_load_n(&phase, __ATOMIC_ACQUIRE) == SETTLED;
  return settled && tidelock_driver_handle != NULL ? driver_file : NULL;
}

int tidelock_driver_has(uint32_t entry) {
  return tidelock_driver_path() != NULL && entry < ENTRY_COUNT
    && tidelock_real[entry] != (void *)tidelock_not_found;
}

void *tidelock_driver_function(uint32_t entry) {
  return __atomic_load_n(&tidelock_real[entry], __ATOMIC_ACQUIRE);
}

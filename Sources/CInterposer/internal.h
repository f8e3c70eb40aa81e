// What the C files of this module share. Nothing here leaves the module.
#pragma once
#include <link.h>
#include <stddef.h>
#include <stdint.h>

#include "entry_table.h"
#include "loader.h"

// Raw system calls: the C library may be any, or not yet relocated.
static inline long tidelock_system_call(long number, long a, long b, long c, long d, long e,
                                        long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

enum {
  CALL_READ = 0,
  CALL_OPEN = 2,
  CALL_CLOSE = 3,
  CALL_FSTAT = 5,
  CALL_MMAP = 9,
  CALL_MUNMAP = 11,
  CALL_GETPID = 39,
  CALL_READLINK = 89,
  CALL_GETTID = 186,
  CALL_FUTEX = 202,
};

// strings.c
size_t tidelock_length(const char *text);
int tidelock_same(const char *a, const char *b);
const char *tidelock_within(const char *text, const char *part);

// objects.c: the objects the loader has mapped.
struct link_map *tidelock_objects(void);
const char *tidelock_object_string(const struct link_map *object, ElfW(Sxword) tag);
int tidelock_object_is_ours(const struct link_map *object);
size_t tidelock_object_size(const struct link_map *object);
void *tidelock_object_symbol(const struct link_map *object, const char *name);

// driver.c
extern void *tidelock_driver_handle;
int tidelock_in_driver(const void *address);
typedef void *tidelock_dlsym_function(void *handle, const char *name);
typedef void *tidelock_dlvsym_function(void *handle, const char *name, const char *version);
tidelock_dlsym_function *tidelock_libc_dlsym(void);

// search.c: the file the program would have got. `visit` returns 1 to end the search.
typedef int tidelock_visit(const char *path);
void tidelock_search_driver(tidelock_visit *visit);

// Cold.S
extern const char tidelock_no_device[], tidelock_not_found[], tidelock_not_initialized[];

// unknown.c: names outside the catalogue. Returns our function for it, or NULL when there are more
// of them than TIDELOCK_UNKNOWN_MAX.
void *tidelock_unknown_bind(const char *name, void *function);
const char *tidelock_unknown_name(uint32_t number);

// management.c: NVML. Our function for a name of its, or NULL where the answer is its own.
void *tidelock_management_wrapper(const char *name);
int tidelock_in_management(const void *address);

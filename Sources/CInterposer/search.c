// Which libcuda.so.1 the program would have got: dlopen cannot say, for by name it finds us.
#include "internal.h"

#define DRIVER_NAME "libcuda.so.1"
enum { PATH_BYTES_MAX = 4096 };

// One search at a time (driver.c), so these need not fit a thread's stack.
static char value[32768];
static char path[PATH_BYTES_MAX];
static char origin[PATH_BYTES_MAX];

struct file {
  uint64_t device, inode;
  uint64_t rest[16];
};

static long open_file(const char *name) {
  return tidelock_system_call(CALL_OPEN, (long)name, 02000000, 0, 0, 0, 0);
}

static long read_some(long file, void *to, long bytes) {
  return tidelock_system_call(CALL_READ, file, (long)to, bytes, 0, 0, 0);
}

static void close_file(long file) { tidelock_system_call(CALL_CLOSE, file, 0, 0, 0, 0, 0); }

// The environment the process started with, which is what the dynamic loader went by.
static int environment(const char *name) {
  static char block[4096];
  long file = open_file("/proc/self/environ");
  if (file < 0) return 0;
  size_t at = 0, wanted = tidelock_length(name), stored = 0;
  int matching = 1, found = 0, ended = 0;
  for (long bytes; !ended && (bytes = read_some(file, block, sizeof block)) > 0;) {
    for (long i = 0; i < bytes && !ended; i++, at++) {
      char byte = block[i];
      if (found) {
        if (stored < sizeof value - 1) value[stored++] = byte;
        ended = byte == 0;
      } else if (byte == 0) {
        at = (size_t)-1, matching = 1;
      } else if (matching) {
        found = at == wanted && byte == '=';
        matching = at < wanted && byte == name[at];
      }
    }
  }
  close_file(file);
  value[stored] = 0;
  return found && stored > 1;
}

static int identity(const char *name, struct file *file) {
  long descriptor = open_file(name);
  if (descriptor < 0) return 0;
  // Only 64-bit ELF files: the loader skips others while it searches.
  unsigned char head[5] = {0};
  int usable = read_some(descriptor, head, sizeof head) == sizeof head && head[0] == 0x7f
    && head[1] == 'E' && head[4] == 2
    && tidelock_system_call(CALL_FSTAT, descriptor, (long)file, 0, 0, 0, 0) == 0;
  close_file(descriptor);
  return usable;
}

static int is_ours(const struct file *file) {
  struct file ours;
  for (struct link_map *object = tidelock_objects(); object != NULL; object = object->l_next)
    if (tidelock_object_is_ours(object) && object->l_name != NULL)
      return identity(object->l_name, &ours) && ours.device == file->device
        && ours.inode == file->inode;
  return 0;
}

static int try_path(const char *candidate, tidelock_visit *visit) {
  struct file file;
  if (tidelock_within(candidate, "/stubs/") != NULL) return 0;
  if (!identity(candidate, &file) || is_ours(&file)) return 0;
  return visit(candidate);
}

static size_t append(size_t at, const char *text, size_t count) {
  for (size_t i = 0; i < count && at < PATH_BYTES_MAX - 1; i++) path[at++] = text[i];
  return at;
}

// Replaces $ORIGIN, $LIB and $PLATFORM (with and without braces) as the loader does.
static size_t append_token(size_t at, const char *text, size_t *used) {
  static const char *const tokens[][2] = {
    {"ORIGIN", origin}, {"LIB", "lib/x86_64-linux-gnu"}, {"PLATFORM", "x86_64"},
  };
  size_t brace = text[1] == '{';
  for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
    size_t length = tidelock_length(tokens[i][0]), k = 0;
    while (k < length && text[1 + brace + k] == tokens[i][0][k]) k++;
    if (k < length || (brace && text[2 + length] != '}')) continue;
    *used = 1 + length + 2 * brace;
    return append(at, tokens[i][1], tidelock_length(tokens[i][1]));
  }
  *used = 1;
  return append(at, text, 1);
}

// `list` holds directories separated by colons (and semicolons); an empty one is the current.
static int try_directories(const char *list, tidelock_visit *visit) {
  for (;;) {
    size_t length = 0;
    while (*list != 0 && *list != ':' && *list != ';') {
      size_t used = 1;
      length = *list == '$' ? append_token(length, list, &used) : append(length, list, 1);
      list += used;
    }
    if (length == 0) length = append(length, ".", 1);
    length = append(length, "/", 1);
    length = append(length, DRIVER_NAME, sizeof DRIVER_NAME - 1);
    path[length] = 0;
    if (length < PATH_BYTES_MAX - 1 && try_path(path, visit)) return 1;
    if (*list++ == 0) return 0;
  }
}

static void find_origin(void) {
  long bytes =
    tidelock_system_call(CALL_READLINK, (long)"/proc/self/exe", (long)origin, PATH_BYTES_MAX - 1,
                         0, 0, 0);
  while (bytes > 0 && origin[bytes - 1] != '/') bytes--;
  origin[bytes > 0 ? bytes - 1 : 0] = 0;
}

struct cache_header {
  char magic[20];
  uint32_t count;
  uint32_t rest[6];
};

struct cache_entry {
  int32_t flags;
  uint32_t key, value, version;
  uint64_t capabilities;
};

static int ends_within(const char *text, const char *end) {
  while (text < end && *text != 0) text++;
  return text < end;
}

// The loader's cache: a header, entries, and texts at offsets from the header; an older format may
// come first.
static int try_cache_at(const char *start, const char *end, tidelock_visit *visit) {
  static const char magic[] = "glibc-ld.so.cache1.1";
  const struct cache_header *header = NULL;
  for (; start + sizeof *header <= end && header == NULL; start += 4) {
    size_t i = 0;
    while (i < sizeof header->magic && start[i] == magic[i]) i++;
    if (i == sizeof header->magic) header = (const struct cache_header *)start;
  }
  if (header == NULL) return 0;
  const struct cache_entry *entry = (const struct cache_entry *)(header + 1);
  size_t room = (size_t)(end - (const char *)entry) / sizeof *entry;
  size_t bytes = (size_t)(end - (const char *)header);
  // 0x303: an ELF file for the C library, x86-64.
  for (uint32_t i = 0; i < header->count && i < room; i++, entry++) {
    if ((entry->flags & 0xffff) != 0x303 || entry->key >= bytes || entry->value >= bytes) continue;
    const char *texts = (const char *)header;
    if (!ends_within(texts + entry->key, end) || !ends_within(texts + entry->value, end)) continue;
    if (!tidelock_same(texts + entry->key, DRIVER_NAME)) continue;
    if (try_path(texts + entry->value, visit)) return 1;
  }
  return 0;
}

static int try_cache(tidelock_visit *visit) {
  long file = open_file("/etc/ld.so.cache");
  if (file < 0) return 0;
  uint64_t status[18];
  long bytes = tidelock_system_call(CALL_FSTAT, file, (long)status, 0, 0, 0, 0) == 0
    ? (long)status[6]
    : 0;
  long address = bytes > 0 ? tidelock_system_call(CALL_MMAP, 0, bytes, 1, 2, file, 0) : -1;
  close_file(file);
  if (address < 0 && address > -4096) return 0;
  const char *start = (const char *)address;
  int found = try_cache_at(start, start + bytes, visit);
  tidelock_system_call(CALL_MUNMAP, address, bytes, 0, 0, 0, 0);
  return found;
}

void tidelock_search_driver(tidelock_visit *visit) {
  // Named and unusable is no driver at all: another one may be another GPU.
  if (environment("TIDELOCK_LIBCUDA")) {
    try_path(value, visit);
    return;
  }
  find_origin();
  struct link_map *program = tidelock_objects();
  const char *late = program != NULL ? tidelock_object_string(program, DT_RUNPATH) : NULL;
  const char *early = program != NULL ? tidelock_object_string(program, DT_RPATH) : NULL;
  if (late == NULL && early != NULL && try_directories(early, visit)) return;
  if (environment("LD_LIBRARY_PATH") && try_directories(value, visit)) return;
  if (late != NULL && try_directories(late, visit)) return;
  if (try_cache(visit)) return;
  try_directories("/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib",
                  visit);
}

// The objects the dynamic loader has mapped, read from its own books: symbols of the C library are
// found here instead of being linked to, because a reference to a function that an older C library
// keeps elsewhere would stop every program from starting.
#include <elf.h>

#include "internal.h"

#pragma weak _r_debug

extern ElfW(Dyn) tidelock_our_dynamic[] __asm__("_DYNAMIC") __attribute__((visibility("hidden")));

// DT_DEBUG of the main program, for loaders that do not export _r_debug.
static const struct r_debug *debug_of_main_program(void) {
  ElfW(auxv_t) entries[64];
  long file = tidelock_system_call(CALL_OPEN, (long)"/proc/self/auxv", 02000000, 0, 0, 0, 0);
  if (file < 0) return NULL;
  long bytes = tidelock_system_call(CALL_READ, file, (long)entries, sizeof entries, 0, 0, 0);
  tidelock_system_call(CALL_CLOSE, file, 0, 0, 0, 0, 0);
  const ElfW(Phdr) *header = NULL;
  size_t count = 0;
  for (long i = 0; i < bytes / (long)sizeof entries[0]; i++) {
    if (entries[i].a_type == AT_PHDR) header = (const ElfW(Phdr) *)entries[i].a_un.a_val;
    if (entries[i].a_type == AT_PHNUM) count = entries[i].a_un.a_val;
  }
  if (header == NULL) return NULL;
  ElfW(Addr) base = 0;
  for (size_t i = 0; i < count; i++)
    if (header[i].p_type == PT_PHDR) base = (ElfW(Addr))header - header[i].p_vaddr;
  for (size_t i = 0; i < count; i++) {
    if (header[i].p_type != PT_DYNAMIC) continue;
    for (const ElfW(Dyn) *at = (const ElfW(Dyn) *)(base + header[i].p_vaddr); at->d_tag; at++)
      if (at->d_tag == DT_DEBUG) return (const struct r_debug *)at->d_un.d_ptr;
  }
  return NULL;
}

struct link_map *tidelock_objects(void) {
  const struct r_debug *debug = &_r_debug != NULL ? &_r_debug : debug_of_main_program();
  return debug != NULL ? debug->r_map : NULL;
}

int tidelock_has_object(const char *part) {
  for (struct link_map *object = tidelock_objects(); object != NULL; object = object->l_next)
    if (object->l_name != NULL && tidelock_within(object->l_name, part) != NULL) return 1;
  return 0;
}

static const ElfW(Dyn) *dynamic(const struct link_map *object, ElfW(Sxword) tag) {
  if (object->l_ld == NULL) return NULL;
  for (const ElfW(Dyn) *at = object->l_ld; at->d_tag != DT_NULL; at++)
    if (at->d_tag == tag) return at;
  return NULL;
}

// glibc has added the load address in place; other loaders, and the kernel's own object, have not.
static const void *dynamic_pointer(const struct link_map *object, ElfW(Sxword) tag) {
  const ElfW(Dyn) *at = dynamic(object, tag);
  if (at == NULL) return NULL;
  ElfW(Addr) value = at->d_un.d_ptr;
  return (const void *)(value < object->l_addr ? value + object->l_addr : value);
}

const char *tidelock_object_string(const struct link_map *object, ElfW(Sxword) tag) {
  const ElfW(Dyn) *at = dynamic(object, tag);
  const char *strings = dynamic_pointer(object, DT_STRTAB);
  return at != NULL && strings != NULL ? strings + at->d_un.d_val : NULL;
}

int tidelock_object_is_ours(const struct link_map *object) {
  return object->l_ld == tidelock_our_dynamic;
}

size_t tidelock_object_size(const struct link_map *object) {
  const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)object->l_addr;
  if (file == NULL || file->e_ident[0] != 0x7f || file->e_ident[1] != 'E') return 0;
  const ElfW(Phdr) *header = (const ElfW(Phdr) *)(object->l_addr + file->e_phoff);
  size_t end = 0;
  for (size_t i = 0; i < file->e_phnum; i++)
    if (header[i].p_type == PT_LOAD && header[i].p_vaddr + header[i].p_memsz > end)
      end = header[i].p_vaddr + header[i].p_memsz;
  return end;
}

static int is_function(const ElfW(Sym) *symbol, const char *strings, const char *name) {
  int type = ELF64_ST_TYPE(symbol->st_info);
  return symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_NOTYPE)
    && tidelock_same(strings + symbol->st_name, name);
}

void *tidelock_object_symbol(const struct link_map *object, const char *name) {
  const uint32_t *table = dynamic_pointer(object, DT_GNU_HASH);
  const ElfW(Sym) *symbols = dynamic_pointer(object, DT_SYMTAB);
  const char *strings = dynamic_pointer(object, DT_STRTAB);
  const uint16_t *versions = dynamic_pointer(object, DT_VERSYM);
  if (table == NULL || symbols == NULL || strings == NULL || table[0] == 0) return NULL;
  uint32_t hash = 5381;
  for (const char *at = name; *at != 0; at++) hash = hash * 33 + (unsigned char)*at;
  const uint32_t *buckets = table + 4 + table[2] * 2, *chain = buckets + table[0];
  uint32_t index = buckets[hash % table[0]];
  if (index < table[1]) return NULL;
  const ElfW(Sym) *found = NULL;
  for (;; index++) {
    uint32_t link = chain[index - table[1]];
    if (((link ^ hash) >> 1) == 0 && is_function(&symbols[index], strings, name)) {
      found = &symbols[index];
      // The high bit marks a version kept for old programs: take it only for want of the default.
      if (versions == NULL || (versions[index] & 0x8000) == 0) break;
    }
    if (link & 1) break;
  }
  return found != NULL ? (void *)(object->l_addr + found->st_value) : NULL;
}

void *tidelock_find_libc(const char *name) {
  static const char *const libraries[] = {
    "libc.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2",
  };
  for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
    for (struct link_map *object = tidelock_objects(); object != NULL; object = object->l_next) {
      const char *soname = tidelock_object_string(object, DT_SONAME);
      if (soname == NULL || !tidelock_same(soname, libraries[i])) continue;
      void *function = tidelock_object_symbol(object, name);
      if (function != NULL) return function;
    }
  }
  return NULL;
}

#include "driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

// Of a library in a namespace of the loader's own, glibc before 2.37 crashes on RTLD_GLOBAL.
#ifndef DRIVER_SCOPE
#define DRIVER_SCOPE RTLD_GLOBAL
#endif

static void *library(void) {
  static void *handle;
  if (handle) return handle;
  handle = dlopen("libcuda.so.1", RTLD_NOW | DRIVER_SCOPE);
  if (!handle) {
    fprintf(stderr, "no driver: %s\n", dlerror());
    exit(4);
  }
  return handle;
}

void *driver_symbol_if_any(const char *name) { return dlsym(library(), name); }

void *driver_symbol(const char *name) {
  void *found = driver_symbol_if_any(name);
  if (found) return found;
  printf("missing: %s\n", name);
  fflush(stdout);
  exit(3);
}

// A driver that answers little and lets its callers be told apart: every function the tests ask for
// by cuGetProcAddress is found by its exported name, as in the real one. Its functions say what
// reached them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }

int cuDriverGetVersion(int *version) {
  *version = 13000;
  return 0;
}

int cuDeviceGetCount(int *count) {
  *count = 1;
  return 0;
}

int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, void *stream, void **parameters, void **extra) {
  printf("launch %ld %u %u %u %u %u %u %u %ld %ld %ld\n", (long)function, gx, gy, gz, bx, by, bz,
         shared, (long)stream, (long)parameters, (long)extra);
  return 7;
}

int cuLaunchKernel_ptsz(void *function) { return (int)(intptr_t)function + 70; }

int cuParamSetf(void *function, int offset, float value) {
  printf("float %ld %d %g\n", (long)function, offset, (double)value);
  return 0;
}

int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
  printf("copy %lu %ld %zu\n", to, (long)from, bytes);
  return 0;
}

// Two generations of one name, as cuGetProcAddress must tell apart.
int cuStreamGetCaptureInfo(void) { return 1; }
int cuStreamGetCaptureInfo_v2(void) { return 2; }

// A name no catalogue knows.
int cuNewerThanTheCatalogue(long a, double b) {
  printf("newer %ld %g\n", a, b);
  return 9;
}

static int newest_only(void) { return 11; }

int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags,
                        int *status) {
  char exact[128];
  int is_newer = strcmp(name, "cuStreamGetCaptureInfo") == 0 && version >= 11030;
  const char *generation = is_newer ? "_v2" : "";
  if (strcmp(name, "cuMemcpyHtoD") == 0) generation = "_v2";
  if (strcmp(name, "cuNotExported") == 0) {
    *function = (void *)newest_only;
    return 0;
  }
  snprintf(exact, sizeof exact, "%s%s%s", name, generation, flags == 2 ? "_ptsz" : "");
  void *self = dlopen(FAKE_DRIVER_PATH, RTLD_NOW | RTLD_NOLOAD);
  *function = dlsym(self, exact);
  if (*function == NULL && flags == 2) {
    snprintf(exact, sizeof exact, "%s%s", name, generation);
    *function = dlsym(self, exact);
  }
  if (status != NULL) *status = *function == NULL;
  return 0;
}

int cuGetProcAddress(const char *name, void **function, int version, uint64_t flags) {
  int status;
  cuGetProcAddress_v2(name, function, version, flags, &status);
  return status == 0 ? 0 : 500;
}

int cuGetExportTable(const void **table, const void *id) {
  (void)id;
  *table = NULL;
  return 500;
}

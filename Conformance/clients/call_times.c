// call-times COUNT
//
// Makes COUNT calls of each of a few kinds and prints `KIND NANOSECONDS` lines: the median time of
// one call as the program sees it. Kinds: copy (4 bytes to the device, waiting), launch (an empty
// kernel), synchronize (nothing to wait for).
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../probes/driver.h"

enum { COUNT_MAX = 1 << 20, LAUNCHES_QUEUED = 64 };

static const char kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    ".visible .entry nothing(.param .u64 p) { ret; }\n";

static void need(CUresult result, const char *what) {
  if (result == CUDA_SUCCESS) return;
  printf("refused %s %d\n", what, (int)result);
  exit(3);
}
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

static double *times;
static long count;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void print_median(const char *kind) {
  qsort(times, (size_t)count, sizeof *times, ascending);
  printf("%s %.0f\n", kind, times[count / 2]);
}

static void time_copies(CUdeviceptr address) {
  static char host[64];
  __typeof__(&cuMemcpyHtoD_v2) copy = driver_symbol("cuMemcpyHtoD_v2");
  for (long i = 0; i < count; i++) {
    double begin = now();
    need(copy(address, host, 4), "cuMemcpyHtoD_v2");
    times[i] = now() - begin;
  }
  print_median("copy");
}

static void time_launches(CUfunction function, CUdeviceptr address) {
  void *values[] = {&address};
  __typeof__(&cuLaunchKernel) launch = driver_symbol("cuLaunchKernel");
  for (long i = 0; i < count; i++) {
    double begin = now();
    need(launch(function, 1, 1, 1, 1, 1, 1, 0, NULL, values, NULL), "cuLaunchKernel");
    times[i] = now() - begin;
    if (i % LAUNCHES_QUEUED == 0) MUST(cuCtxSynchronize, );
  }
  MUST(cuCtxSynchronize, );
  print_median("launch");
}

static void time_synchronizations(void) {
  __typeof__(&cuCtxSynchronize) synchronize = driver_symbol("cuCtxSynchronize");
  for (long i = 0; i < count; i++) {
    double begin = now();
    need(synchronize(), "cuCtxSynchronize");
    times[i] = now() - begin;
  }
  print_median("synchronize");
}

int main(int words_count, char **words) {
  count = words_count == 2 ? strtol(words[1], NULL, 10) : 0;
  if (count < 1 || count > COUNT_MAX) {
    fprintf(stderr, "usage: call-times COUNT\n");
    return 2;
  }
  times = malloc((size_t)count * sizeof *times);
  CUcontext context;
  CUmodule module;
  CUfunction nothing;
  CUdeviceptr address;
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
  MUST(cuModuleLoadData, &module, kernels);
  MUST(cuModuleGetFunction, &nothing, module, "nothing");
  MUST(cuMemAlloc_v2, &address, 4096);
  time_copies(address);
  time_launches(nothing, address);
  time_synchronizations();
  return 0;
}

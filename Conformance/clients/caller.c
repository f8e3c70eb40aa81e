// caller WHAT COUNT
//
// Makes COUNT calls that the driver answers at once and alike every time, inside a function of its
// own (`measured_...`), so that a profiler can count what one call costs with and without a
// preloaded object. WHAT: launch (cuLaunchKernel of no function), copy (cuMemcpyHtoDAsync of no
// bytes), pair (cuMemAlloc_v2 and cuMemFree_v2 of a small block), none (the loop alone).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../probes/driver.h"

static __typeof__(&cuLaunchKernel) launch;
static __typeof__(&cuMemcpyHtoDAsync_v2) copy;
static __typeof__(&cuMemAlloc_v2) allocate;
static __typeof__(&cuMemFree_v2) release;
static CUdeviceptr address;
static CUstream stream;
static char host[64];

__attribute__((noinline)) static long measured_launch(long count) {
  long sum = 0;
  for (long i = 0; i < count; i++)
    sum += launch(NULL, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL);
  return sum;
}

__attribute__((noinline)) static long measured_copy(long count) {
  long sum = 0;
  for (long i = 0; i < count; i++) sum += copy(address, host, 0, stream);
  return sum;
}

__attribute__((noinline)) static long measured_pair(long count) {
  long sum = 0;
  for (long i = 0; i < count; i++) {
    CUdeviceptr block;
    sum += allocate(&block, 1000);
    sum += release(block);
  }
  return sum;
}

__attribute__((noinline)) static long measured_none(long count) {
  long sum = 0;
  for (long i = 0; i < count; i++) {
    sum += i;
    __asm__ volatile("" : "+r"(sum));
  }
  return sum;
}

static void need(CUresult result, const char *what) {
  if (result == CUDA_SUCCESS) return;
  printf("refused %s %d\n", what, (int)result);
  exit(3);
}

int main(int words_count, char **words) {
  if (words_count < 3) {
    fprintf(stderr, "usage: caller launch|copy|pair|none COUNT\n");
    return 2;
  }
  long count = strtol(words[2], NULL, 10);
  CUcontext context;
  need(drv(cuInit)(0), "cuInit");
  need(drv(cuCtxCreate_v2)(&context, 0, 0), "cuCtxCreate_v2");
  need(drv(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
  need(drv(cuMemAlloc_v2)(&address, 4096), "cuMemAlloc_v2");
  launch = driver_symbol("cuLaunchKernel");
  copy = driver_symbol("cuMemcpyHtoDAsync_v2");
  allocate = driver_symbol("cuMemAlloc_v2");
  release = driver_symbol("cuMemFree_v2");
  long (*measured)(long) = !strcmp(words[1], "launch") ? measured_launch
                           : !strcmp(words[1], "copy") ? measured_copy
                           : !strcmp(words[1], "pair") ? measured_pair
                                                       : measured_none;
  // Once outside: slots, caches and lazy binding are not the price of a call.
  for (int i = 0; i < 100; i++) {
    launch(NULL, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL);
    copy(address, host, 0, stream);
  }
  need(measured_pair(10), "cuMemAlloc_v2 or cuMemFree_v2");
  printf("sum %ld\n", measured(count));
  return 0;
}

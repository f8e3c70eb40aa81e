// What the acts of `promise` share: a context, a kernel, blocks of known bytes, and waiting for the
// steps of the test.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../probes/driver.h"

static const char kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    // add(p, stride, v): p[thread * stride] += v
    ".visible .entry add(.param .u64 p, .param .u32 stride, .param .u32 v) {\n"
    "  .reg .u64 %rd<4>; .reg .u32 %r<10>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [stride]; ld.param.u32 %r2, [v];\n"
    "  mov.u32 %r3, %tid.x; mul.lo.u32 %r4, %r3, %r1;\n"
    "  mul.wide.u32 %rd2, %r4, 4; add.u64 %rd3, %rd1, %rd2;\n"
    "  ld.global.u32 %r8, [%rd3]; add.u32 %r8, %r8, %r2; st.global.u32 [%rd3], %r8; ret;\n}\n";

enum { BLOCKS = 4, THREADS = 64, MIB = 1 << 20 };

static const char *steps;
static long mib = 40;
static CUcontext context;
static CUmodule module;
static CUfunction add;
static CUdeviceptr block[BLOCKS];
static size_t block_bytes;
static uint32_t *host;
/// What the kernels added to the touched words of each block.
static uint32_t added[BLOCKS];

static void say(const char *what, long value) {
  printf("%s %ld\n", what, value);
  fflush(stdout);
}

static void need(CUresult result, const char *what) {
  if (result == CUDA_SUCCESS) return;
  printf("refused %s %d\n", what, (int)result);
  fflush(stdout);
  _exit(3);
}
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

static void corrupt(const char *what, long place) {
  printf("corrupt %s %ld\n", what, place);
  fflush(stdout);
  _exit(5);
}

static bool reached(int step) {
  char path[512];
  snprintf(path, sizeof path, "%s.%d", steps, step);
  return access(path, F_OK) == 0;
}

static inline void await_step(int step) {
  say("at", step);
  while (!reached(step)) usleep(1000);
}

static uint32_t pattern(long number, size_t word) {
  return (uint32_t)word * 2654435761u ^ (uint32_t)(number + 1) * 40503u;
}

static void start(void) {
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
}

static void load(void) {
  MUST(cuModuleLoadData, &module, kernels);
  MUST(cuModuleGetFunction, &add, module, "add");
}

static void fill(void) {
  block_bytes = (size_t)mib * MIB / BLOCKS;
  host = malloc(block_bytes);
  for (long b = 0; b < BLOCKS; b++) {
    MUST(cuMemAlloc_v2, &block[b], block_bytes);
    for (size_t i = 0; i < block_bytes / 4; i++) host[i] = pattern(b, i);
    MUST(cuMemcpyHtoD_v2, block[b], host, block_bytes);
  }
}

static uint32_t stride(void) { return (uint32_t)(block_bytes / 4 / THREADS); }

static CUresult launch(long number, CUstream stream) {
  uint32_t step = stride(), one = 1;
  void *values[] = {&block[number], &step, &one};
  return drv(cuLaunchKernel)(add, 1, 1, 1, THREADS, 1, 1, 0, stream, values, NULL);
}

static void check(long number, const uint32_t *words) {
  for (size_t i = 0; i < block_bytes / 4; i++) {
    bool touched = i % stride() == 0 && i / stride() < THREADS;
    if (words[i] != pattern(number, i) + (touched ? added[number] : 0)) corrupt("block", number);
  }
}

static void verify(void) {
  MUST(cuCtxSynchronize, );
  for (long b = 0; b < BLOCKS; b++) {
    if (!block[b]) continue;
    MUST(cuMemcpyDtoH_v2, host, block[b], block_bytes);
    check(b, host);
  }
  printf("intact\n");
  fflush(stdout);
}

static void hold(void) {
  start();
  load();
  fill();
}

static inline CUstream new_stream(void) {
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  return stream;
}

static inline long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// One copy, and when it was done: who of two came first.
static inline void serve(void) {
  uint32_t word;
  MUST(cuMemcpyDtoH_v2, &word, block[0] + block_bytes - 4, 4);
  say("served", milliseconds());
}

struct act {
  const char *name;
  void (*run)(void);
};

/// The program `CLIENT ACT STEPS [MIB]`: runs one act of a list that ends with a nameless one.
static int run_act(const struct act *acts, int count, char **words) {
  if (count < 3) return 2;
  steps = words[2];
  if (count > 3) mib = strtol(words[3], NULL, 10);
  for (; acts->name; acts++)
    if (!strcmp(acts->name, words[1])) {
      acts->run();
      return 0;
    }
  fprintf(stderr, "no act %s\n", words[1]);
  return 2;
}

// interpreter-rate [THREADS [ROUNDS]]
//
// Prints `KERNEL RATE`: how many PTX instructions of all threads a device executes in a second, for
// an integer and a floating-point loop. Means something on the simulated GPU only.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../probes/driver.h"

static const char kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    // 8 instructions a round
    ".visible .entry integers(.param .u64 p, .param .u32 rounds) {\n"
    "  .reg .pred %p<2>; .reg .u32 %r<10>; .reg .u64 %rd<5>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [rounds]; mov.u32 %r2, %ctaid.x;\n"
    "  mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x; mad.lo.u32 %r5, %r2, %r3, %r4;\n"
    "  mov.u32 %r6, %r5;\n"
    "again:\n"
    "  mul.lo.u32 %r6, %r6, 1664525; add.u32 %r6, %r6, 1013904223; shr.u32 %r7, %r6, 16;\n"
    "  xor.b32 %r6, %r6, %r7; and.b32 %r7, %r6, 255; sub.u32 %r1, %r1, 1;\n"
    "  setp.ne.u32 %p1, %r1, 0; @%p1 bra again;\n"
    "  mul.wide.u32 %rd2, %r5, 4; add.u64 %rd3, %rd1, %rd2; st.global.u32 [%rd3], %r6; ret;\n}\n"
    // 8 instructions a round, one load and one store
    ".visible .entry floats(.param .u64 p, .param .u32 rounds) {\n"
    "  .reg .pred %p<2>; .reg .u32 %r<10>; .reg .u64 %rd<5>; .reg .f32 %f<5>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [rounds]; mov.u32 %r2, %ctaid.x;\n"
    "  mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x; mad.lo.u32 %r5, %r2, %r3, %r4;\n"
    "  mul.wide.u32 %rd2, %r5, 4; add.u64 %rd3, %rd1, %rd2; mov.f32 %f2, 0f3f000000;\n"
    "again:\n"
    "  ld.global.f32 %f1, [%rd3]; fma.rn.f32 %f1, %f1, %f2, %f2; mul.f32 %f3, %f1, %f2;\n"
    "  add.f32 %f1, %f1, %f3; st.global.f32 [%rd3], %f1; sub.u32 %r1, %r1, 1;\n"
    "  setp.ne.u32 %p1, %r1, 0; @%p1 bra again;\n"
    "  ret;\n}\n";

static void need(CUresult result, const char *what) {
  if (result == CUDA_SUCCESS) return;
  printf("refused %s %d\n", what, (int)result);
  exit(3);
}
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **words) {
  uint32_t threads = count > 1 ? (uint32_t)atoi(words[1]) : 8192;
  uint32_t rounds = count > 2 ? (uint32_t)atoi(words[2]) : 200;
  CUcontext context;
  CUmodule module;
  CUdeviceptr address;
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
  MUST(cuModuleLoadData, &module, kernels);
  MUST(cuMemAlloc_v2, &address, threads * 4);
  MUST(cuMemsetD32_v2, address, 0x3F800000, threads);
  static const char *const names[] = {"integers", "floats"};
  for (int i = 0; i < 2; i++) {
    CUfunction function;
    MUST(cuModuleGetFunction, &function, module, names[i]);
    double best = 0;
    for (int attempt = 0; attempt < 3; attempt++) {
      void *values[] = {&address, &rounds};
      double start = now();
      MUST(cuLaunchKernel, function, threads / 128, 1, 1, 128, 1, 1, 0, NULL, values, NULL);
      MUST(cuCtxSynchronize, );
      double seconds = now() - start, rate = (double)threads * rounds * 8 / seconds;
      if (rate > best) best = rate;
    }
    printf("%s %.0f\n", names[i], best);
  }
  return 0;
}

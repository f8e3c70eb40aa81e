// measure vmm [LARGEST_MIB [REPEATS [GRAPHS]]]  driver calls that move memory, by size: µs
// measure kernel [MIB]                     one kernel on cuMemAlloc and on mapped memory: GB/s
// measure memfd [MIB]                      registering a memory file; copies from and to it
// measure copy in|out MIB SECONDS START    copies in one direction, from START (Unix time) on
//
// Prints `NAME VALUE UNIT` lines. What gpu-check measures on a real GPU.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../probes/driver.h"

enum { MIB = 1 << 20, STEP_MIB = 64, REPEATS_MAX = 200 };

// triad(a, b, c, n): a[i] = b[i] + 3 * c[i], for i < n in strides of the grid, four words at a time
static const char kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    ".visible .entry triad(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {\n"
    "  .reg .pred %p<3>; .reg .u32 %r<10>; .reg .u64 %rd<10>; .reg .f32 %f<16>;\n"
    "  ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; ld.param.u64 %rd3, [c];\n"
    "  ld.param.u32 %r1, [n]; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x;\n"
    "  mov.u32 %r5, %nctaid.x; mad.lo.u32 %r6, %r2, %r3, %r4; mul.lo.u32 %r7, %r5, %r3;\n"
    "  setp.ge.u32 %p1, %r6, %r1; @%p1 bra over;\n"
    "again:\n"
    "  mul.wide.u32 %rd4, %r6, 16; add.u64 %rd5, %rd2, %rd4; add.u64 %rd6, %rd3, %rd4;\n"
    "  add.u64 %rd7, %rd1, %rd4;\n"
    "  ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd5];\n"
    "  ld.global.v4.f32 {%f5, %f6, %f7, %f8}, [%rd6]; mov.f32 %f9, 0f40400000;\n"
    "  fma.rn.f32 %f1, %f5, %f9, %f1; fma.rn.f32 %f2, %f6, %f9, %f2;\n"
    "  fma.rn.f32 %f3, %f7, %f9, %f3; fma.rn.f32 %f4, %f8, %f9, %f4;\n"
    "  st.global.v4.f32 [%rd7], {%f1, %f2, %f3, %f4};\n"
    "  add.u32 %r6, %r6, %r7; setp.lt.u32 %p2, %r6, %r1; @%p2 bra again;\n"
    "over:\n  ret;\n}\n";

static void need(CUresult result, const char *what) {
  if (result == CUDA_SUCCESS) return;
  printf("refused %s %d\n", what, (int)result);
  exit(3);
}
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void begin(void) {
  CUcontext context;
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return values[count / 2];
}

static CUmemGenericAllocationHandle created(size_t bytes) {
  CUmemAllocationProp property;
  CUmemGenericAllocationHandle handle;
  memset(&property, 0, sizeof property);
  property.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  property.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  MUST(cuMemCreate, &handle, bytes, &property, 0);
  return handle;
}

static void granted(CUdeviceptr address, size_t bytes) {
  CUmemAccessDesc access;
  memset(&access, 0, sizeof access);
  access.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  access.flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
  MUST(cuMemSetAccess, address, bytes, &access, 1);
}

static void vmm_size(size_t mib, int repeats) {
  static double cost[5][REPEATS_MAX];
  static const char *const names[] = {"create", "map", "access", "unmap", "release"};
  size_t bytes = mib * MIB;
  CUdeviceptr address;
  MUST(cuMemAddressReserve, &address, bytes, 0, 0, 0);
  for (int i = 0; i < repeats; i++) {
    double times[6];
    times[0] = now();
    CUmemGenericAllocationHandle handle = created(bytes);
    times[1] = now();
    MUST(cuMemMap, address, bytes, 0, handle, 0);
    times[2] = now();
    granted(address, bytes);
    times[3] = now();
    MUST(cuMemUnmap, address, bytes);
    times[4] = now();
    MUST(cuMemRelease, handle);
    times[5] = now();
    for (int k = 0; k < 5; k++) cost[k][i] = (times[k + 1] - times[k]) * 1e6;
  }
  for (int k = 0; k < 5; k++)
    printf("%s-%zu-mib %.1f us\n", names[k], mib, median(cost[k], repeats));
  MUST(cuMemAddressFree, address, bytes);
}

/// Instantiated graphs, of twenty kernels each, that stay while the rest is measured.
static void keep_graphs(int count) {
  CUmodule module;
  CUfunction triad;
  CUdeviceptr none = 0;
  uint32_t n = 0;
  void *values[] = {&none, &none, &none, &n};
  CUDA_KERNEL_NODE_PARAMS_v1 call = {NULL, 1, 1, 1, 32, 1, 1, 0, values, NULL};
  MUST(cuModuleLoadData, &module, kernels);
  MUST(cuModuleGetFunction, &triad, module, "triad");
  call.func = triad;
  for (int i = 0; i < count; i++) {
    CUgraph graph;
    CUgraphExec program;
    CUgraphNode node;
    MUST(cuGraphCreate, &graph, 0);
    for (int k = 0; k < 20; k++) MUST(cuGraphAddKernelNode, &node, graph, NULL, 0, &call);
    MUST(cuGraphInstantiateWithFlags, &program, graph, 0);
    MUST(cuGraphLaunch, program, NULL);
  }
  MUST(cuCtxSynchronize, );
}

static void vmm(size_t largest, int repeats, int graphs) {
  if (repeats > REPEATS_MAX) repeats = REPEATS_MAX;
  begin();
  keep_graphs(graphs);
  for (size_t mib = 2; mib <= largest; mib *= 2) vmm_size(mib, repeats);
}

static CUdeviceptr mapped(size_t bytes) {
  CUdeviceptr address;
  MUST(cuMemAddressReserve, &address, bytes, 0, 0, 0);
  for (size_t offset = 0; offset < bytes; offset += (size_t)STEP_MIB * MIB) {
    size_t left = bytes - offset, step = (size_t)STEP_MIB * MIB;
    if (left < step) step = left;
    CUmemGenericAllocationHandle handle = created(step);
    MUST(cuMemMap, address + offset, step, 0, handle, 0);
    MUST(cuMemRelease, handle);
  }
  granted(address, bytes);
  return address;
}

static double triad_rate(CUfunction function, CUdeviceptr base, size_t bytes) {
  CUdeviceptr a = base, b = base + bytes, c = base + 2 * bytes;
  uint32_t n = (uint32_t)(bytes / 16);
  void *values[] = {&a, &b, &c, &n};
  CUevent start, stop;
  float milliseconds = 0;
  MUST(cuEventCreate, &start, 0);
  MUST(cuEventCreate, &stop, 0);
  MUST(cuEventRecord, start, NULL);
  for (int i = 0; i < 20; i++)
    MUST(cuLaunchKernel, function, 1024, 1, 1, 256, 1, 1, 0, NULL, values, NULL);
  MUST(cuEventRecord, stop, NULL);
  MUST(cuEventSynchronize, stop);
  MUST(cuEventElapsedTime, &milliseconds, start, stop);
  return (double)bytes * 3 * 20 / milliseconds / 1e6;
}

/// Allocated, mapped, allocated again ...: a drift of clocks meets both alike.
static void kernel(size_t mib) {
  begin();
  size_t bytes = mib * MIB;
  CUmodule module;
  CUfunction triad;
  CUdeviceptr plain, own = mapped(3 * bytes);
  MUST(cuMemAlloc_v2, &plain, 3 * bytes);
  MUST(cuModuleLoadData, &module, kernels);
  MUST(cuModuleGetFunction, &triad, module, "triad");
  MUST(cuMemsetD32_v2, plain, 0x3F800000, 3 * bytes / 4);
  MUST(cuMemsetD32_v2, own, 0x3F800000, 3 * bytes / 4);
  triad_rate(triad, plain, bytes);
  triad_rate(triad, own, bytes);
  double allocated[9], of_mapped[9], ratio[9];
  for (int i = 0; i < 9; i++) {
    allocated[i] = triad_rate(triad, plain, bytes);
    of_mapped[i] = triad_rate(triad, own, bytes);
    ratio[i] = of_mapped[i] / allocated[i];
  }
  printf("triad-on-cuMemAlloc %.2f GB/s\n", median(allocated, 9));
  printf("triad-on-mapped %.2f GB/s\n", median(of_mapped, 9));
  printf("triad-ratio-lowest %.4f ratio\n", (median(ratio, 9), ratio[0]));
  printf("triad-ratio-median %.4f ratio\n", ratio[4]);
}

static uint8_t *memory_file(size_t bytes) {
  int file = memfd_create("measure", 0);
  if (file < 0 || ftruncate(file, (off_t)bytes)) need(CUDA_ERROR_OPERATING_SYSTEM, "memfd");
  uint8_t *place =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if (place == MAP_FAILED) need(CUDA_ERROR_OPERATING_SYSTEM, "mmap");
  return place;
}

/// Registers in steps; no copy below crosses a step.
static double registered(uint8_t *host, size_t bytes) {
  double start = now();
  for (size_t offset = 0; offset < bytes; offset += (size_t)STEP_MIB * MIB) {
    size_t left = bytes - offset, step = (size_t)STEP_MIB * MIB;
    MUST(cuMemHostRegister_v2, host + offset, left < step ? left : step,
         CU_MEMHOSTREGISTER_PORTABLE);
  }
  return now() - start;
}

static size_t copy_all(bool in, CUdeviceptr device, uint8_t *host, size_t bytes, CUstream stream) {
  size_t step = 16 * MIB;
  for (size_t offset = 0; offset < bytes; offset += step) {
    size_t count = bytes - offset < step ? bytes - offset : step;
    if (in)
      MUST(cuMemcpyHtoDAsync_v2, device + offset, host + offset, count, stream);
    else
      MUST(cuMemcpyDtoHAsync_v2, host + offset, device + offset, count, stream);
  }
  MUST(cuStreamSynchronize, stream);
  return bytes;
}

static double copy_rate(bool in, size_t bytes, uint8_t *host, double seconds, double start) {
  CUdeviceptr device;
  CUstream stream;
  MUST(cuMemAlloc_v2, &device, bytes);
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  copy_all(in, device, host, bytes, stream);
  while (now() < start) usleep(1000);
  double begun = now(), moved = 0;
  do moved += (double)copy_all(in, device, host, bytes, stream);
  while (now() < begun + seconds);
  double rate = moved / (now() - begun) / 1e9;
  MUST(cuMemFree_v2, device);
  return rate;
}

static void memfd(size_t mib) {
  begin();
  uint8_t *host = memory_file(mib * MIB);
  printf("register-memfd %.3f s/GiB\n", registered(host, mib * MIB) * 1024 / (double)mib);
  printf("copy-in-from-memfd %.2f GB/s\n", copy_rate(true, mib * MIB, host, 1, 0));
  printf("copy-out-to-memfd %.2f GB/s\n", copy_rate(false, mib * MIB, host, 1, 0));
}

static void copy(bool in, size_t mib, double seconds, double start) {
  begin();
  uint8_t *host = memory_file(mib * MIB);
  registered(host, mib * MIB);
  double rate = copy_rate(in, mib * MIB, host, seconds, start);
  printf("copy-%s %.2f GB/s\n", in ? "in" : "out", rate);
}

int main(int count, char **words) {
  const char *what = count > 1 ? words[1] : "";
  size_t size = count > 2 ? (size_t)atol(words[2]) : 0;
  int third = count > 3 ? atoi(words[3]) : 50, fourth = count > 4 ? atoi(words[4]) : 0;
  if (!strcmp(what, "vmm")) vmm(size ? size : 256, third, fourth);
  else if (!strcmp(what, "kernel")) kernel(size ? size : 1024);
  else if (!strcmp(what, "memfd")) memfd(size ? size : 1024);
  else if (!strcmp(what, "copy") && count > 5)
    copy(!strcmp(words[2], "in"), (size_t)atol(words[3]), atof(words[4]), atof(words[5]));
  else return fprintf(stderr, "usage: measure vmm|kernel|memfd|copy ...\n"), 2;
  return 0;
}

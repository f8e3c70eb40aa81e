#include "probe.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernels.h"

void say(const char *finding, const char *format, ...) {
  printf("%s: ", finding);
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
}

void say_if(const char *finding, bool value) { say(finding, "%s", value ? "yes" : "no"); }

const char *code_name(CUresult status) {
  static const struct {
    int number;
    const char *name;
  } names[] = {
      {0, "SUCCESS"},
      {1, "INVALID_VALUE"},
      {2, "OUT_OF_MEMORY"},
      {3, "NOT_INITIALIZED"},
      {4, "DEINITIALIZED"},
      {34, "STUB_LIBRARY"},
      {100, "NO_DEVICE"},
      {101, "INVALID_DEVICE"},
      {200, "INVALID_IMAGE"},
      {201, "INVALID_CONTEXT"},
      {205, "MAP_FAILED"},
      {206, "UNMAP_FAILED"},
      {208, "ALREADY_MAPPED"},
      {209, "NO_BINARY_FOR_GPU"},
      {211, "NOT_MAPPED"},
      {215, "UNSUPPORTED_LIMIT"},
      {218, "INVALID_PTX"},
      {222, "UNSUPPORTED_PTX_VERSION"},
      {300, "INVALID_SOURCE"},
      {301, "FILE_NOT_FOUND"},
      {304, "OPERATING_SYSTEM"},
      {400, "INVALID_HANDLE"},
      {401, "ILLEGAL_STATE"},
      {500, "NOT_FOUND"},
      {600, "NOT_READY"},
      {700, "ILLEGAL_ADDRESS"},
      {701, "LAUNCH_OUT_OF_RESOURCES"},
      {704, "PEER_ACCESS_ALREADY_ENABLED"},
      {705, "PEER_ACCESS_NOT_ENABLED"},
      {708, "PRIMARY_CONTEXT_ACTIVE"},
      {709, "CONTEXT_IS_DESTROYED"},
      {710, "ASSERT"},
      {712, "HOST_MEMORY_ALREADY_REGISTERED"},
      {713, "HOST_MEMORY_NOT_REGISTERED"},
      {715, "ILLEGAL_INSTRUCTION"},
      {716, "MISALIGNED_ADDRESS"},
      {717, "INVALID_ADDRESS_SPACE"},
      {718, "INVALID_PC"},
      {719, "LAUNCH_FAILED"},
      {800, "NOT_PERMITTED"},
      {801, "NOT_SUPPORTED"},
      {900, "STREAM_CAPTURE_UNSUPPORTED"},
      {901, "STREAM_CAPTURE_INVALIDATED"},
      {902, "STREAM_CAPTURE_MERGE"},
      {903, "STREAM_CAPTURE_UNMATCHED"},
      {904, "STREAM_CAPTURE_UNJOINED"},
      {905, "STREAM_CAPTURE_ISOLATION"},
      {906, "STREAM_CAPTURE_IMPLICIT"},
      {907, "CAPTURED_EVENT"},
      {908, "STREAM_CAPTURE_WRONG_THREAD"},
      {910, "GRAPH_EXEC_UPDATE_FAILURE"},
      {999, "UNKNOWN"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].number == (int)status) return names[i].name;
  static char number[16];
  snprintf(number, sizeof number, "%d", (int)status);
  return number;
}

CUresult say_code(const char *finding, CUresult status) {
  say(finding, "%s", code_name(status));
  return status;
}

void need(CUresult status, const char *what) {
  if (status == CUDA_SUCCESS) return;
  say("refused", "%s %s", what, code_name(status));
  exit(0);
}

CUcontext begin(void) {
  MUST(cuInit, 0);
  CUcontext context;
  MUST(cuCtxCreate_v2, &context, 0, 0);
  return context;
}

CUdeviceptr device_memory(size_t bytes, int byte) {
  CUdeviceptr address;
  MUST(cuMemAlloc_v2, &address, bytes);
  MUST(cuMemsetD8_v2, address, (unsigned char)byte, bytes);
  MUST(cuCtxSynchronize, );
  return address;
}

uint32_t word_at(CUdeviceptr address) {
  uint32_t word = 0;
  return drv(cuMemcpyDtoH_v2)(&word, address, sizeof word) == CUDA_SUCCESS ? word : UINT32_MAX;
}

bool holds(CUdeviceptr address, size_t bytes, uint8_t byte) {
  uint8_t *copy = malloc(bytes);
  memset(copy, ~byte, bytes);
  bool same = drv(cuMemcpyDtoH_v2)(copy, address, bytes) == CUDA_SUCCESS;
  for (size_t i = 0; same && i < bytes; i++) same = copy[i] == byte;
  free(copy);
  return same;
}

CUmemAllocationProp device_property(void) {
  CUmemAllocationProp property;
  memset(&property, 0, sizeof property);
  property.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  property.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  property.location.id = 0;
  return property;
}

CUmemGenericAllocationHandle physical_memory(size_t bytes) {
  CUmemAllocationProp property = device_property();
  CUmemGenericAllocationHandle handle;
  MUST(cuMemCreate, &handle, bytes, &property, 0);
  return handle;
}

CUdeviceptr reservation(size_t bytes) {
  CUdeviceptr address;
  MUST(cuMemAddressReserve, &address, bytes, 0, 0, 0);
  return address;
}

CUresult grant(CUdeviceptr address, size_t bytes, CUmemAccess_flags flags) {
  CUmemAccessDesc access;
  memset(&access, 0, sizeof access);
  access.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  access.location.id = 0;
  access.flags = flags;
  return drv(cuMemSetAccess)(address, bytes, &access, 1);
}

CUdeviceptr mapped_memory(size_t bytes, CUmemGenericAllocationHandle *handle) {
  CUdeviceptr address = reservation(bytes);
  CUmemGenericAllocationHandle created = physical_memory(bytes);
  MUST(cuMemMap, address, bytes, 0, created, 0);
  need(grant(address, bytes, CU_MEM_ACCESS_FLAGS_PROT_READWRITE), "cuMemSetAccess");
  if (handle)
    *handle = created;
  else
    MUST(cuMemRelease, created);
  return address;
}

CUfunction kernel(const char *name) {
  CUmodule module;
  CUfunction function;
  MUST(cuModuleLoadData, &module, probe_kernels);
  MUST(cuModuleGetFunction, &function, module, name);
  return function;
}

CUresult launch(CUfunction function, unsigned grid, unsigned block, CUstream stream,
                void **values) {
  return drv(cuLaunchKernel)(function, grid, 1, 1, block, 1, 1, 0, stream, values, NULL);
}

struct latch new_latch(void) {
  struct latch latch;
  void *host;
  MUST(cuMemHostAlloc, &host, 4096, CU_MEMHOSTALLOC_DEVICEMAP);
  memset(host, 0, 4096);
  MUST(cuMemHostGetDevicePointer_v2, &latch.device, host, 0);
  latch.host = host;
  return latch;
}

void hold(struct latch latch, CUstream stream) {
  static CUfunction function;
  if (!function) function = kernel("hold");
  uint32_t rounds = 200000000;
  void *values[] = {&latch.device, &rounds};
  need(launch(function, 1, 1, stream, values), "launch hold");
}

void open_latch(struct latch latch) { __atomic_store_n(latch.host, 1, __ATOMIC_SEQ_CST); }

static pthread_t opener;
static struct {
  struct latch latch;
  unsigned milliseconds;
} plan;

static void *opening(void *unused) {
  (void)unused;
  usleep(plan.milliseconds * 1000);
  open_latch(plan.latch);
  return NULL;
}

void open_latch_later(struct latch latch, unsigned milliseconds) {
  plan.latch = latch;
  plan.milliseconds = milliseconds;
  pthread_create(&opener, NULL, opening, NULL);
}

void join_latch(void) { pthread_join(opener, NULL); }

bool done_within(CUstream stream, unsigned milliseconds) {
  for (unsigned waited = 0;; waited++) {
    if (drv(cuStreamQuery)(stream) == CUDA_SUCCESS) return true;
    if (waited >= milliseconds) return false;
    usleep(1000);
  }
}

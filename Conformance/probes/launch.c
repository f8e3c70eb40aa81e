// Launches: arguments, limits, how values travel.
#include <string.h>

#include "probe.h"

static CUresult shaped(CUfunction function, unsigned gx, unsigned gy, unsigned bx, unsigned bz,
                       unsigned shared, void **values) {
  return drv(cuLaunchKernel)(function, gx, gy, 1, bx, 1, bz, shared, NULL, values, NULL);
}

static void shapes(void) {
  begin();
  CUfunction nothing = kernel("nothing");
  say_code("function-null", shaped(NULL, 1, 1, 1, 1, 0, NULL));
  say_code("grid-zero", shaped(nothing, 0, 1, 1, 1, 0, NULL));
  say_code("block-zero", shaped(nothing, 1, 1, 0, 1, 0, NULL));
  say_code("threads-1024", shaped(nothing, 1, 1, 1024, 1, 0, NULL));
  say_code("threads-1025", shaped(nothing, 1, 1, 1025, 1, 0, NULL));
  say_code("threads-64-by-32", shaped(nothing, 1, 1, 64, 32, 0, NULL));
  say_code("block-z-65", shaped(nothing, 1, 1, 1, 65, 0, NULL));
  say_code("grid-y-65536", shaped(nothing, 1, 65536, 1, 1, 0, NULL));
  say_code("shared-48-kib", shaped(nothing, 1, 1, 1, 1, 48 << 10, NULL));
  say_code("shared-16-mib", shaped(nothing, 1, 1, 1, 1, 16 << 20, NULL));
  FIND("synchronise", cuCtxSynchronize, );
  say_code("good-launch-afterwards", shaped(nothing, 1, 1, 32, 1, 0, NULL));
  FIND("synchronise-again", cuCtxSynchronize, );
}

static void values_copied(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch();
  CUfunction put = kernel("put");
  uint32_t value = 40;
  void *values[] = {&address, &value};
  hold(latch, stream);
  need(launch(put, 1, 4, stream, values), "launch put");
  value = 90;
  open_latch(latch);
  FIND("synchronise", cuStreamSynchronize, stream);
  say("value-1", "%u", word_at(address + 4));
}

static void buffer(void) {
  begin();
  struct {
    CUdeviceptr address;
    uint32_t value;
  } values = {device_memory(4096, 0), 60};
  size_t bytes = 12;
  void *extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &values, CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes,
                   CU_LAUNCH_PARAM_END};
  CUfunction put = kernel("put");
  FIND("launch", cuLaunchKernel, put, 1, 1, 1, 4, 1, 1, 0, NULL, NULL, extra);
  FIND("synchronise", cuCtxSynchronize, );
  say("value-3", "%u", word_at(values.address + 12));
  void *both[] = {&values.address, &values.value};
  FIND("both-forms", cuLaunchKernel, put, 1, 1, 1, 4, 1, 1, 0, NULL, both, extra);
}

static void configured(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint32_t value = 20;
  void *values[] = {&address, &value};
  CUlaunchConfig config;
  memset(&config, 0, sizeof config);
  config.gridDimX = 2;
  config.gridDimY = config.gridDimZ = config.blockDimY = config.blockDimZ = 1;
  config.blockDimX = 4;
  if (FIND("launch", cuLaunchKernelEx, &config, kernel("put"), values, NULL)) return;
  FIND("synchronise", cuCtxSynchronize, );
  say("value-7", "%u", word_at(address + 28));
}

static void deep_queue(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  CUfunction put = kernel("put");
  int refusals = 0;
  for (uint32_t i = 0; i < 5000; i++) {
    void *values[] = {&address, &i};
    if (launch(put, 1, 1, stream, values)) refusals++;
  }
  FIND("synchronise", cuStreamSynchronize, stream);
  say("refusals-of-5000", "%d", refusals);
  say("last-value", "%u", word_at(address));
}

const struct probe launch_probes[] = {
    {"launch-shapes", shapes},
    {"launch-values-copied", values_copied},
    {"launch-buffer", buffer},
    {"launch-configured", configured},
    {"launch-deep-queue", deep_queue},
    {NULL, NULL},
};

// Error names, and which errors stay.
#include <stdio.h>

#include "probe.h"

static void names(void) {
  static const int numbers[] = {0,   1,   2,   3,   4,   100, 101, 200, 201, 209, 218, 301, 304,
                                400, 401, 500, 600, 700, 701, 709, 712, 713, 716, 719, 800, 801,
                                900, 901, 904, 906, 907, 908, 910, 999};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const char *name = NULL, *text = NULL;
    char finding[16];
    CUresult status = drv(cuGetErrorName)((CUresult)numbers[i], &name);
    CUresult other = drv(cuGetErrorString)((CUresult)numbers[i], &text);
    say((snprintf(finding, sizeof finding, "%d", numbers[i]), finding), "%s %s",
        status ? code_name(status) : name, !other && text && *text ? "with text" : "without text");
  }
  const char *name = (const char *)1;
  FIND("unknown", cuGetErrorName, (CUresult)12345, &name);
  say_if("unknown-is-null", name == NULL);
  name = (const char *)1;
  FIND("unknown-text", cuGetErrorString, (CUresult)12345, &name);
  say_if("unknown-text-is-null", name == NULL);
}

/// A kernel writes where nothing is mapped.
static void stray(void) {
  CUfunction put = kernel("put");
  CUdeviceptr nowhere = reservation(CHUNK);
  uint32_t value = 1;
  void *values[] = {&nowhere, &value};
  say_code("launch", launch(put, 1, 32, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
}

static void sticky(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 1), more;
  CUstream stream, another;
  CUevent event;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  MUST(cuEventCreate, &event, 0);
  CUfunction nothing = kernel("nothing");
  stray();
  uint32_t word;
  size_t free_bytes, total;
  FIND("synchronise-again", cuCtxSynchronize, );
  FIND("allocate", cuMemAlloc_v2, &more, 4096);
  FIND("free", cuMemFree_v2, address);
  FIND("copy-out", cuMemcpyDtoH_v2, &word, address, 4);
  say_code("launch-after", launch(nothing, 1, 1, stream, NULL));
  FIND("stream-query", cuStreamQuery, stream);
  FIND("stream-create", cuStreamCreate, &another, 0);
  FIND("event-record", cuEventRecord, event, stream);
  FIND("event-query", cuEventQuery, event);
  FIND("info", cuMemGetInfo_v2, &free_bytes, &total);
}

static void sticky_vmm(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle);
  stray();
  FIND("unmap", cuMemUnmap, address, CHUNK);
  FIND("release", cuMemRelease, handle);
  CUmemAllocationProp property = device_property();
  FIND("create", cuMemCreate, &handle, CHUNK, &property, 0);
}

static void new_context(void) {
  CUcontext context = begin(), fresh;
  stray();
  FIND("destroy", cuCtxDestroy_v2, context);
  if (FIND("create", cuCtxCreate_v2, &fresh, 0, 0)) return;
  CUdeviceptr address;
  FIND("allocate", cuMemAlloc_v2, &address, 4096);
  FIND("synchronise-new", cuCtxSynchronize, );
}

static void other_context(void) {
  CUcontext first = begin(), second;
  MUST(cuCtxCreate_v2, &second, 0, 0);
  MUST(cuCtxSetCurrent, first);
  stray();
  MUST(cuCtxSetCurrent, second);
  CUdeviceptr address;
  FIND("other-context-allocates", cuMemAlloc_v2, &address, 4096);
  FIND("other-context-synchronises", cuCtxSynchronize, );
}

static void not_sticky(void) {
  begin();
  CUdeviceptr address;
  FIND("bad-call", cuMemAlloc_v2, &address, 0);
  FIND("bad-free", cuMemFree_v2, 0x1000);
  FIND("synchronise", cuCtxSynchronize, );
  FIND("good-call", cuMemAlloc_v2, &address, 4096);
}

static void seen_by_event(void) {
  begin();
  CUevent event;
  MUST(cuEventCreate, &event, 0);
  CUfunction put = kernel("put");
  CUdeviceptr nowhere = reservation(CHUNK);
  uint32_t value = 1;
  void *values[] = {&nowhere, &value};
  need(launch(put, 1, 32, NULL, values), "launch put");
  if (drv(cuEventRecord)(event, NULL) == CUDA_SUCCESS)
    FIND("event-synchronise", cuEventSynchronize, event);
  else
    say_code("event-synchronise", CUDA_ERROR_ILLEGAL_ADDRESS);
}

const struct probe error_probes[] = {
    {"error-names", names},
    {"error-sticky", sticky},
    {"error-sticky-vmm", sticky_vmm},
    {"error-new-context", new_context},
    {"error-other-context", other_context},
    {"error-not-sticky", not_sticky},
    {"error-seen-by-event", seen_by_event},
    {NULL, NULL},
};

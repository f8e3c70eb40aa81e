// Contexts: which is current, what dies with one.
#include <pthread.h>

#include "probe.h"

static CUcontext current(void) {
  CUcontext context = NULL;
  MUST(cuCtxGetCurrent, &context);
  return context;
}

static void stack(void) {
  MUST(cuInit, 0);
  say_if("none-at-first", current() == NULL);
  CUcontext first, second, popped;
  FIND("pop-empty", cuCtxPopCurrent_v2, &popped);
  MUST(cuCtxCreate_v2, &first, 0, 0);
  say_if("current-after-create", current() == first);
  MUST(cuCtxCreate_v2, &second, 0, 0);
  say_if("second-is-current", current() == second);
  FIND("pop", cuCtxPopCurrent_v2, &popped);
  say_if("popped-the-second", popped == second);
  say_if("first-is-current-again", current() == first);
  FIND("push", cuCtxPushCurrent_v2, second);
  say_if("pushed-is-current", current() == second);
  FIND("set", cuCtxSetCurrent, first);
  say_if("set-replaces-the-top", current() == first);
  FIND("set-none", cuCtxSetCurrent, NULL);
  say_if("below-it-is-the-first", current() == first);
  FIND("destroy-current", cuCtxDestroy_v2, first);
  say_if("none-afterwards", current() == NULL);
  FIND("push-null", cuCtxPushCurrent_v2, NULL);
}

static void none_current(void) {
  MUST(cuInit, 0);
  CUdeviceptr address;
  CUstream stream;
  CUevent event;
  CUdevice device;
  size_t free_bytes, total;
  void *host;
  FIND("allocate", cuMemAlloc_v2, &address, 4096);
  FIND("stream", cuStreamCreate, &stream, 0);
  FIND("event", cuEventCreate, &event, 0);
  FIND("synchronise", cuCtxSynchronize, );
  FIND("device", cuCtxGetDevice, &device);
  FIND("info", cuMemGetInfo_v2, &free_bytes, &total);
  FIND("host", cuMemHostAlloc, &host, 4096, 0);
  CUmemAllocationProp property = device_property();
  CUmemGenericAllocationHandle handle;
  FIND("reserve", cuMemAddressReserve, &address, CHUNK, 0, 0, 0);
  FIND("create", cuMemCreate, &handle, CHUNK, &property, 0);
}

static CUcontext seen;
static void *looking(void *unused) {
  (void)unused;
  drv(cuCtxGetCurrent)(&seen);
  return NULL;
}

static void threads(void) {
  CUcontext context = begin();
  pthread_t thread;
  seen = context;
  pthread_create(&thread, NULL, looking, NULL);
  pthread_join(thread, NULL);
  say_if("new-thread-has-none", seen == NULL);
}

static void destroyed(void) {
  CUcontext context = begin(), other;
  size_t before, after, total;
  MUST(cuCtxCreate_v2, &other, 0, 0);
  MUST(cuCtxSetCurrent, context);
  MUST(cuMemGetInfo_v2, &before, &total);
  MUST(cuCtxSetCurrent, other);
  CUdeviceptr address = device_memory(8 * MIB, 1);
  FIND("destroy", cuCtxDestroy_v2, other);
  say_if("first-is-current", current() == context);
  MUST(cuCtxSetCurrent, context);
  MUST(cuMemGetInfo_v2, &after, &total);
  say_if("its-memory-came-back", after >= before);
  FIND("free-its-memory", cuMemFree_v2, address);
  uint32_t word;
  FIND("copy-its-memory", cuMemcpyDtoH_v2, &word, address, 4);
  FIND("our-context-works", cuCtxSynchronize, );
}

static void two_contexts(void) {
  CUcontext first = begin(), second;
  CUdeviceptr address = device_memory(4096, 8);
  MUST(cuCtxCreate_v2, &second, 0, 0);
  say_if("memory-of-the-first-readable-in-the-second", holds(address, 4096, 8));
  CUdevice device = 9;
  FIND("device", cuCtxGetDevice, &device);
  say("device-is", "%d", device);
  FIND("free-from-the-second", cuMemFree_v2, address);
  MUST(cuCtxSetCurrent, first);
  unsigned version = 0;
  FIND("api-version", cuCtxGetApiVersion, first, &version);
  say_if("api-version-at-least-3010", version >= 3010);
}

static void primary(void) {
  MUST(cuInit, 0);
  unsigned flags = 99;
  int active = 99;
  FIND("state", cuDevicePrimaryCtxGetState, 0, &flags, &active);
  say("active-at-first", "%d", active);
  FIND("release-unretained", cuDevicePrimaryCtxRelease_v2, 0);
  CUcontext first, second;
  FIND("retain", cuDevicePrimaryCtxRetain, &first, 0);
  say_if("retain-makes-none-current", current() == NULL);
  FIND("retain-again", cuDevicePrimaryCtxRetain, &second, 0);
  say_if("same-context", first == second);
  MUST(cuDevicePrimaryCtxGetState, 0, &flags, &active);
  say("active-retained", "%d", active);
  FIND("destroy", cuCtxDestroy_v2, first);
  FIND("release", cuDevicePrimaryCtxRelease_v2, 0);
  MUST(cuDevicePrimaryCtxGetState, 0, &flags, &active);
  say("active-after-one-release", "%d", active);
  FIND("release-last", cuDevicePrimaryCtxRelease_v2, 0);
  MUST(cuDevicePrimaryCtxGetState, 0, &flags, &active);
  say("active-after-both", "%d", active);
}

static void primary_reset(void) {
  MUST(cuInit, 0);
  CUcontext context, again;
  MUST(cuDevicePrimaryCtxRetain, &context, 0);
  MUST(cuCtxSetCurrent, context);
  CUdeviceptr address = device_memory(4096, 8);
  FIND("reset", cuDevicePrimaryCtxReset_v2, 0);
  FIND("free-old-memory", cuMemFree_v2, address);
  FIND("retain", cuDevicePrimaryCtxRetain, &again, 0);
  MUST(cuCtxSetCurrent, again);
  FIND("allocate", cuMemAlloc_v2, &address, 4096);
}

static void limits(void) {
  begin();
  size_t value = 0;
  FIND("stack", cuCtxGetLimit, &value, CU_LIMIT_STACK_SIZE);
  say_if("stack-above-zero", value > 0);
  FIND("set-heap", cuCtxSetLimit, CU_LIMIT_MALLOC_HEAP_SIZE, 16 * MIB);
  FIND("unknown", cuCtxGetLimit, &value, (CUlimit)99);
  CUcontext context;
  FIND("create-flags-unknown", cuCtxCreate_v2, &context, 0x4000, 0);
  FIND("create-device-unknown", cuCtxCreate_v2, &context, 0, 99);
  FIND("create-null", cuCtxCreate_v2, NULL, 0, 0);
}

static void costs(void) {
  CUcontext context = begin(), other;
  size_t before, during, after, total;
  MUST(cuMemGetInfo_v2, &before, &total);
  MUST(cuCtxCreate_v2, &other, 0, 0);
  MUST(cuCtxSetCurrent, context);
  MUST(cuMemGetInfo_v2, &during, &total);
  MUST(cuCtxDestroy_v2, other);
  MUST(cuCtxSetCurrent, context);
  MUST(cuMemGetInfo_v2, &after, &total);
  say_if("a-context-takes-device-memory", during < before);
  say_if("destroying-gives-it-back", after == before);
}

const struct probe context_probes[] = {
    {"context-stack", stack},
    {"context-none-current", none_current},
    {"context-threads", threads},
    {"context-destroyed", destroyed},
    {"context-two", two_contexts},
    {"context-primary", primary},
    {"context-primary-reset", primary_reset},
    {"context-limits", limits},
    {"context-costs", costs},
    {NULL, NULL},
};

// cuMemAlloc and what can be asked about addresses.
#include <stdlib.h>

#include "probe.h"

static void alloc_arguments(void) {
  begin();
  CUdeviceptr address = 0;
  FIND("size-zero", cuMemAlloc_v2, &address, 0);
  FIND("result-null", cuMemAlloc_v2, NULL, 4096);
  FIND("one-byte", cuMemAlloc_v2, &address, 1);
  say_if("aligned-to-256", address % 256 == 0);
}

static void alloc_too_much(void) {
  begin();
  size_t total;
  MUST(cuDeviceTotalMem_v2, &total, 0);
  CUdeviceptr address;
  FIND("twice-the-device", cuMemAlloc_v2, &address, total * 2);
  FIND("the-whole-device", cuMemAlloc_v2, &address, total);
  FIND("nearly-all-addresses", cuMemAlloc_v2, &address, SIZE_MAX - 4096);
  FIND("a-page-afterwards", cuMemAlloc_v2, &address, 4096);
  FIND("synchronise-afterwards", cuCtxSynchronize, );
}

static void free_arguments(void) {
  begin();
  CUdeviceptr address = device_memory(4 * MIB, 1);
  FIND("null", cuMemFree_v2, 0);
  FIND("inside", cuMemFree_v2, address + 256);
  FIND("never-allocated", cuMemFree_v2, 0x1000);
  FIND("right", cuMemFree_v2, address);
  FIND("twice", cuMemFree_v2, address);
  void *host = malloc(64);
  FIND("host-address", cuMemFree_v2, (CUdeviceptr)host);
  free(host);
}

static void free_then_use(void) {
  begin();
  CUdeviceptr address = device_memory(4 * MIB, 1);
  MUST(cuMemFree_v2, address);
  uint32_t word = 0;
  FIND("copy-out", cuMemcpyDtoH_v2, &word, address, 4);
  FIND("copy-in", cuMemcpyHtoD_v2, address, &word, 4);
}

static void free_waits(void) {
  begin();
  CUdeviceptr address = device_memory(4 * MIB, 1);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch();
  hold(latch, stream);
  open_latch_later(latch, 300);
  FIND("free", cuMemFree_v2, address);
  say_if("returned-before-the-work-ended", !*latch.host);
  join_latch();
  FIND("synchronise", cuCtxSynchronize, );
}

static void info(void) {
  begin();
  size_t before, during, after, total, device;
  MUST(cuDeviceTotalMem_v2, &device, 0);
  MUST(cuMemGetInfo_v2, &before, &total);
  say_if("total-is-the-device-total", total == device);
  say_if("free-below-total", before < total);
  CUdeviceptr address;
  MUST(cuMemAlloc_v2, &address, 8 * MIB);
  MUST(cuMemGetInfo_v2, &during, &total);
  say("eight-mib-take-bytes", "%zu", before - during);
  MUST(cuMemFree_v2, address);
  MUST(cuMemGetInfo_v2, &after, &total);
  say_if("free-gives-back", after == before);
  MUST(cuMemAlloc_v2, &address, 256);
  MUST(cuMemGetInfo_v2, &during, &total);
  say("first-256-bytes-take-at-most-2-mib", "%s", before - during <= CHUNK ? "yes" : "no");
  FIND("null-results", cuMemGetInfo_v2, NULL, NULL);
}

static void address_range(void) {
  begin();
  CUdeviceptr address = device_memory(5000, 0), base = 0;
  size_t size = 0;
  FIND("inside", cuMemGetAddressRange_v2, &base, &size, address + 4999);
  say_if("base-is-the-allocation", base == address);
  say("size-of-5000-bytes", "%zu", size);
  FIND("size-null", cuMemGetAddressRange_v2, &base, NULL, address);
  FIND("unknown", cuMemGetAddressRange_v2, &base, &size, 0x1000);
  FIND("null", cuMemGetAddressRange_v2, &base, &size, 0);
}

static void attributes(void) {
  CUcontext context = begin(), owner = NULL;
  CUdeviceptr address = device_memory(5000, 0), same = 0, start = 0;
  unsigned type = 0, mapped = 9, managed = 9, ordinal = 99;
  size_t size = 0;
  FIND("context", cuPointerGetAttribute, &owner, CU_POINTER_ATTRIBUTE_CONTEXT, address);
  say_if("context-is-ours", owner == context);
  FIND("type", cuPointerGetAttribute, &type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address);
  say("type-value", "%u", type);
  FIND("pointer", cuPointerGetAttribute, &same, CU_POINTER_ATTRIBUTE_DEVICE_POINTER, address + 8);
  say_if("pointer-is-itself", same == address + 8);
  FIND("ordinal", cuPointerGetAttribute, &ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, address);
  say("ordinal-value", "%u", ordinal);
  FIND("start", cuPointerGetAttribute, &start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, address + 8);
  say_if("start-is-the-allocation", start == address);
  FIND("size", cuPointerGetAttribute, &size, CU_POINTER_ATTRIBUTE_RANGE_SIZE, address);
  say("size-of-5000-bytes", "%zu", size);
  FIND("mapped", cuPointerGetAttribute, &mapped, CU_POINTER_ATTRIBUTE_MAPPED, address);
  say("mapped-value", "%u", mapped & 0xFF);
  FIND("managed", cuPointerGetAttribute, &managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, address);
  say("managed-value", "%u", managed & 0xFF);
}

static void attributes_unknown(void) {
  begin();
  unsigned type = 0;
  void *heap = malloc(64);
  CUdeviceptr host = (CUdeviceptr)heap;
  FIND("heap-type", cuPointerGetAttribute, &type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, host);
  FIND("null-type", cuPointerGetAttribute, &type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, 0);
  unsigned ordinal = 77;
  type = 77;
  CUpointer_attribute which[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                 CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL};
  void *where[] = {&type, &ordinal};
  FIND("heap-several", cuPointerGetAttributes, 2, which, where, host);
  say("heap-several-type", "%u", type);
  say("heap-several-ordinal", "%d", (int)ordinal);
  free(heap);
}

static void buffer_id(void) {
  begin();
  CUdeviceptr first = device_memory(4 * MIB, 0), second = device_memory(4 * MIB, 0);
  unsigned long long a = 0, b = 0, c = 0;
  FIND("ask", cuPointerGetAttribute, &a, CU_POINTER_ATTRIBUTE_BUFFER_ID, first);
  FIND("ask-inside", cuPointerGetAttribute, &b, CU_POINTER_ATTRIBUTE_BUFFER_ID, first + 4096);
  FIND("ask-other", cuPointerGetAttribute, &c, CU_POINTER_ATTRIBUTE_BUFFER_ID, second);
  say_if("same-inside-one", a == b);
  say_if("different-between-two", a != c);
}

static void many_small(void) {
  begin();
  enum { COUNT = 1000 };
  static CUdeviceptr address[COUNT];
  size_t before, during, total;
  MUST(cuMemGetInfo_v2, &before, &total);
  bool aligned = true, apart = true;
  for (int i = 0; i < COUNT; i++) {
    MUST(cuMemAlloc_v2, &address[i], 1000);
    MUST(cuMemsetD32_v2, address[i], (unsigned)i, 250);
    aligned = aligned && address[i] % 256 == 0;
  }
  MUST(cuCtxSynchronize, );
  MUST(cuMemGetInfo_v2, &during, &total);
  for (int i = 0; i < COUNT; i++)
    apart = apart && word_at(address[i]) == (uint32_t)i && word_at(address[i] + 996) == (uint32_t)i;
  say_if("all-aligned-to-256", aligned);
  say_if("none-overlaps", apart);
  say_if("thousand-of-1000-bytes-take-at-most-4-mib", before - during <= 4 * MIB);
}

static void async_pool(void) {
  begin();
  CUdeviceptr address = 0;
  if (FIND("allocate", cuMemAllocAsync, &address, 1 * MIB, NULL)) return;
  FIND("set", cuMemsetD8Async, address, 4, 1 * MIB, NULL);
  MUST(cuStreamSynchronize, NULL);
  say_if("holds", holds(address, 1 * MIB, 4));
  FIND("free", cuMemFreeAsync, address, NULL);
  FIND("synchronise", cuStreamSynchronize, NULL);
}

const struct probe memory_probes[] = {
    {"alloc-arguments", alloc_arguments},
    {"alloc-too-much", alloc_too_much},
    {"free-arguments", free_arguments},
    {"free-then-use", free_then_use},
    {"free-waits", free_waits},
    {"memory-info", info},
    {"memory-address-range", address_range},
    {"memory-attributes", attributes},
    {"memory-attributes-unknown", attributes_unknown},
    {"memory-buffer-id", buffer_id},
    {"alloc-many-small", many_small},
    {"alloc-async", async_pool},
    {NULL, NULL},
};

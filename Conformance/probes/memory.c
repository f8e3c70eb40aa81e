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

static CUmemoryPool new_pool(size_t most) {
  CUmemPoolProps properties = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0},
                               .maxSize = most};
  CUmemoryPool pool = NULL;
  MUST(cuMemPoolCreate, &pool, &properties);
  return pool;
}

static uint64_t pool_number(CUmemoryPool pool, CUmemPool_attribute attribute) {
  uint64_t value = ~0ull;
  MUST(cuMemPoolGetAttribute, pool, attribute, &value);
  return value;
}

static void pool_standard(void) {
  CUmemoryPool standard = NULL, current = NULL, own;
  begin();
  FIND("default", cuDeviceGetDefaultMemPool, &standard, 0);
  FIND("current", cuDeviceGetMemPool, &current, 0);
  say_if("current-is-the-default", current == standard);
  FIND("destroy-the-default", cuMemPoolDestroy, standard);
  own = new_pool(0);
  FIND("set-current", cuDeviceSetMemPool, 0, own);
  MUST(cuDeviceGetMemPool, &current, 0);
  say_if("current-is-the-new", current == own);
  FIND("destroy-the-current", cuMemPoolDestroy, own);
  MUST(cuDeviceGetMemPool, &current, 0);
  say_if("current-is-the-default-again", current == standard);
}

static void pool_settings(void) {
  begin();
  CUmemoryPool pool = new_pool(0);
  int flag = 7;
  uint64_t threshold = 99, other = 12345678;
  FIND("opportunistic", cuMemPoolGetAttribute, pool, CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC,
       &flag);
  say("opportunistic-value", "%d", flag);
  FIND("threshold", cuMemPoolGetAttribute, pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &threshold);
  say("threshold-value", "%llu", (unsigned long long)threshold);
  FIND("set-threshold", cuMemPoolSetAttribute, pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &other);
  say("threshold-kept", "%llu",
      (unsigned long long)pool_number(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD));
  FIND("set-used", cuMemPoolSetAttribute, pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &other);
  FIND("set-high-to-a-number", cuMemPoolSetAttribute, pool, CU_MEMPOOL_ATTR_USED_MEM_HIGH, &other);
  other = 0;
  FIND("set-high-to-zero", cuMemPoolSetAttribute, pool, CU_MEMPOOL_ATTR_USED_MEM_HIGH, &other);
  FIND("trim", cuMemPoolTrimTo, pool, 0);
  FIND("null", cuMemPoolGetAttribute, NULL, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &threshold);
}

static void pool_counts(void) {
  begin();
  CUmemoryPool pool = new_pool(0), owner = NULL;
  CUdeviceptr first = 0, second = 0;
  FIND("allocate", cuMemAllocFromPoolAsync, &first, 4 * MIB, pool, NULL);
  MUST(cuMemAllocFromPoolAsync, &second, 2 * MIB, pool, NULL);
  MUST(cuStreamSynchronize, NULL);
  say("used", "%llu", (unsigned long long)pool_number(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT));
  say_if("reserved-covers-used",
         pool_number(pool, CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT) >= 6 * MIB);
  FIND("owner", cuPointerGetAttribute, &owner, CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE, first);
  say_if("owner-is-the-pool", owner == pool);
  FIND("free", cuMemFreeAsync, first, NULL);
  MUST(cuStreamSynchronize, NULL);
  say("used-after-free", "%llu",
      (unsigned long long)pool_number(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT));
  say("high", "%llu", (unsigned long long)pool_number(pool, CU_MEMPOOL_ATTR_USED_MEM_HIGH));
  FIND("free-at-once", cuMemFree_v2, second);
  say("used-at-last", "%llu",
      (unsigned long long)pool_number(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT));
  FIND("free-twice", cuMemFree_v2, second);
}

static void pool_bound(void) {
  begin();
  CUmemoryPool pool = new_pool(8 * MIB);
  CUdeviceptr address = 0;
  FIND("far-beyond-the-most", cuMemAllocFromPoolAsync, &address, 64 * MIB, pool, NULL);
  FIND("within-the-most", cuMemAllocFromPoolAsync, &address, 4 * MIB, pool, NULL);
  FIND("free", cuMemFreeAsync, address, NULL);
  FIND("zero-bytes", cuMemAllocFromPoolAsync, &address, 0, pool, NULL);
  FIND("no-pool", cuMemAllocFromPoolAsync, &address, 4096, NULL, NULL);
}

static void pool_destroyed(void) {
  begin();
  CUmemoryPool pool = new_pool(0);
  CUdeviceptr address = 0;
  MUST(cuMemAllocFromPoolAsync, &address, 4 * MIB, pool, NULL);
  FIND("destroy-in-use", cuMemPoolDestroy, pool);
  FIND("set", cuMemsetD8Async, address, 3, 4 * MIB, NULL);
  MUST(cuStreamSynchronize, NULL);
  say_if("still-holds", holds(address, 4 * MIB, 3));
  FIND("free", cuMemFreeAsync, address, NULL);
  FIND("synchronise", cuStreamSynchronize, NULL);
}

static void pool_access(void) {
  begin();
  CUmemoryPool pool = new_pool(0);
  CUmemLocation here = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
  CUmemAccess_flags flags = CU_MEM_ACCESS_FLAGS_PROT_NONE;
  FIND("ask", cuMemPoolGetAccess, &flags, pool, &here);
  say("own-device", "%d", (int)flags);
  CUmemAccessDesc own = {here, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  FIND("set-own-device", cuMemPoolSetAccess, pool, &own, 1);
}

/// Freed behind work that has not run: nobody else may have it before.
static void pool_order(void) {
  begin();
  CUstream slow, quick;
  CUdeviceptr first = 0, second = 0;
  MUST(cuStreamCreate, &slow, CU_STREAM_NON_BLOCKING);
  MUST(cuStreamCreate, &quick, CU_STREAM_NON_BLOCKING);
  MUST(cuMemAllocAsync, &first, 4 * MIB, slow);
  MUST(cuStreamSynchronize, slow);
  struct latch latch = new_latch();
  hold(latch, slow);
  MUST(cuMemsetD8Async, first, 1, 4 * MIB, slow);
  FIND("free", cuMemFreeAsync, first, slow);
  FIND("allocate-elsewhere", cuMemAllocAsync, &second, 4 * MIB, quick);
  MUST(cuMemsetD8Async, second, 2, 4 * MIB, quick);
  open_latch(latch);
  MUST(cuCtxSynchronize, );
  say_if("untouched-by-the-late-work", holds(second, 4 * MIB, 2));
}

static void alloc_oldest(void) {
  begin();
  CUdeviceptr_v1 low = 0;
  FIND("zero-bytes", cuMemAlloc, &low, 0);
  FIND("null", cuMemAlloc, NULL, 4096);
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
    {"alloc-oldest", alloc_oldest},
    {"pool-standard", pool_standard},
    {"pool-settings", pool_settings},
    {"pool-counts", pool_counts},
    {"pool-bound", pool_bound},
    {"pool-destroyed", pool_destroyed},
    {"pool-access", pool_access},
    {"pool-order", pool_order},
    {NULL, NULL},
};

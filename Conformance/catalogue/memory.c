// The ways to memory: each is taken and given back, and each leaves its bytes to others.
#include "catalogue.h"

static const CUmemAllocationProp on_device = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
                                              .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
static const CUmemAccessDesc read_write = {{CU_MEM_LOCATION_TYPE_DEVICE, 0},
                                           CU_MEM_ACCESS_FLAGS_PROT_READWRITE};

/// New memory holds anything: it is filled at once.
static void fill(struct buffer *buffer) {
  queue_on(NULL);
  MUST(cuMemsetD32_v2, buffer->address, (unsigned)draw(&world.random), WORDS);
}

static void map(struct buffer *buffer) {
  buffer->bytes = MAPPED_BYTES;
  MUST(cuMemCreate, &buffer->handle, MAPPED_BYTES, &on_device, 0);
  MUST(cuMemAddressReserve, &buffer->address, MAPPED_BYTES, 0, 0, 0);
  MUST(cuMemMap, buffer->address, MAPPED_BYTES, 0, buffer->handle, 0);
  MUST(cuMemSetAccess, buffer->address, MAPPED_BYTES, &read_write, 1);
}

void make_buffer(struct buffer *buffer, int family) {
  size_t pitch = 0;
  buffer->family = family;
  buffer->bytes = BUFFER_BYTES;
  CUstream stream = family == ORDERED || family == POOLED ? queue() : NULL;
  switch (buffer->family) {
  case PLAIN: MUST(cuMemAlloc_v2, &buffer->address, BUFFER_BYTES); break;
  case PITCHED:
    MUST(cuMemAllocPitch_v2, &buffer->address, &pitch, 1024, BUFFER_BYTES / 1024, 4);
    digest(&pitch, sizeof pitch);
    break;
  case ORDERED: MUST(cuMemAllocAsync, &buffer->address, BUFFER_BYTES, stream); break;
  case POOLED:
    MUST(cuMemAllocFromPoolAsync, &buffer->address, BUFFER_BYTES, world.pool, stream);
    break;
  case MAPPED:
  case FAMILIES: map(buffer);
  }
  if (stream) DO(cuStreamSynchronize, stream);
  fill(buffer);
}

void drop_buffer(struct buffer *buffer) {
  CUstream stream = queue();
  switch (buffer->family) {
  case PLAIN:
  case PITCHED: MUST(cuMemFree_v2, buffer->address); break;
  case ORDERED:
  case POOLED: MUST(cuMemFreeAsync, buffer->address, stream); break;
  case MAPPED:
  case FAMILIES:
    finish_work();
    MUST(cuMemUnmap, buffer->address, MAPPED_BYTES);
    MUST(cuMemRelease, buffer->handle);
    MUST(cuMemAddressFree, buffer->address, MAPPED_BYTES);
  }
}

/// A buffer is given back by one way and comes again by another.
static void renew(int family) {
  struct buffer *buffer = &world.buffers[any(BUFFERS)];
  drop_buffer(buffer);
  make_buffer(buffer, family);
  refresh_graphs();
}

OPERATION(cuMemAlloc_v2, ALONE) { renew(PLAIN); }
OPERATION(cuMemAllocPitch_v2, ALONE) { renew(PITCHED); }
OPERATION(cuMemAllocAsync, ALONE) { renew(ORDERED); }
OPERATION(cuMemAllocFromPoolAsync, ALONE) { renew(POOLED); }
OPERATION(cuMemCreate, ALONE) { renew(MAPPED); }

#define ORDERED_PER_THREAD(entry, ...)                                             \
  OPERATION(entry, ALONE) {                                                        \
    CUdeviceptr address;                                                           \
    size_t bytes = 512 << any(12);                                                 \
    CUstream stream = PER_THREAD;                                                  \
    if (DO(entry, &address, bytes, ##__VA_ARGS__, stream)) return;                 \
    DO(cuMemsetD8Async_ptsz, address, 7, bytes, stream);                           \
    CUresult status = DO(cuMemcpyDtoH_v2_ptds, world.pageable, address, 512);      \
    see(status, world.pageable, 512);                                              \
    DO(cuMemFreeAsync_ptsz, address, stream);                                      \
  }
ORDERED_PER_THREAD(cuMemAllocAsync_ptsz)
ORDERED_PER_THREAD(cuMemAllocFromPoolAsync_ptsz, world.pool)

/// What is freed in stream order may be had again at once, after its reader.
OPERATION(cuMemFreeAsync, ALONE) {
  CUdeviceptr one, other;
  CUstream stream = queue();
  unsigned value = (unsigned)draw(&world.random);
  if (DO(cuMemAllocAsync, &one, 1 << 20, stream)) return;
  DO(cuMemsetD32Async, one, value, 1 << 18, stream);
  DO(cuMemcpyDtoDAsync_v2, world.buffers[0].address, one, 4096, stream);
  DO(cuMemFreeAsync, one, stream);
  if (DO(cuMemAllocAsync, &other, 1 << 20, stream)) return;
  DO(cuMemsetD32Async, other, ~value, 1 << 18, stream);
  DO(cuMemFreeAsync, other, stream);
}

/// One handle, mapped a second time elsewhere after its first place is gone: the bytes go with it.
OPERATION(cuMemMap, ALONE) {
  CUmemGenericAllocationHandle handle, again;
  CUdeviceptr room;
  unsigned value = (unsigned)draw(&world.random);
  MUST(cuMemCreate, &handle, MAPPED_BYTES, &on_device, 0);
  MUST(cuMemAddressReserve, &room, 2 * MAPPED_BYTES, 0, 0, 0);
  MUST(cuMemMap, room, MAPPED_BYTES, 0, handle, 0);
  MUST(cuMemSetAccess, room, MAPPED_BYTES, &read_write, 1);
  queue_on(NULL);
  DO(cuMemsetD32_v2, room, value, 1024);
  if (!DO(cuMemRetainAllocationHandle, &again, (void *)(uintptr_t)room)) DO(cuMemRelease, again);
  finish_work();
  DO(cuMemUnmap, room, MAPPED_BYTES);
  MUST(cuMemMap, room + MAPPED_BYTES, MAPPED_BYTES, 0, handle, 0);
  MUST(cuMemSetAccess, room + MAPPED_BYTES, MAPPED_BYTES, &read_write, 1);
  see(DO(cuMemcpyDtoH_v2, world.pageable, room + MAPPED_BYTES, 4096), world.pageable, 4096);
  DO(cuMemUnmap, room + MAPPED_BYTES, MAPPED_BYTES);
  DO(cuMemRelease, handle);
  DO(cuMemAddressFree, room, 2 * MAPPED_BYTES);
}

OPERATION(cuMemGetAccess, ALONE) {
  CUmemLocation location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
  for (int i = 0; i < BUFFERS; i++) {
    unsigned long long flags = 0;
    if (world.buffers[i].family == MAPPED)
      SEE(DO(cuMemGetAccess, &flags, &location, world.buffers[i].address), flags);
  }
}

OPERATION(cuMemGetAllocationGranularity, ALONE) {
  size_t bytes = 0;
  CUresult status = DO(cuMemGetAllocationGranularity, &bytes, &on_device,
                       CU_MEM_ALLOC_GRANULARITY_MINIMUM);
  SEE(status, bytes);
}

OPERATION(cuMemGetAllocationPropertiesFromHandle, ALONE) {
  CUmemAllocationProp found;
  for (int i = 0; i < BUFFERS; i++)
    if (world.buffers[i].family == MAPPED)
      SEE(DO(cuMemGetAllocationPropertiesFromHandle, &found, world.buffers[i].handle),
          found.location);
}

OPERATION(cuMemGetAddressRange_v2, ALONE) {
  for (int i = 0; i < BUFFERS; i++) {
    CUdeviceptr base = 0;
    size_t bytes = 0;
    struct buffer *buffer = &world.buffers[i];
    CUdeviceptr inside = buffer->address + any(BUFFER_BYTES);
    CUresult status = DO(cuMemGetAddressRange_v2, &base, &bytes, inside);
    bool is_base = base == buffer->address;
    SEE(status, is_base);
    SEE(status, bytes);
  }
}

OPERATION(cuPointerGetAttribute, ALONE) {
  CUdeviceptr inside = world.buffers[any(BUFFERS)].address + any(BUFFER_BYTES);
  static const CUpointer_attribute asked[] = {
      CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_IS_MANAGED,
      CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE,
      CU_POINTER_ATTRIBUTE_MAPPED};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    uint32_t answer = 0;
    SEE(DO(cuPointerGetAttribute, &answer, asked[i], inside), answer);
  }
}

OPERATION(cuPointerGetAttributes, ALONE) {
  CUpointer_attribute asked[2] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                  CU_POINTER_ATTRIBUTE_DEVICE_POINTER};
  unsigned type = 0;
  CUdeviceptr device = 0, inside = world.buffers[any(BUFFERS)].address + 64;
  void *answers[2] = {&type, &device};
  CUresult status = DO(cuPointerGetAttributes, 2, asked, answers, inside);
  bool is_same = device == inside;
  SEE(status, type);
  SEE(status, is_same);
}

/// Free and total are other numbers under Tidelock; that they are given is not.
OPERATION(cuMemGetInfo_v2, ALONE) {
  size_t free_bytes = 0, total = 0;
  CUresult status = DO(cuMemGetInfo_v2, &free_bytes, &total);
  bool is_plausible = free_bytes <= total && total > 0;
  SEE(status, is_plausible);
}

// Pools: what they are told, what they say.

OPERATION(cuMemPoolCreate, ALONE) {
  CUmemPoolProps properties = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  CUmemoryPool pool;
  CUdeviceptr address;
  if (DO(cuMemPoolCreate, &pool, &properties)) return;
  CUstream stream = queue();
  if (!DO(cuMemAllocFromPoolAsync, &address, 3 << 20, pool, stream)) {
    DO(cuMemsetD8Async, address, 1, 3 << 20, stream);
    DO(cuMemFreeAsync, address, stream);
  }
  DO(cuMemPoolTrimTo, pool, 0);
  DO(cuMemPoolDestroy, pool);
}

OPERATION(cuMemPoolSetAttribute, ALONE) {
  cuuint64_t threshold = (cuuint64_t)any(1 << 20) << 12, found = 0;
  DO(cuMemPoolSetAttribute, world.pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &threshold);
  SEE(DO(cuMemPoolGetAttribute, world.pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &found), found);
  SEE(DO(cuMemPoolGetAttribute, world.pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &found), found);
}

OPERATION(cuMemPoolSetAccess, ALONE) {
  CUmemAccess_flags flags = 0;
  CUmemLocation location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
  DO(cuMemPoolSetAccess, world.pool, &read_write, 1);
  SEE(DO(cuMemPoolGetAccess, &flags, world.pool, &location), flags);
}

OPERATION(cuDeviceGetDefaultMemPool, ALONE) {
  CUmemoryPool one, other, before;
  CUresult status = DO(cuDeviceGetDefaultMemPool, &one, 0);
  if (DO(cuDeviceGetMemPool, &before, 0)) return;
  DO(cuDeviceSetMemPool, 0, world.pool);
  DO(cuDeviceGetMemPool, &other, 0);
  bool is_ours = other == world.pool;
  SEE(status, is_ours);
  DO(cuDeviceSetMemPool, 0, before);
}

// Host memory.

OPERATION(cuMemHostAlloc, ALONE) {
  void *host;
  unsigned flags = 0;
  CUdeviceptr device;
  if (DO(cuMemHostAlloc, &host, 1 << 16, CU_MEMHOSTALLOC_DEVICEMAP)) return;
  SEE(DO(cuMemHostGetFlags, &flags, host), flags);
  if (!DO(cuMemHostGetDevicePointer_v2, &device, host, 0)) {
    struct pair pair = any_pair();
    size_t bytes = pair.bytes < 1 << 16 ? pair.bytes : 1 << 16;
    queue_on(NULL);
    DO(cuMemcpyDtoD_v2, device, pair.from, bytes);
    finish_work();
    digest(host, bytes);
  }
  DO(cuMemFreeHost, host);
}

OPERATION(cuMemAllocHost_v2, ALONE) {
  void *host;
  if (DO(cuMemAllocHost_v2, &host, 4096)) return;
  DO(cuMemFreeHost, host);
}

OPERATION(cuMemHostRegister_v2, ALONE) {
  void *host = aligned_alloc(4096, 1 << 16);
  if (!DO(cuMemHostRegister_v2, host, 1 << 16, 0)) {
    fill_host(host, 1 << 16);
    CUstream stream = queue();
    DO(cuMemcpyHtoDAsync_v2, any_pair().into->address, host, 1 << 16, stream);
    finish_work();
    DO(cuMemHostUnregister, host);
  }
  free(host);
}

/// Calls that every driver refuses.
OPERATION(cuMemFree_v2, ALONE) {
  CUdeviceptr address = 0;
  struct buffer *buffer = &world.buffers[any(BUFFERS)];
  switch (any(4)) {
  case 0: DO(cuMemAlloc_v2, &address, (size_t)1 << 46); break;
  case 1: DO(cuMemAlloc_v2, &address, 0); break;
  case 2: DO(cuMemFree_v2, 0x1000); break;
  default: DO(cuMemFree_v2, buffer->address + 64);
  }
}

/// The driver moves it as it likes, so it pins.
OPERATION(cuMemAllocManaged, PINNING) {
  CUdeviceptr address;
  if (DO(cuMemAllocManaged, &address, 1 << 20, CU_MEM_ATTACH_GLOBAL)) return;
  DO(cuMemsetD8_v2, address, 5, 1 << 20);
  finish_work();
  digest((void *)(uintptr_t)address, 64);
  DO(cuMemAdvise, address, 1 << 20, 1, 0);
  DO(cuMemPrefetchAsync, address, 1 << 20, 0, NULL);
  DO(cuMemFree_v2, address);
}

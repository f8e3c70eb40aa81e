#pragma once
/// The driver's own entry points as the runtime calls them: through the table of resolved
/// addresses, never by name (the names are our exports). CUresult is an `int32_t`, handles are
/// pointers, device pointers are `uint64_t`. Layouts: CUDA 13.5, x86-64.
#include <stddef.h>
#include <stdint.h>
#include "entry_index.h"

/// `CUmemAllocationProp`, 32 bytes.
struct tidelock_allocation_properties {
  int32_t type;           ///< 1: pinned
  int32_t handle_types;   ///< 0: not exportable
  int32_t location_type;  ///< 1: device
  int32_t location_id;
  void *win32;
  uint8_t flags[8];
};

/// `CUmemPoolProps`, 88 bytes.
struct tidelock_pool_properties {
  int32_t type;           ///< 1: pinned
  int32_t handle_types;   ///< 0: not exportable
  int32_t location_type;  ///< 1: device
  int32_t location_id;
  void *win32;
  size_t bytes_max;  ///< 0: no bound of its own
  uint16_t usage;
  uint8_t reserved[54];
};

/// `CUmemAccessDesc`, 12 bytes.
struct tidelock_access {
  int32_t location_type;
  int32_t location_id;
  int32_t flags;  ///< 3: read and write
};

/// `CUDA_ARRAY_DESCRIPTOR`, 24 bytes.
struct tidelock_array_2d {
  size_t width;
  size_t height;
  int32_t format;
  uint32_t channels;
};

/// `CUDA_ARRAY3D_DESCRIPTOR`, 40 bytes.
struct tidelock_array_3d {
  size_t width;
  size_t height;
  size_t depth;
  int32_t format;
  uint32_t channels;
  uint32_t flags;
};

/// `CUDA_MEM_ALLOC_NODE_PARAMS`, 120 bytes.
struct tidelock_allocation_node {
  struct tidelock_pool_properties pool;
  const struct tidelock_access *accesses;
  size_t access_count;
  size_t bytes;
  uint64_t address;
};

/// `CUDA_GRAPH_INSTANTIATE_PARAMS`, 32 bytes.
struct tidelock_graph_instantiation {
  uint64_t flags;  ///< 1: frees at launch
  void *stream;
  void *failed_node;
  int32_t result;  ///< 0: success, 1: error
};

#define TIDELOCK_REAL(name, ...) ((int32_t(*)(__VA_ARGS__))tidelock_real[ENTRY_##name])

static inline int32_t real_cuInit(uint32_t flags) { return TIDELOCK_REAL(cuInit, uint32_t)(flags); }
static inline int32_t real_cuDriverGetVersion(int32_t *version) {
  return TIDELOCK_REAL(cuDriverGetVersion, int32_t *)(version);
}
static inline int32_t real_cuDeviceGetCount(int32_t *count) {
  return TIDELOCK_REAL(cuDeviceGetCount, int32_t *)(count);
}
static inline int32_t real_cuDeviceGet(int32_t *device, int32_t ordinal) {
  return TIDELOCK_REAL(cuDeviceGet, int32_t *, int32_t)(device, ordinal);
}
static inline int32_t real_cuDeviceGetUuid(uint8_t *uuid, int32_t device) {
  return TIDELOCK_REAL(cuDeviceGetUuid, uint8_t *, int32_t)(uuid, device);
}
static inline int32_t real_cuDeviceGetAttribute(int32_t *value, int32_t attribute, int32_t device) {
  return TIDELOCK_REAL(cuDeviceGetAttribute, int32_t *, int32_t, int32_t)(value, attribute, device);
}
static inline int32_t real_cuDeviceTotalMem(size_t *bytes, int32_t device) {
  return TIDELOCK_REAL(cuDeviceTotalMem_v2, size_t *, int32_t)(bytes, device);
}
static inline int32_t real_cuCtxGetCurrent(void **context) {
  return TIDELOCK_REAL(cuCtxGetCurrent, void **)(context);
}
static inline int32_t real_cuCtxSetCurrent(void *context) {
  return TIDELOCK_REAL(cuCtxSetCurrent, void *)(context);
}
static inline int32_t real_cuCtxGetDevice(int32_t *device) {
  return TIDELOCK_REAL(cuCtxGetDevice, int32_t *)(device);
}
static inline int32_t real_cuCtxSynchronize(void) {
  return ((int32_t(*)(void))tidelock_real[ENTRY_cuCtxSynchronize])();
}
static inline int32_t real_cuCtxRecordEvent(void *context, void *event) {
  return TIDELOCK_REAL(cuCtxRecordEvent, void *, void *)(context, event);
}
static inline int32_t real_cuStreamCreate(void **stream, uint32_t flags) {
  return TIDELOCK_REAL(cuStreamCreate, void **, uint32_t)(stream, flags);
}
static inline int32_t real_cuStreamSynchronize(void *stream) {
  return TIDELOCK_REAL(cuStreamSynchronize, void *)(stream);
}
static inline int32_t real_cuEventCreate(void **event, uint32_t flags) {
  return TIDELOCK_REAL(cuEventCreate, void **, uint32_t)(event, flags);
}
static inline int32_t real_cuEventRecord(void *event, void *stream) {
  return TIDELOCK_REAL(cuEventRecord, void *, void *)(event, stream);
}
static inline int32_t real_cuEventSynchronize(void *event) {
  return TIDELOCK_REAL(cuEventSynchronize, void *)(event);
}
static inline int32_t real_cuThreadExchangeStreamCaptureMode(int32_t *mode) {
  return TIDELOCK_REAL(cuThreadExchangeStreamCaptureMode, int32_t *)(mode);
}
static inline int32_t real_cuMemAlloc(uint64_t *address, size_t bytes) {
  return TIDELOCK_REAL(cuMemAlloc_v2, uint64_t *, size_t)(address, bytes);
}
static inline int32_t real_cuMemFree(uint64_t address) {
  return TIDELOCK_REAL(cuMemFree_v2, uint64_t)(address);
}
static inline int32_t real_cuMemAddressReserve(
    uint64_t *address, size_t bytes, size_t alignment, uint64_t hint, uint64_t flags) {
  return TIDELOCK_REAL(cuMemAddressReserve, uint64_t *, size_t, size_t, uint64_t, uint64_t)(
      address, bytes, alignment, hint, flags);
}
static inline int32_t real_cuMemCreate(
    uint64_t *handle, size_t bytes, const struct tidelock_allocation_properties *properties,
    uint64_t flags) {
  return TIDELOCK_REAL(
      cuMemCreate, uint64_t *, size_t, const struct tidelock_allocation_properties *, uint64_t)(
      handle, bytes, properties, flags);
}
static inline int32_t real_cuMemMap(
    uint64_t address, size_t bytes, size_t offset, uint64_t handle, uint64_t flags) {
  return TIDELOCK_REAL(cuMemMap, uint64_t, size_t, size_t, uint64_t, uint64_t)(
      address, bytes, offset, handle, flags);
}
static inline int32_t real_cuMemSetAccess(
    uint64_t address, size_t bytes, const struct tidelock_access *access, size_t count) {
  return TIDELOCK_REAL(cuMemSetAccess, uint64_t, size_t, const struct tidelock_access *, size_t)(
      address, bytes, access, count);
}
static inline int32_t real_cuMemUnmap(uint64_t address, size_t bytes) {
  return TIDELOCK_REAL(cuMemUnmap, uint64_t, size_t)(address, bytes);
}
static inline int32_t real_cuMemRelease(uint64_t handle) {
  return TIDELOCK_REAL(cuMemRelease, uint64_t)(handle);
}
static inline int32_t real_cuMemcpyDtoHAsync(
    void *host, uint64_t device, size_t bytes, void *stream) {
  return TIDELOCK_REAL(cuMemcpyDtoHAsync_v2, void *, uint64_t, size_t, void *)(
      host, device, bytes, stream);
}
static inline int32_t real_cuMemcpyHtoDAsync(
    uint64_t device, const void *host, size_t bytes, void *stream) {
  return TIDELOCK_REAL(cuMemcpyHtoDAsync_v2, uint64_t, const void *, size_t, void *)(
      device, host, bytes, stream);
}
static inline int32_t real_cuMemsetD8Async(
    uint64_t device, uint8_t value, size_t bytes, void *stream) {
  return TIDELOCK_REAL(cuMemsetD8Async, uint64_t, uint8_t, size_t, void *)(
      device, value, bytes, stream);
}
static inline int32_t real_cuMemHostRegister(void *host, size_t bytes, uint32_t flags) {
  return TIDELOCK_REAL(cuMemHostRegister_v2, void *, size_t, uint32_t)(host, bytes, flags);
}
/// Any entry point of up to six pointer-sized arguments, by catalogue index.
static inline int32_t real_call(
    uint32_t entry, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  return ((int32_t(*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t))
              tidelock_real[entry])(a, b, c, d, e, f);
}
/// The same with eight.
static inline int32_t real_call8(
    uint32_t entry, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
    uint64_t g, uint64_t h) {
  return ((int32_t(*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                      uint64_t))tidelock_real[entry])(a, b, c, d, e, f, g, h);
}

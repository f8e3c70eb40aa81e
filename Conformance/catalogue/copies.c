// Copies of every form: from, to and within the device, by rows and planes, in stream order
// and not.
#include "catalogue.h"

#define COPY_IN(entry, before, ...)                                                \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    fill_host(world.pageable, pair.bytes);                                         \
    before;                                                                        \
    DO(entry, pair.to, world.pageable, pair.bytes);                                \
  }
COPY_IN(cuMemcpyHtoD_v2, queue_on(NULL))
COPY_IN(cuMemcpyHtoD_v2_ptds, PER_THREAD)

#define COPY_OUT(entry, before)                                                    \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    before;                                                                        \
    CUresult status = DO(entry, world.pageable, pair.from, pair.bytes);            \
    see(status, world.pageable, pair.bytes);                                       \
  }
COPY_OUT(cuMemcpyDtoH_v2, queue_on(NULL))
COPY_OUT(cuMemcpyDtoH_v2_ptds, PER_THREAD)

#define COPY_WITHIN(entry, before)                                                 \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    before;                                                                        \
    DO(entry, pair.to, pair.from, pair.bytes);                                     \
  }
COPY_WITHIN(cuMemcpyDtoD_v2, queue_on(NULL))
COPY_WITHIN(cuMemcpyDtoD_v2_ptds, PER_THREAD)
COPY_WITHIN(cuMemcpy, queue_on(NULL))
COPY_WITHIN(cuMemcpy_ptds, PER_THREAD)

#define COPY_PEER(entry, before)                                                   \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    before;                                                                        \
    DO(entry, pair.to, world.context, pair.from, world.context, pair.bytes);       \
  }
COPY_PEER(cuMemcpyPeer, queue_on(NULL))
COPY_PEER(cuMemcpyPeer_ptds, PER_THREAD)

// Into the device while the source is pinned memory that is not touched until the work is done.
#define COPY_IN_ASYNC(entry, stream)                                               \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    finish_work();                                                                 \
    fill_host(world.pinned, pair.bytes);                                           \
    CUstream into = stream;                                                        \
    DO(entry, pair.to, world.pinned, pair.bytes, into);                            \
  }
COPY_IN_ASYNC(cuMemcpyHtoDAsync_v2, queue())
COPY_IN_ASYNC(cuMemcpyHtoDAsync_v2_ptsz, PER_THREAD)

#define COPY_OUT_ASYNC(entry, stream)                                              \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    CUstream from = stream;                                                        \
    CUresult status = DO(entry, world.pinned, pair.from, pair.bytes, from);        \
    finish_work();                                                                 \
    see(status, world.pinned, pair.bytes);                                         \
  }
COPY_OUT_ASYNC(cuMemcpyDtoHAsync_v2, queue())
COPY_OUT_ASYNC(cuMemcpyDtoHAsync_v2_ptsz, PER_THREAD)

#define COPY_WITHIN_ASYNC(entry, stream)                                           \
  OPERATION(entry, CAPTURABLE) {                                                   \
    struct pair pair = any_pair();                                                 \
    CUstream on = stream;                                                          \
    DO(entry, pair.to, pair.from, pair.bytes, world.capturing ? world.capturing : on); \
  }
COPY_WITHIN_ASYNC(cuMemcpyDtoDAsync_v2, queue())
COPY_WITHIN_ASYNC(cuMemcpyDtoDAsync_v2_ptsz, PER_THREAD)
COPY_WITHIN_ASYNC(cuMemcpyAsync, queue())
COPY_WITHIN_ASYNC(cuMemcpyAsync_ptsz, PER_THREAD)

#define COPY_PEER_ASYNC(entry, stream)                                             \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    CUstream on = stream;                                                          \
    DO(entry, pair.to, world.context, pair.from, world.context, pair.bytes, on);   \
  }
COPY_PEER_ASYNC(cuMemcpyPeerAsync, queue())
COPY_PEER_ASYNC(cuMemcpyPeerAsync_ptsz, PER_THREAD)

/// Some rows of a buffer into rows of another, with pitches of their own.
static CUDA_MEMCPY2D rows(bool from_host) {
  struct pair pair = any_pair();
  size_t width = 4 * (1 + any(64)), height = 1 + any(64);
  CUDA_MEMCPY2D copy = {
      .srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = pair.from & ~(CUdeviceptr)(1 << 17),
      .srcPitch = 512, .srcXInBytes = 4 * any(16), .srcY = any(4),
      .dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = pair.into->address,
      .dstPitch = 1024, .dstXInBytes = 4 * any(16), .dstY = any(4),
      .WidthInBytes = width, .Height = height};
  copy.srcDevice = pair.into == &world.buffers[0] ? world.buffers[1].address
                                                  : world.buffers[0].address;
  if (from_host) {
    finish_work();
    fill_host(world.pinned, BUFFER_BYTES);
    copy.srcMemoryType = CU_MEMORYTYPE_HOST;
    copy.srcHost = world.pinned;
  }
  return copy;
}

#define COPY_ROWS(entry, before)                                                   \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY2D copy = rows(any(2));                                             \
    before;                                                                        \
    DO(entry, &copy);                                                              \
  }
COPY_ROWS(cuMemcpy2D_v2, queue_on(NULL))
COPY_ROWS(cuMemcpy2D_v2_ptds, PER_THREAD)
COPY_ROWS(cuMemcpy2DUnaligned_v2, queue_on(NULL))
COPY_ROWS(cuMemcpy2DUnaligned_v2_ptds, PER_THREAD)

#define COPY_ROWS_ASYNC(entry, stream)                                             \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY2D copy = rows(any(2));                                             \
    CUstream on = stream;                                                          \
    DO(entry, &copy, on);                                                          \
  }
COPY_ROWS_ASYNC(cuMemcpy2DAsync_v2, queue())
COPY_ROWS_ASYNC(cuMemcpy2DAsync_v2_ptsz, PER_THREAD)

/// Planes of rows.
static CUDA_MEMCPY3D planes(void) {
  struct pair pair = any_pair();
  CUDA_MEMCPY3D copy = {
      .srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcPitch = 256, .srcHeight = 16,
      .srcXInBytes = 4 * any(8), .srcY = any(2), .srcZ = any(2),
      .dstMemoryType = any(2) ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_UNIFIED,
      .dstDevice = pair.into->address, .dstPitch = 512, .dstHeight = 20, .dstZ = any(2),
      .WidthInBytes = 4 * (1 + any(32)), .Height = 1 + any(12), .Depth = 1 + any(8)};
  copy.srcDevice = pair.into == &world.buffers[0] ? world.buffers[1].address
                                                  : world.buffers[0].address;
  return copy;
}

#define COPY_PLANES(entry, before)                                                 \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY3D copy = planes();                                                 \
    before;                                                                        \
    DO(entry, &copy);                                                              \
  }
COPY_PLANES(cuMemcpy3D_v2, queue_on(NULL))
COPY_PLANES(cuMemcpy3D_v2_ptds, PER_THREAD)

#define COPY_PLANES_ASYNC(entry, stream)                                           \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY3D copy = planes();                                                 \
    CUstream on = stream;                                                          \
    DO(entry, &copy, on);                                                          \
  }
COPY_PLANES_ASYNC(cuMemcpy3DAsync_v2, queue())
COPY_PLANES_ASYNC(cuMemcpy3DAsync_v2_ptsz, PER_THREAD)

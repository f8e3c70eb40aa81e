// Copies in batches and between contexts, batches of stream operations, hints, and the oldest
// launches.
#include "catalogue.h"

enum { COPIES = 3 };

/// Copies of which none reads what another writes, and no two write the same.
struct batch {
  CUdeviceptr to[COPIES], from[COPIES];
  size_t bytes[COPIES], first;
  CUmemcpyAttributes how;
};

static struct batch any_batch(void) {
  struct batch batch = {.how = {.srcAccessOrder = CU_MEMCPY_SRC_ACCESS_ORDER_STREAM}};
  CUdeviceptr to = world.buffers[0].address, from = world.buffers[1].address;
  for (int i = 0; i < COPIES; i++) {
    batch.to[i] = to + (CUdeviceptr)i * (64 << 10) + 4 * any(1024);
    batch.from[i] = from + 4 * any(1024);
    batch.bytes[i] = 4 * (1 + any(8192));
  }
  return batch;
}

#define COPY_BATCH(entry, stream, ...)                                             \
  OPERATION(entry, ALONE) {                                                        \
    struct batch batch = any_batch();                                              \
    size_t failed = 0;                                                             \
    CUstream on = stream;                                                          \
    (void)failed;                                                                  \
    DO(entry, batch.to, batch.from, batch.bytes, COPIES, &batch.how, &batch.first, 1, \
       ##__VA_ARGS__, on);                                                         \
  }
COPY_BATCH(cuMemcpyBatchAsync, queue(), &failed)
COPY_BATCH(cuMemcpyBatchAsync_ptsz, PER_THREAD, &failed)
COPY_BATCH(cuMemcpyBatchAsync_v2, queue())
COPY_BATCH(cuMemcpyBatchAsync_v2_ptsz, PER_THREAD)

#define COPY_WITH(entry, stream)                                                   \
  OPERATION(entry, CAPTURABLE) {                                                   \
    struct pair pair = any_pair();                                                 \
    CUmemcpyAttributes how = {.srcAccessOrder = CU_MEMCPY_SRC_ACCESS_ORDER_STREAM}; \
    CUstream on = stream;                                                          \
    if (world.capturing) on = world.capturing;                                     \
    DO(entry, pair.to, pair.from, pair.bytes, &how, on);                           \
  }
COPY_WITH(cuMemcpyWithAttributesAsync, queue())
COPY_WITH(cuMemcpyWithAttributesAsync_ptsz, PER_THREAD)

/// One with pitches of its own and one without.
static void any_planes(CUDA_MEMCPY3D_BATCH_OP operations[2]) {
  struct batch batch = any_batch();
  memset(operations, 0, 2 * sizeof *operations);
  for (int i = 0; i < 2; i++) {
    CUDA_MEMCPY3D_BATCH_OP *operation = &operations[i];
    operation->src.type = operation->dst.type = CU_MEMCPY_OPERAND_TYPE_POINTER;
    operation->src.op.ptr.ptr = batch.from[i];
    operation->dst.op.ptr.ptr = world.buffers[0].address + (CUdeviceptr)i * (128 << 10);
    operation->srcAccessOrder = CU_MEMCPY_SRC_ACCESS_ORDER_STREAM;
    operation->extent = (CUextent3D){4 * (1 + any(32)), 1 + any(12), 1 + any(4)};
    if (i) continue;
    operation->src.op.ptr.rowLength = 256;
    operation->src.op.ptr.layerHeight = 16;
    operation->dst.op.ptr.rowLength = 512;
    operation->dst.op.ptr.layerHeight = 20;
  }
}

#define COPY_PLANES(entry, stream, ...)                                            \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY3D_BATCH_OP operations[2];                                          \
    size_t failed = 0;                                                             \
    any_planes(operations);                                                        \
    CUstream on = stream;                                                          \
    (void)failed;                                                                  \
    DO(entry, 2, operations, ##__VA_ARGS__, 0, on);                                \
  }
COPY_PLANES(cuMemcpy3DBatchAsync, queue(), &failed)
COPY_PLANES(cuMemcpy3DBatchAsync_ptsz, PER_THREAD, &failed)
COPY_PLANES(cuMemcpy3DBatchAsync_v2, queue())
COPY_PLANES(cuMemcpy3DBatchAsync_v2_ptsz, PER_THREAD)

#define COPY_PLANES_WITH(entry, stream)                                            \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY3D_BATCH_OP operations[2];                                          \
    any_planes(operations);                                                        \
    CUstream on = stream;                                                          \
    DO(entry, operations, 0, on);                                                  \
  }
COPY_PLANES_WITH(cuMemcpy3DWithAttributesAsync, queue())
COPY_PLANES_WITH(cuMemcpy3DWithAttributesAsync_ptsz, PER_THREAD)

static CUDA_MEMCPY3D_PEER between_contexts(void) {
  return (CUDA_MEMCPY3D_PEER){
      .srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = world.buffers[1].address,
      .srcContext = world.context, .srcPitch = 256, .srcHeight = 16, .srcZ = any(2),
      .dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = world.buffers[0].address,
      .dstContext = world.context, .dstPitch = 512, .dstHeight = 20, .dstY = any(3),
      .WidthInBytes = 4 * (1 + any(32)), .Height = 1 + any(12), .Depth = 1 + any(4)};
}

#define COPY_BETWEEN(entry, before)                                                \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY3D_PEER copy = between_contexts();                                  \
    before;                                                                        \
    DO(entry, &copy);                                                              \
  }
COPY_BETWEEN(cuMemcpy3DPeer, queue_on(NULL))
COPY_BETWEEN(cuMemcpy3DPeer_ptds, PER_THREAD)

#define COPY_BETWEEN_ASYNC(entry, stream)                                          \
  OPERATION(entry, ALONE) {                                                        \
    CUDA_MEMCPY3D_PEER copy = between_contexts();                                  \
    CUstream on = stream;                                                          \
    DO(entry, &copy, on);                                                          \
  }
COPY_BETWEEN_ASYNC(cuMemcpy3DPeerAsync, queue())
COPY_BETWEEN_ASYNC(cuMemcpy3DPeerAsync_ptsz, PER_THREAD)

// Values written and waited for, several in one call.

void any_values(CUstreamBatchMemOpParams list[3]) {
  CUdeviceptr word = any_pair().to & ~(CUdeviceptr)7;
  memset(list, 0, 3 * sizeof *list);
  list[0].value = (CUstreamMemOpValueParams){.operation = CU_STREAM_MEM_OP_WAIT_VALUE_32,
                                             .address = world.zero,
                                             .flags = CU_STREAM_WAIT_VALUE_EQ};
  list[1].value = (CUstreamMemOpValueParams){.operation = CU_STREAM_MEM_OP_WRITE_VALUE_32,
                                             .address = word, .value64 = any(1u << 31)};
  list[2].value = (CUstreamMemOpValueParams){.operation = CU_STREAM_MEM_OP_WRITE_VALUE_64,
                                             .address = world.buffers[0].address + 8 * any(1000),
                                             .value64 = draw(&world.random)};
}

#define VALUES(entry, stream)                                                      \
  OPERATION(entry, ALONE) {                                                        \
    CUstreamBatchMemOpParams list[3];                                              \
    any_values(list);                                                              \
    CUstream on = stream;                                                          \
    DO(entry, on, 3, list, 0);                                                     \
  }
VALUES(cuStreamBatchMemOp, queue())
VALUES(cuStreamBatchMemOp_ptsz, PER_THREAD)
VALUES(cuStreamBatchMemOp_v2, queue())
VALUES(cuStreamBatchMemOp_v2_ptsz, PER_THREAD)

// Hints are for managed memory: for any other they are refused, here and on a driver.

#define HINT(entry, ...)                                                           \
  OPERATION(entry, ALONE) {                                                        \
    CUmemLocation location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};                     \
    struct pair pair = any_pair();                                                 \
    (void)location;                                                                \
    DO(entry, pair.to, pair.bytes, ##__VA_ARGS__);                                 \
  }
HINT(cuMemAdvise, 1, 0)
HINT(cuMemAdvise_v2, 1, location)
HINT(cuMemPrefetchAsync, 0, queue())
HINT(cuMemPrefetchAsync_ptsz, 0, PER_THREAD)
HINT(cuMemPrefetchAsync_v2, location, 0, queue())
HINT(cuMemPrefetchAsync_v2_ptsz, location, 0, PER_THREAD)

// The oldest way to launch: shape and parameters belong to the function.

static void set_parameters(void) {
  struct mixing mixing;
  describe(&mixing);
  DO(cuFuncSetBlockShape, world.mix, 64, 1, 1);
  DO(cuFuncSetSharedSize, world.mix, 0);
  DO(cuParamSetSize, world.mix, 32);
  DO(cuParamSetv, world.mix, 0, &mixing.p, 8);
  DO(cuParamSeti, world.mix, 8, mixing.words);
  DO(cuParamSetv, world.mix, 16, &mixing.q, 8);
  DO(cuParamSeti, world.mix, 24, mixing.qwords);
  DO(cuParamSeti, world.mix, 28, mixing.stride);
  DO(cuParamSeti, world.mix, 32, mixing.k);
}

OPERATION(cuLaunch, ALONE) {
  set_parameters();
  queue_on(NULL);
  DO(cuLaunch, world.mix);
}

OPERATION(cuLaunchGrid, ALONE) {
  set_parameters();
  queue_on(NULL);
  DO(cuLaunchGrid, world.mix, 2, 1);
}

OPERATION(cuLaunchGridAsync, ALONE) {
  CUstream stream = queue();
  set_parameters();
  DO(cuLaunchGridAsync, world.mix, 3, 1, stream);
}

OPERATION(cuParamSetf, ALONE) { DO(cuParamSetf, world.mix, 0, 1.5f); }

OPERATION(cuLaunchCooperativeKernelMultiDevice, ALONE) {
  struct mixing mixing;
  describe(&mixing);
  CUDA_LAUNCH_PARAMS one = {.function = world.mix, .gridDimX = 2, .gridDimY = 1, .gridDimZ = 1,
                            .blockDimX = 64, .blockDimY = 1, .blockDimZ = 1,
                            .hStream = queue(), .kernelParams = mixing.values};
  DO(cuLaunchCooperativeKernelMultiDevice, &one, 1, 0);
}

// Memory that graphs allocate: nodes added one by one and by captures, what a launch leaves, and
// who frees it.
#include "catalogue.h"

static CUDA_MEM_ALLOC_NODE_PARAMS allocation(size_t bytes) {
  return (CUDA_MEM_ALLOC_NODE_PARAMS){
      .poolProps = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                    .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}},
      .bytesize = bytes};
}

static size_t any_bytes(void) { return (size_t)4096 << any(9); }

/// Behind `before` in a graph: all of `to` is set to a value, and copied to one of the buffers.
static CUgraphNode use(CUgraph graph, CUgraphNode before, CUdeviceptr to, size_t bytes) {
  CUgraphNode set, copy;
  struct buffer *buffer = &world.buffers[any(BUFFERS)];
  size_t part = bytes < BUFFER_BYTES ? bytes : BUFFER_BYTES;
  CUDA_MEMSET_NODE_PARAMS value = {to, 0, (unsigned)draw(&world.random), 4, bytes / 4, 1};
  CUDA_MEMCPY3D out = {.srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = to, .srcPitch = part,
                       .dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = buffer->address,
                       .dstPitch = part, .WidthInBytes = part, .Height = 1, .Depth = 1};
  MUST(cuGraphAddMemsetNode, &set, graph, before ? &before : NULL, before != NULL, &value,
       world.context);
  MUST(cuGraphAddMemcpyNode, &copy, graph, &set, 1, &out, world.context);
  return copy;
}

static void see_used(void) {
  cuuint64_t bytes = 0;
  SEE(DO(cuDeviceGetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT, &bytes), bytes);
}

static void launch(CUgraphExec exec) {
  CUstream stream = queue();
  DO(cuGraphLaunch, exec, stream);
}

/// What a driver says of such nodes.
static void see_nodes(CUgraph graph, CUgraphNode gets, CUgraphNode frees, CUdeviceptr address) {
  CUgraphNodeType type = 0;
  CUDA_MEM_ALLOC_NODE_PARAMS found = {0};
  CUdeviceptr freed = 0;
  size_t count = 0;
  SEE(DO(cuGraphNodeGetType, gets, &type), type);
  SEE(DO(cuGraphNodeGetType, frees, &type), type);
  SEE(DO(cuGraphGetNodes, graph, NULL, &count), count);
  SEE(DO(cuGraphNodeGetDependencies, frees, NULL, &count), count);
  CUresult status = DO(cuGraphMemAllocNodeGetParams, gets, &found);
  bool is_same = found.dptr == address;
  SEE(status, is_same);
  SEE(status, found.bytesize);
  SEE(status, found.poolProps.location);
  status = DO(cuGraphMemFreeNodeGetParams, frees, &freed);
  is_same = freed == address;
  SEE(status, is_same);
  DO(cuGraphMemFreeNodeGetParams, gets, &freed);
  DO(cuGraphMemAllocNodeGetParams, frees, &found);
}

/// What a driver refuses such a graph, and what an instance of it.
static void try_what_is_refused(CUgraph graph, CUgraphNode gets, CUdeviceptr address) {
  CUgraph other;
  CUgraphExec second;
  CUgraphNode node;
  CUstream stream = queue();
  DO(cuGraphClone, &other, graph);
  DO(cuGraphDestroyNode, gets);
  DO(cuGraphInstantiateWithFlags, &second, graph, 0);
  DO(cuGraphAddMemFreeNode, &node, graph, &gets, 1, address);
  DO(cuGraphAddMemFreeNode, &node, graph, &gets, 1, world.buffers[0].address);
  DO(cuMemFreeAsync, address, stream);
  MUST(cuGraphCreate, &other, 0);
  DO(cuGraphAddChildGraphNode, &node, other, NULL, 0, graph);
  DO(cuGraphAddMemFreeNode, &node, other, NULL, 0, address);
  DO(cuGraphDestroy, other);
}

OPERATION(cuGraphAddMemAllocNode, ALONE) {
  CUgraph graph;
  CUgraphNode gets, frees;
  CUgraphExec exec;
  CUDA_MEM_ALLOC_NODE_PARAMS of = allocation(any_bytes());
  MUST(cuGraphCreate, &graph, 0);
  if (!DO(cuGraphAddMemAllocNode, &gets, graph, NULL, 0, &of)) {
    CUgraphNode last = use(graph, gets, of.dptr, of.bytesize);
    DO(cuGraphAddMemFreeNode, &frees, graph, &last, 1, of.dptr);
    see_nodes(graph, gets, frees, of.dptr);
    if (!DO(cuGraphInstantiateWithFlags, &exec, graph, 0)) {
      if (any(2)) try_what_is_refused(graph, gets, of.dptr);
      for (uint32_t times = 1 + any(3); times; times--) launch(exec);
      see_used();
      DO(cuGraphExecDestroy, exec);
    }
  }
  DO(cuGraphDestroy, graph);
}

/// What one graph leaves allocated is there for others, and another graph frees it; or the
/// program does, when the first graph is gone.
OPERATION(cuGraphAddMemFreeNode, ALONE) {
  CUgraph graph, freeing;
  CUgraphNode gets, frees;
  CUgraphExec exec, other;
  CUDA_MEM_ALLOC_NODE_PARAMS of = allocation(any_bytes());
  MUST(cuGraphCreate, &graph, 0);
  MUST(cuGraphCreate, &freeing, 0);
  MUST(cuGraphAddMemAllocNode, &gets, graph, NULL, 0, &of);
  use(graph, gets, of.dptr, of.bytesize);
  MUST(cuGraphInstantiateWithFlags, &exec, graph, 0);
  launch(exec);
  launch(exec); // refused: it is still allocated
  see_used();
  CUgraphNode last = use(freeing, NULL, of.dptr, of.bytesize);
  DO(cuGraphAddMemFreeNode, &frees, freeing, &last, 1, of.dptr);
  if (!DO(cuGraphInstantiateWithFlags, &other, freeing, 0)) {
    launch(other);
    see_used();
    launch(exec);
    DO(cuGraphExecDestroy, other);
  }
  DO(cuGraphExecDestroy, exec);
  DO(cuGraphDestroy, graph);
  queue_on(NULL);
  CUresult status = DO(cuMemcpyDtoH_v2, world.pageable, of.dptr, 4096);
  see(status, world.pageable, 4096);
  if (any(2)) {
    DO(cuMemFree_v2, of.dptr);
  } else {
    CUstream stream = queue();
    DO(cuMemFreeAsync, of.dptr, stream);
  }
  see_used();
  DO(cuGraphDestroy, freeing);
}

NAMED_OPERATION(memory_by_kind, cuGraphAddNode, ALONE) {
  CUgraph graph;
  CUgraphNode gets, frees;
  CUgraphExec exec;
  CUgraphNodeParams of = {.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC};
  of.alloc = allocation(any_bytes());
  MUST(cuGraphCreate, &graph, 0);
  if (!DO(cuGraphAddNode, &gets, graph, NULL, 0, &of)) {
    CUgraphNodeParams back = {.type = CU_GRAPH_NODE_TYPE_MEM_FREE};
    CUgraphNode last = use(graph, gets, of.alloc.dptr, of.alloc.bytesize);
    back.free.dptr = of.alloc.dptr;
    if (any(2)) DO(cuGraphAddNode, &frees, graph, &last, 1, &back);
    else DO(cuGraphAddNode_v2, &frees, graph, &last, NULL, 1, &back);
    see_nodes(graph, gets, frees, of.alloc.dptr);
    if (!DO(cuGraphInstantiateWithFlags, &exec, graph, 0)) {
      launch(exec);
      DO(cuGraphDestroy, graph); // the instance goes on
      launch(exec);
      DO(cuGraphExecDestroy, exec);
      return;
    }
  }
  DO(cuGraphDestroy, graph);
}

// In captures.

static bool begin_capture(CUstream stream) {
  finish_work();
  return !DO(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
}

/// Allocates, uses and frees in a capturing stream, so that the next may have the same memory.
static void use_in(CUstream stream, size_t bytes, bool from_pool) {
  CUdeviceptr address;
  struct buffer *buffer = &world.buffers[any(BUFFERS)];
  CUresult status = from_pool ? DO(cuMemAllocFromPoolAsync, &address, bytes, world.pool, stream)
                              : DO(cuMemAllocAsync, &address, bytes, stream);
  if (status) return;
  DO(cuMemsetD32Async, address, (unsigned)draw(&world.random), bytes / 4, stream);
  DO(cuMemcpyDtoDAsync_v2, buffer->address, address, 4096, stream);
  DO(cuMemFreeAsync, address, stream);
}

NAMED_OPERATION(captured_memory, cuMemAllocAsync, ALONE) {
  CUgraph graph = NULL;
  CUgraphExec exec;
  CUdeviceptr left = 0;
  CUstream stream = world.streams[any(STREAMS)];
  size_t bytes = any_bytes();
  unsigned value = (unsigned)draw(&world.random);
  if (!begin_capture(stream)) return;
  for (uint32_t times = 1 + any(4); times; times--) use_in(stream, bytes, any(2));
  DO(cuMemAllocAsync, &left, bytes, stream);
  DO(cuMemsetD32Async, left, value, bytes / 4, stream);
  if (DO(cuStreamEndCapture, stream, &graph)) return;
  size_t roots = 0;
  SEE(DO(cuGraphGetRootNodes, graph, NULL, &roots), roots);
  if (!DO(cuGraphInstantiateWithFlags, &exec, graph,
          CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH)) {
    for (uint32_t times = 1 + any(3); times; times--) launch(exec);
    see_used();
    queue_on(NULL);
    see(DO(cuMemcpyDtoH_v2, world.pageable, left, 4096), world.pageable, 4096);
    CUstream on = queue();
    DO(cuMemFreeAsync, left, on);
    DO(cuMemFreeAsync, left, on); // refused: freed
    see_used();
    DO(cuGraphExecDestroy, exec);
  }
  DO(cuGraphDestroy, graph);
}

/// Two streams of one capture, each with memory of its own.
NAMED_OPERATION(forked_memory, cuMemAllocFromPoolAsync, ALONE) {
  CUgraph graph = NULL;
  CUgraphExec exec;
  CUstream one = world.streams[0], other = world.streams[1];
  size_t bytes = any_bytes();
  if (!begin_capture(one)) return;
  DO(cuEventRecord, world.mark, one);
  DO(cuStreamWaitEvent, other, world.mark, 0);
  for (uint32_t times = 2 + any(4); times; times--) use_in(times % 2 ? one : other, bytes, true);
  DO(cuEventRecord, world.mark, other);
  DO(cuStreamWaitEvent, one, world.mark, 0);
  if (DO(cuStreamEndCapture, one, &graph)) return;
  if (!DO(cuGraphInstantiateWithFlags, &exec, graph, 0)) {
    launch(exec);
    DO(cuGraphExecDestroy, exec);
  }
  DO(cuGraphDestroy, graph);
}

/// A capture that fails leaves nothing.
NAMED_OPERATION(failed_capture, cuDeviceGetGraphMemAttribute, ALONE) {
  CUgraph graph = NULL;
  CUstream stream = world.streams[any(STREAMS)];
  CUdeviceptr address = 0;
  cuuint64_t before = 0, after = 0;
  DO(cuDeviceGetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT, &before);
  if (!begin_capture(stream)) return;
  DO(cuMemAllocAsync, &address, any_bytes(), stream);
  DO(cuStreamSynchronize, stream); // spoils it
  DO(cuMemAllocAsync, &address, any_bytes(), stream);
  DO(cuStreamEndCapture, stream, &graph);
  CUresult status =
      DO(cuDeviceGetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT, &after);
  bool is_same = before == after;
  SEE(status, is_same);
}

OPERATION(cuDeviceSetGraphMemAttribute, ALONE) {
  CUgraph graph;
  CUgraphNode gets;
  CUDA_MEM_ALLOC_NODE_PARAMS of = allocation(any_bytes());
  cuuint64_t zero = 0, bytes = 0;
  DO(cuDeviceGraphMemTrim, 0);
  DO(cuDeviceSetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_USED_MEM_HIGH, &zero);
  DO(cuDeviceSetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH, &zero);
  DO(cuDeviceSetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT, &zero);
  MUST(cuGraphCreate, &graph, 0);
  DO(cuGraphAddMemAllocNode, &gets, graph, NULL, 0, &of);
  for (int attribute = 0; attribute < 4; attribute++)
    SEE(DO(cuDeviceGetGraphMemAttribute, 0, (CUgraphMem_attribute)attribute, &bytes), bytes);
  DO(cuGraphDestroy, graph);
  for (int attribute = 0; attribute < 4; attribute++)
    SEE(DO(cuDeviceGetGraphMemAttribute, 0, (CUgraphMem_attribute)attribute, &bytes), bytes);
}

/// The stream goes on elsewhere than behind its latest node, so that what it freed there is not its
/// own to have again.
#define ELSEWHERE(entry, begin, end, allocate, free, set, copy, on, ...)           \
  OPERATION(entry, ALONE) {                                                        \
    CUgraph graph = NULL;                                                          \
    CUgraphExec exec;                                                              \
    CUdeviceptr address;                                                           \
    finish_work();                                                                 \
    if (DO(begin, on, CU_STREAM_CAPTURE_MODE_RELAXED)) return;                     \
    for (int times = 0; times < 3; times++) {                                      \
      if (DO(allocate, &address, 65536, on)) break;                                \
      DO(set, address, (unsigned char)(times + 1), 65536, on);                     \
      DO(copy, world.buffers[times].address, address, 65536, on);                  \
      DO(free, address, on);                                                       \
      DO(entry, on, __VA_ARGS__);                                                  \
    }                                                                              \
    CUresult ended = DO(end, on, &graph);                                          \
    size_t count = 0;                                                              \
    if (ended) return;                                                             \
    SEE(DO(cuGraphGetRootNodes, graph, NULL, &count), count);                      \
    if (!DO(cuGraphInstantiateWithFlags, &exec, graph, 0)) {                       \
      launch(exec);                                                                \
      DO(cuGraphExecDestroy, exec);                                                \
    }                                                                              \
    DO(cuGraphDestroy, graph);                                                     \
  }
#define SET CU_STREAM_SET_CAPTURE_DEPENDENCIES
ELSEWHERE(cuStreamUpdateCaptureDependencies, cuStreamBeginCapture_v2, cuStreamEndCapture,
          cuMemAllocAsync, cuMemFreeAsync, cuMemsetD8Async, cuMemcpyDtoDAsync_v2, world.streams[0],
          NULL, 0, SET)
ELSEWHERE(cuStreamUpdateCaptureDependencies_v2, cuStreamBeginCapture_v2, cuStreamEndCapture,
          cuMemAllocAsync, cuMemFreeAsync, cuMemsetD8Async, cuMemcpyDtoDAsync_v2, world.streams[0],
          NULL, NULL, 0, SET)
ELSEWHERE(cuStreamUpdateCaptureDependencies_ptsz, cuStreamBeginCapture_v2_ptsz,
          cuStreamEndCapture_ptsz, cuMemAllocAsync_ptsz, cuMemFreeAsync_ptsz,
          cuMemsetD8Async_ptsz, cuMemcpyDtoDAsync_v2_ptsz, NULL, NULL, 0, SET)
ELSEWHERE(cuStreamUpdateCaptureDependencies_v2_ptsz, cuStreamBeginCapture_v2_ptsz,
          cuStreamEndCapture_ptsz, cuMemAllocAsync_ptsz, cuMemFreeAsync_ptsz,
          cuMemsetD8Async_ptsz, cuMemcpyDtoDAsync_v2_ptsz, NULL, NULL, NULL, 0, SET)

// families ACT STEPS [MIB]
//
// Promises about every way to device memory beside `cuMemAlloc`, and about memory freed at odd
// moments. Steps and ends are those of promise.c.
#include <pthread.h>

#include "promise.h"

/// Allocates and frees again and again while a capture is open.
static void act_churn(void) {
  hold();
  CUstream stream = new_stream(), other = new_stream();
  CUgraph graph;
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  for (int round = 0; round < 60; round++) {
    CUdeviceptr more;
    MUST(cuMemAlloc_v2, &more, 8 * MIB);
    MUST(cuMemsetD8Async, more, (unsigned char)round, 8 * MIB, other);
    need(launch(0, stream), "captured launch");
    MUST(cuMemFree_v2, more);
  }
  MUST(cuStreamEndCapture, stream, &graph);
  MUST(cuGraphDestroy, graph);
  verify();
}

/// Contexts beside the first, each with memory that ends with it.
static void act_contexts(void) {
  hold();
  CUdeviceptr more = 0;
  for (int round = 0; round < 6; round++) {
    CUcontext second;
    MUST(cuCtxCreate_v2, &second, 0, 0);
    MUST(cuMemAlloc_v2, &more, 24 * MIB);
    MUST(cuMemsetD8Async, more, 1, 24 * MIB, NULL);
    MUST(cuCtxDestroy_v2, second);
    MUST(cuCtxSetCurrent, context);
  }
  say("free what is gone", drv(cuMemFree_v2)(more));
  MUST(cuCtxSynchronize, );
  // The mover gives back what it saw complete ten times a second.
  usleep(500000);
  await_step(1);
  verify();
}

/// Takes the primary context, uses a block in it, lets go, again and again: whoever lets go last
/// ends the context, while another may be about to take it anew.
static void *take_and_let_go(void *value) {
  uint32_t words[64], wanted = (uint32_t)(uintptr_t)value;
  for (int round = 0; round < 20; round++) {
    CUcontext primary;
    CUdeviceptr address;
    MUST(cuDevicePrimaryCtxRetain, &primary, 0);
    MUST(cuCtxSetCurrent, primary);
    MUST(cuMemAlloc_v2, &address, sizeof words);
    MUST(cuMemsetD32_v2, address, wanted, 64);
    // Longer than without: who is in the middle of it when an earlier end is over would lose it.
    usleep(3000);
    MUST(cuMemcpyDtoH_v2, words, address, sizeof words);
    for (int i = 0; i < 64; i++)
      if (words[i] != wanted) corrupt("round", round);
    MUST(cuMemFree_v2, address);
    MUST(cuCtxSetCurrent, NULL);
    MUST(cuDevicePrimaryCtxRelease_v2, 0);
    // Long enough that nobody has it at times.
    usleep(500 * wanted);
  }
  return NULL;
}

static void act_primary(void) {
  pthread_t threads[3];
  MUST(cuInit, 0);
  for (long t = 0; t < 3; t++) pthread_create(&threads[t], NULL, take_and_let_go, (void *)(t + 1));
  for (int t = 0; t < 3; t++) pthread_join(threads[t], NULL);
  printf("intact\n");
}

static _Atomic(CUcontext) passing;
static _Atomic bool is_over;

static void *allocate_in_passing(void *unused) {
  CUdeviceptr address;
  (void)unused;
  while (!is_over)
    if (drv(cuCtxSetCurrent)(passing) == 0 && drv(cuMemAlloc_v2)(&address, 4 * MIB) == 0)
      drv(cuMemFree_v2)(address);
  return NULL;
}

/// Contexts end under a thread that allocates in them.
static void act_passing(void) {
  pthread_t thread;
  size_t before, after, total;
  hold();
  MUST(cuMemGetInfo_v2, &before, &total);
  for (int round = 0; round < 30; round++) {
    CUcontext made;
    MUST(cuCtxCreate_v2, &made, 0, 0);
    passing = made;
    if (round == 0) pthread_create(&thread, NULL, allocate_in_passing, NULL);
    usleep(2000);
    MUST(cuCtxDestroy_v2, made);
    MUST(cuCtxSetCurrent, context);
  }
  is_over = true;
  pthread_join(thread, NULL);
  MUST(cuMemGetInfo_v2, &after, &total);
  say("kept", (long)(before - after));
  await_step(1);
  verify();
}

static void *make_streams(void *unused) {
  (void)unused;
  MUST(cuCtxSetCurrent, context);
  while (!is_over) MUST(cuStreamDestroy_v2, new_stream());
  return NULL;
}

/// Captures on streams whose handles other streams had, while freed memory has to serve again.
static void act_streams(void) {
  pthread_t thread;
  hold();
  CUstream other = new_stream();
  pthread_create(&thread, NULL, make_streams, NULL);
  for (int round = 0; round < 40; round++) {
    CUstream stream = new_stream();
    CUgraph graph;
    MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
    for (int i = 0; i < 8; i++) {
      CUdeviceptr more;
      need(launch(0, stream), "captured launch");
      MUST(cuMemAlloc_v2, &more, 8 * MIB);
      MUST(cuMemsetD8Async, more, 1, 8 * MIB, other);
      MUST(cuMemFree_v2, more);
    }
    MUST(cuStreamEndCapture, stream, &graph);
    MUST(cuGraphDestroy, graph);
    MUST(cuStreamDestroy_v2, stream);
  }
  is_over = true;
  pthread_join(thread, NULL);
  verify();
}

// MARK: pools

static uint64_t pool_number(CUmemoryPool pool, CUmemPool_attribute attribute) {
  uint64_t value = 0;
  MUST(cuMemPoolGetAttribute, pool, attribute, &value);
  return value;
}

/// Memory in stream order: a stream has back what it freed, another not while it is in use.
/// What a stream freed long ago has been another stream's since: it is not the first one's to have
/// back while the other's work is still on the way.
static void act_stale(void) {
  hold();
  CUstream early = new_stream(), slow = new_stream();
  CUdeviceptr first, second, third;
  size_t bytes = (size_t)stride() * 4 * THREADS;
  MUST(cuMemAllocAsync, &first, bytes, early);
  MUST(cuMemFreeAsync, first, early);
  MUST(cuCtxSynchronize, );
  // Until the free has been seen complete, the block rests.
  for (int i = 0; i < 100; i++) {
    usleep(50000);
    MUST(cuMemAllocAsync, &second, bytes, slow);
    if (second == first) break;
    MUST(cuMemFree_v2, second);
  }
  say("same", second == first);
  uint32_t step = stride(), one = 1;
  void *values[] = {&second, &step, &one};
  for (int i = 0; i < 5; i++)
    MUST(cuLaunchKernel, add, 1, 1, 1, THREADS, 1, 1, 0, slow, values, NULL);
  MUST(cuMemFreeAsync, second, slow);
  MUST(cuMemAllocAsync, &third, bytes, early);
  say("crossed", third == second);
  MUST(cuCtxSynchronize, );
  verify();
}

static void act_ordered(void) {
  hold();
  CUstream slow = new_stream(), quick = new_stream();
  CUdeviceptr first, second, third;
  CUmemoryPool pool;
  size_t bytes = (size_t)stride() * 4 * THREADS;
  MUST(cuDeviceGetDefaultMemPool, &pool, 0);
  MUST(cuMemAllocAsync, &first, bytes, slow);
  say("used", (long)(pool_number(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT) - bytes));
  uint32_t step = stride(), one = 1;
  void *values[] = {&first, &step, &one};
  for (int i = 0; i < 5; i++)
    MUST(cuLaunchKernel, add, 1, 1, 1, THREADS, 1, 1, 0, slow, values, NULL);
  MUST(cuMemFreeAsync, first, slow);
  MUST(cuMemAllocAsync, &third, bytes, slow);
  say("own again", third == first);
  MUST(cuMemFreeAsync, third, slow);
  MUST(cuMemAllocAsync, &second, bytes, quick);
  MUST(cuMemsetD8Async, second, 0x5A, bytes, quick);
  MUST(cuMemAllocAsync, &third, bytes, slow);
  MUST(cuMemsetD8Async, third, 0xA5, bytes, slow);
  MUST(cuCtxSynchronize, );
  unsigned char *read = malloc(bytes);
  for (int i = 0; i < 2; i++) {
    MUST(cuMemcpyDtoH_v2, read, i ? third : second, bytes);
    for (size_t at = 0; at < bytes; at++)
      if (read[at] != (i ? 0xA5 : 0x5A)) corrupt(i ? "third" : "second", (long)at);
  }
  await_step(1);
  for (int i = 0; i < 2; i++) {
    MUST(cuMemcpyDtoH_v2, read, i ? third : second, bytes);
    for (size_t at = 0; at < bytes; at++)
      if (read[at] != (i ? 0xA5 : 0x5A)) corrupt(i ? "third later" : "second later", (long)at);
  }
  // Far more than fits, were it not for what is freed.
  for (int i = 0; i < 200; i++) {
    CUdeviceptr more;
    CUstream stream = i % 3 ? slow : quick;
    MUST(cuMemAllocAsync, &more, (size_t)(4 + i % 4 * 2) * MIB, stream);
    MUST(cuMemsetD8Async, more, (unsigned char)i, 4 * MIB, stream);
    MUST(cuMemFreeAsync, more, stream);
  }
  MUST(cuMemFreeAsync, second, quick);
  MUST(cuMemFree_v2, third);
  MUST(cuCtxSynchronize, );
  say("left", (long)pool_number(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT));
  verify();
}

/// The interface of CUDA 2.0, whose addresses have 32 bits.
static void act_oldest(void) {
  CUdeviceptr_v1 low;
  hold();
  CUresult code = drv(cuMemAlloc)(&low, 4096);
  say("old", code == CUDA_SUCCESS || code == CUDA_ERROR_OUT_OF_MEMORY);
  await_step(1);
  verify();
}

// MARK: memory that the program maps itself

enum { PIECE = 4 * MIB, PIECES = 4 };

static CUmemGenericAllocationHandle create(size_t bytes) {
  CUmemAllocationProp properties = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
                                    .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  CUmemGenericAllocationHandle handle;
  MUST(cuMemCreate, &handle, bytes, &properties, 0);
  return handle;
}

static void map(CUdeviceptr address, CUmemGenericAllocationHandle handle, size_t bytes) {
  CUmemAccessDesc access = {{CU_MEM_LOCATION_TYPE_DEVICE, 0}, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  MUST(cuMemMap, address, bytes, 0, handle, 0);
  MUST(cuMemSetAccess, address, bytes, &access, 1);
}

static void expect(CUdeviceptr address, size_t bytes, int byte, const char *what) {
  unsigned char *read = malloc(bytes);
  MUST(cuMemcpyDtoH_v2, read, address, bytes);
  for (size_t i = 0; i < bytes; i++)
    if (read[i] != byte) corrupt(what, (long)i);
  free(read);
}

/// A segment that grows and shrinks within addresses set aside once, far more than there is memory.
static void act_segment(void) {
  hold();
  CUdeviceptr segment, other, base = 0;
  CUmemGenericAllocationHandle handle[PIECES], again = 0;
  size_t length = 0;
  MUST(cuMemAddressReserve, &segment, (size_t)256 * MIB, 0, 0, 0);
  MUST(cuMemAddressReserve, &other, (size_t)64 * MIB, 8 * MIB, 0, 0);
  say("aligned", other % (8 * MIB) == 0);
  // PyTorch's first question; on a refusal it goes on as here, and must not be pinned by then.
  CUmemAllocationProp fabric = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
                                .requestedHandleTypes = CU_MEM_HANDLE_TYPE_FABRIC,
                                .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  say("fabric", drv(cuMemCreate)(&handle[0], PIECE, &fabric, 0));
  for (int i = 0; i < PIECES; i++) {
    handle[i] = create(PIECE);
    map(segment + (size_t)i * PIECE, handle[i], PIECE);
    MUST(cuMemsetD8_v2, segment + (size_t)i * PIECE, (unsigned char)(i + 1), PIECE);
  }
  MUST(cuMemGetAddressRange_v2, &base, &length, segment + PIECE + 5);
  say("range", base == segment + PIECE && length == PIECE);
  say("free as if allocated", drv(cuMemFree_v2)(segment));
  await_step(1);
  for (int i = 0; i < PIECES; i++)
    expect(segment + (size_t)i * PIECE, PIECE, i + 1, "piece");
  // A kernel over the joint of two pieces.
  uint32_t step = PIECE / 4 / 16, one = 1;
  void *values[] = {&segment, &step, &one};
  MUST(cuLaunchKernel, add, 1, 1, 1, THREADS, 1, 1, 0, NULL, values, NULL);
  MUST(cuMemsetD8_v2, segment, 1, PIECE);
  // Gives the second back; another takes its place.
  MUST(cuMemUnmap, segment + PIECE, PIECE);
  MUST(cuMemRelease, handle[1]);
  handle[1] = create(PIECE);
  map(segment + PIECE, handle[1], PIECE);
  MUST(cuMemsetD8_v2, segment + PIECE, 9, PIECE);
  // The third moves elsewhere with what is in it, and something else comes where it was.
  MUST(cuMemsetD8_v2, segment + 2 * PIECE, 3, PIECE);
  MUST(cuMemUnmap, segment + 2 * PIECE, PIECE);
  map(other, handle[2], PIECE);
  expect(other, PIECE, 3, "moved");
  MUST(cuMemUnmap, other, PIECE);
  map(segment + 2 * PIECE, handle[1] = create(PIECE), PIECE);
  MUST(cuMemsetD8_v2, segment + 2 * PIECE, 7, PIECE);
  map(other, handle[2], PIECE);
  expect(other, PIECE, 3, "mapped again");
  // Parked where the next one comes.
  MUST(cuMemUnmap, other, PIECE);
  map(other, again = create(PIECE), PIECE);
  MUST(cuMemsetD8_v2, other, 8, PIECE);
  map(other + PIECE, handle[2], PIECE);
  expect(other + PIECE, PIECE, 3, "made way");
  expect(other, PIECE, 8, "came instead");
  await_step(2);
  expect(segment, PIECE, 1, "first");
  expect(segment + PIECE, PIECE, 9, "second");
  expect(segment + 2 * PIECE, PIECE, 7, "third");
  expect(other + PIECE, PIECE, 3, "made way, later");
  verify();
}

/// Maps and unmaps far more than fits, one after the other, behind work that takes its time.
static void act_cycle(void) {
  hold();
  CUdeviceptr segment;
  size_t free_before = 0, free_after = 0, total;
  MUST(cuMemAddressReserve, &segment, (size_t)64 * MIB, 0, 0, 0);
  MUST(cuMemGetInfo_v2, &free_before, &total);
  for (int i = 0; i < 100; i++) {
    CUdeviceptr place = segment + (size_t)(i % 3) * 8 * MIB;
    CUmemGenericAllocationHandle handle = create(8 * MIB);
    map(place, handle, 8 * MIB);
    need(launch(i % BLOCKS, NULL), "cuLaunchKernel");
    added[i % BLOCKS]++;
    MUST(cuMemsetD8Async, place, (unsigned char)i, 8 * MIB, NULL);
    if (i % 2) MUST(cuMemRelease, handle);
    MUST(cuMemUnmap, place, 8 * MIB);
    if (!(i % 2)) MUST(cuMemRelease, handle);
  }
  MUST(cuMemAddressFree, segment, (size_t)64 * MIB);
  MUST(cuMemGetInfo_v2, &free_after, &total);
  say("kept", (long)(free_before - free_after));
  CUmemGenericAllocationHandle much;
  CUmemAllocationProp properties = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
                                    .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  say("much", drv(cuMemCreate)(&much, (size_t)1 << 30, &properties, 0));
  verify();
}

/// Told to leave while kernels run, it brings back by copies what it overwrote.
static void act_copies(void) {
  enum { KERNELS = 3 };
  uint32_t *pinned;
  hold();
  MUST(cuMemAllocHost_v2, (void **)&pinned, 3 * block_bytes);
  for (long b = 1; b < BLOCKS; b++) {
    for (size_t i = 0; i < block_bytes / 4; i++)
      pinned[(size_t)(b - 1) * block_bytes / 4 + i] = pattern(b, i);
    MUST(cuMemsetD8_v2, block[b], 0xee, block_bytes);
  }
  CUstream stream = new_stream();
  await_step(1);
  for (int i = 0; i < KERNELS; i++) need(launch(0, NULL), "cuLaunchKernel");
  added[0] += KERNELS;
  await_step(2);
  for (long b = 1; b < BLOCKS; b++)
    MUST(cuMemcpyHtoDAsync_v2, block[b], pinned + (size_t)(b - 1) * block_bytes / 4, block_bytes,
         stream);
  MUST(cuStreamSynchronize, stream);
  verify();
}

/// Nodes of any kind, added and changed while what they name is swapped out.
static void act_nodes(void) {
  hold();
  CUgraph graph;
  CUgraphNode node;
  CUgraphNodeParams set = {.type = CU_GRAPH_NODE_TYPE_MEMSET,
                           .memset = {block[0], 0, 0, 4, 64, 1, context}};
  MUST(cuGraphCreate, &graph, 0);
  await_step(1);
  MUST(cuGraphAddNode, &node, graph, NULL, 0, &set);
  await_step(2);
  set.memset.dst = block[1];
  MUST(cuGraphNodeSetParams, node, &set);
  MUST(cuGraphDestroy, graph);
  verify();
}

static CUgraphExec runnable(CUgraph graph, unsigned long long flags) {
  CUgraphExec program;
  MUST(cuGraphInstantiateWithFlags, &program, graph, flags);
  return program;
}

static void run(CUgraphExec program, CUstream stream) {
  MUST(cuGraphLaunch, program, stream);
  MUST(cuStreamSynchronize, stream);
}

static void expect_words(CUdeviceptr address, uint32_t wanted, const char *what) {
  MUST(cuMemcpyDtoH_v2, host, address, MIB);
  for (long i = 0; i < MIB / 4; i++)
    if (host[i] != wanted) corrupt(what, i);
}

static long graph_bytes(CUgraphMem_attribute attribute) {
  cuuint64_t bytes = 0;
  MUST(cuDeviceGetGraphMemAttribute, 0, attribute, &bytes);
  return (long)bytes;
}

/// A graph that uses memory which it allocates and frees itself, and its instance when it is gone:
/// nobody else is given that memory.
static void outlive(CUstream stream) {
  CUgraph graph;
  CUdeviceptr inside, others[4];
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
  MUST(cuMemAllocAsync, &inside, 2 * MIB, stream);
  MUST(cuMemsetD32Async, inside, 7, MIB / 2, stream);
  MUST(cuMemFreeAsync, inside, stream);
  MUST(cuStreamEndCapture, stream, &graph);
  CUgraphExec program = runnable(graph, 0);
  MUST(cuGraphDestroy, graph);
  MUST(cuCtxSynchronize, );
  for (int i = 0; i < 4; i++) {
    MUST(cuMemAlloc_v2, &others[i], 2 * MIB);
    MUST(cuMemsetD32_v2, others[i], 9, MIB / 2);
  }
  run(program, stream);
  for (int i = 0; i < 4; i++) {
    expect_words(others[i], 9, "memory beside a graph's");
    MUST(cuMemFree_v2, others[i]);
  }
  MUST(cuGraphExecDestroy, program);
}

/// Memory that a captured graph allocates: what a launch leaves of it goes and comes, and stays
/// when graph and instance are gone; what the graph frees it has again itself.
static void act_graphs(void) {
  CUgraph graph;
  CUdeviceptr left, inside, again, base;
  size_t bytes = 0;
  hold();
  CUstream stream = new_stream();
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
  MUST(cuMemAllocAsync, &left, 8 * MIB, stream);
  MUST(cuMemAllocAsync, &inside, 4 * MIB, stream);
  MUST(cuMemsetD32Async, inside, 3, MIB, stream);
  MUST(cuMemcpyDtoDAsync_v2, left, inside, 4 * MIB, stream);
  MUST(cuMemFreeAsync, inside, stream);
  MUST(cuMemAllocAsync, &again, 4 * MIB, stream);
  MUST(cuMemsetD32Async, again, 5, MIB, stream);
  MUST(cuMemcpyDtoDAsync_v2, left + 4 * MIB, again, 4 * MIB, stream);
  MUST(cuMemFreeAsync, again, stream);
  MUST(cuStreamEndCapture, stream, &graph);
  CUgraphExec program = runnable(graph, CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH);
  run(program, stream);
  await_step(1);
  expect_words(left, 3, "left");
  expect_words(left + 4 * MIB, 5, "left, its end");
  MUST(cuMemsetD8_v2, left, 0, 8 * MIB);
  await_step(2);
  run(program, stream);
  expect_words(left, 3, "left again");
  MUST(cuMemGetAddressRange_v2, &base, &bytes, left + MIB);
  say("range", base == left && bytes == 8 * MIB);
  say("used", graph_bytes(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT));
  MUST(cuGraphExecDestroy, program);
  MUST(cuGraphDestroy, graph);
  expect_words(left + 4 * MIB, 5, "left by a graph that is gone");
  say("kept", graph_bytes(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT));
  MUST(cuMemFreeAsync, left, stream);
  say("again", drv(cuMemFree_v2)(left));
  say("rest", graph_bytes(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT));
  outlive(stream);
  verify();
}

/// A graph allocates more than there is for this program: the driver's own node does.
static void act_much(void) {
  CUgraph graph;
  CUdeviceptr much;
  hold();
  CUstream stream = new_stream();
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
  MUST(cuMemAllocAsync, &much, 32 * MIB, stream);
  MUST(cuMemsetD32Async, much, 3, 8 * MIB, stream);
  MUST(cuMemFreeAsync, much, stream);
  MUST(cuStreamEndCapture, stream, &graph);
  CUgraphExec program = runnable(graph, 0);
  run(program, stream);
  run(program, stream);
  await_step(1);
  MUST(cuGraphExecDestroy, program);
  MUST(cuGraphDestroy, graph);
  verify();
}

int main(int count, char **words) {
  static const struct act acts[] = {
      {"churn", act_churn},   {"contexts", act_contexts}, {"ordered", act_ordered},
      {"oldest", act_oldest}, {"segment", act_segment},   {"cycle", act_cycle},
      {"stale", act_stale},   {"primary", act_primary},   {"passing", act_passing},
      {"streams", act_streams}, {"nodes", act_nodes},     {"graphs", act_graphs},
      {"much", act_much},     {"copies", act_copies},
      {NULL, NULL},
  };
  return run_act(acts, count, words);
}

// mappings ACT STEPS [MIB]
//
// Promises about memory that the program maps itself, at odd moments: while others need the room,
// while something captures, from several threads, without a context. Steps and ends are those of
// promise.c.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "promise.h"

enum { PIECE = 4 * MIB };

static const CUmemAllocationProp plain = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
                                          .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
static const CUmemAccessDesc both = {{CU_MEM_LOCATION_TYPE_DEVICE, 0},
                                     CU_MEM_ACCESS_FLAGS_PROT_READWRITE};

static CUmemGenericAllocationHandle create(size_t bytes) {
  CUmemGenericAllocationHandle handle;
  MUST(cuMemCreate, &handle, bytes, &plain, 0);
  return handle;
}

static CUdeviceptr reserve(size_t bytes) {
  CUdeviceptr address;
  MUST(cuMemAddressReserve, &address, bytes, 0, 0, 0);
  return address;
}

static void map(CUdeviceptr address, CUmemGenericAllocationHandle handle, size_t bytes) {
  MUST(cuMemMap, address, bytes, 0, handle, 0);
  MUST(cuMemSetAccess, address, bytes, &both, 1);
}

static void expect(CUdeviceptr address, size_t bytes, int byte, const char *what) {
  unsigned char *read = malloc(bytes);
  MUST(cuMemcpyDtoH_v2, read, address, bytes);
  for (size_t i = 0; i < bytes; i++)
    if (read[i] != byte) corrupt(what, (long)i);
  free(read);
}

static long free_bytes(void) {
  size_t free_now, total;
  MUST(cuMemGetInfo_v2, &free_now, &total);
  return (long)free_now;
}

/// Created and not mapped before a neighbour takes the room, mapped afterwards.
static void act_created(void) {
  CUdeviceptr far;
  hold();
  // More than any GPU has addresses for: refused, and nobody's loss.
  say("far", drv(cuMemAddressReserve)(&far, (size_t)1 << 51, 0, 0, 0) != 0);
  CUdeviceptr segment = reserve(24 * MIB);
  CUmemGenericAllocationHandle handle = create(24 * MIB);
  await_step(1);
  map(segment, handle, 24 * MIB);
  MUST(cuMemsetD8_v2, segment, 5, 24 * MIB);
  expect(segment, 24 * MIB, 5, "mapped");
  verify();
}

/// The last context ends, perhaps while the program is swapped out: what it mapped and what is of a
/// pool is there in the next one.
static void act_last(void) {
  CUdeviceptr pooled, gone;
  hold();
  CUdeviceptr segment = reserve(2 * PIECE);
  CUmemGenericAllocationHandle handle = create(PIECE), parked = create(PIECE);
  map(segment, handle, PIECE);
  map(segment + PIECE, parked, PIECE);
  MUST(cuMemsetD8_v2, segment, 1, PIECE);
  MUST(cuMemsetD8_v2, segment + PIECE, 2, PIECE);
  MUST(cuMemUnmap, segment + PIECE, PIECE);
  MUST(cuMemAllocAsync, &pooled, PIECE, NULL);
  MUST(cuMemsetD8_v2, pooled, 3, PIECE);
  MUST(cuMemAlloc_v2, &gone, PIECE);
  await_step(1);
  long begin = milliseconds();
  MUST(cuCtxDestroy_v2, context);
  say("ended", milliseconds() - begin < 5000);
  say("copy", drv(cuMemcpyDtoH_v2)(host, segment, 4));
  MUST(cuCtxCreate_v2, &context, 0, 0);
  say("at", 2);
  expect(segment, PIECE, 1, "mapped");
  expect(pooled, PIECE, 3, "pooled");
  map(segment + PIECE, parked, PIECE);
  expect(segment + PIECE, PIECE, 2, "parked");
  say("free what is gone", drv(cuMemFree_v2)(gone));
  MUST(cuMemFree_v2, pooled);
  MUST(cuMemUnmap, segment, 2 * PIECE);
  MUST(cuMemRelease, handle);
  MUST(cuMemRelease, parked);
  say("release again", drv(cuMemRelease)(handle));
  say("map again", drv(cuMemMap)(segment, PIECE, 0, handle, 0));
  MUST(cuMemAddressFree, segment, 2 * PIECE);
  load();
  fill();
  verify();
}

static CUmemGenericAllocationHandle shared;
static pthread_barrier_t gathered;

static void *map_shared(void *place) {
  MUST(cuCtxSetCurrent, context);
  pthread_barrier_wait(&gathered);
  return (void *)(uintptr_t)drv(cuMemMap)((CUdeviceptr)(uintptr_t)place, PIECE, 0, shared, 0);
}

/// One handle, mapped by two threads at once: one of them gets it, and nothing stays behind.
static void act_twice(void) {
  hold();
  CUdeviceptr segment = reserve(2 * PIECE);
  long before = free_bytes(), mapped = 0, refused = 0;
  pthread_barrier_init(&gathered, NULL, 2);
  for (int round = 0; round < 100; round++) {
    pthread_t threads[2];
    void *codes[2];
    shared = create(PIECE);
    for (int t = 0; t < 2; t++) {
      CUdeviceptr place = segment + (CUdeviceptr)t * PIECE;
      pthread_create(&threads[t], NULL, map_shared, (void *)(uintptr_t)place);
    }
    for (int t = 0; t < 2; t++) pthread_join(threads[t], &codes[t]);
    for (int t = 0; t < 2; t++) {
      mapped += codes[t] == NULL;
      refused += (uintptr_t)codes[t] == CUDA_ERROR_NOT_SUPPORTED;
      if (codes[t] == NULL) MUST(cuMemUnmap, segment + (CUdeviceptr)t * PIECE, PIECE);
    }
    MUST(cuMemRelease, shared);
  }
  say("mapped", mapped);
  say("refused", refused);
  say("kept", before - free_bytes());
  verify();
}

static CUdeviceptr raced;

static void *unmap_raced(void *unused) {
  (void)unused;
  MUST(cuCtxSetCurrent, context);
  pthread_barrier_wait(&gathered);
  return (void *)(uintptr_t)drv(cuMemUnmap)(raced, PIECE);
}

/// Two threads unmap the same: one of them does.
static void act_quicker(void) {
  hold();
  raced = reserve(PIECE);
  long before = free_bytes(), unmapped = 0, refused = 0;
  pthread_barrier_init(&gathered, NULL, 2);
  for (int round = 0; round < 100; round++) {
    pthread_t threads[2];
    CUmemGenericAllocationHandle handle = create(PIECE);
    map(raced, handle, PIECE);
    MUST(cuMemRelease, handle);
    for (int t = 0; t < 2; t++) pthread_create(&threads[t], NULL, unmap_raced, NULL);
    for (int t = 0; t < 2; t++) {
      void *code;
      pthread_join(threads[t], &code);
      unmapped += code == NULL;
      refused += (uintptr_t)code == CUDA_ERROR_INVALID_VALUE;
    }
  }
  MUST(cuMemAddressFree, raced, PIECE);
  say("unmapped", unmapped);
  say("refused", refused);
  say("kept", before - free_bytes());
  verify();
}

static void *map_own(void *number) {
  enum { LARGE = 12 * MIB };
  MUST(cuCtxSetCurrent, context);
  CUdeviceptr place = reserve(LARGE);
  for (int round = 0; round < 30; round++) {
    CUmemGenericAllocationHandle handle = create(LARGE);
    map(place, handle, LARGE);
    MUST(cuMemsetD8_v2, place, (unsigned char)((uintptr_t)number + round), LARGE);
    expect(place, LARGE, (int)((uintptr_t)number + round) & 255, "own");
    MUST(cuMemUnmap, place, LARGE);
    MUST(cuMemRelease, handle);
  }
  MUST(cuMemAddressFree, place, LARGE);
  return NULL;
}

/// Threads that map and unmap at addresses of their own, together nearly all there is.
static void act_many(void) {
  pthread_t threads[4];
  hold();
  long before = free_bytes();
  for (long t = 0; t < 4; t++) pthread_create(&threads[t], NULL, map_own, (void *)(t * 50));
  for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
  say("kept", before - free_bytes());
  verify();
}

/// A handle of the driver's, made before there was a context, beside one of ours.
static void act_foreign(void) {
  MUST(cuInit, 0);
  CUmemGenericAllocationHandle theirs = create(PIECE);
  hold();
  CUdeviceptr segment = reserve(4 * PIECE), more[4];
  CUmemGenericAllocationHandle ours = create(PIECE);
  MUST(cuMemMap, segment, PIECE, 0, ours, 0);
  MUST(cuMemMap, segment + PIECE, PIECE, 0, theirs, 0);
  MUST(cuMemSetAccess, segment, 2 * PIECE, &both, 1);
  say("over it", drv(cuMemMap)(segment + PIECE, PIECE, 0, create(PIECE), 0));
  say("what we allocated", drv(cuMemUnmap)(block[0], block_bytes));
  say("there", drv(cuMemMap)(block[0], PIECE, 0, theirs, 0));
  MUST(cuMemsetD8_v2, segment, 1, PIECE);
  MUST(cuMemsetD8_v2, segment + PIECE, 2, PIECE);
  expect(segment, PIECE, 1, "ours");
  expect(segment + PIECE, PIECE, 2, "theirs");
  CUdeviceptr start = 0;
  size_t bytes = 0;
  unsigned kind = 0;
  say("asked", drv(cuMemGetAddressRange_v2)(&start, &bytes, segment + PIECE + 4096));
  say("from its start", start == segment + PIECE);
  say("asked", drv(cuPointerGetAttribute)(&kind, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                          segment + PIECE));
  say("on the device", kind == CU_MEMORYTYPE_DEVICE);
  say("free while mapped", drv(cuMemAddressFree)(segment, 4 * PIECE));
  MUST(cuMemUnmap, segment, 2 * PIECE);
  MUST(cuMemRelease, ours);
  MUST(cuMemRelease, theirs);
  MUST(cuMemAddressFree, segment, 4 * PIECE);
  for (int i = 0; i < 4; i++) {
    MUST(cuMemAlloc_v2, &more[i], PIECE);
    MUST(cuMemsetD8_v2, more[i], 7, PIECE);
  }
  verify();
}

/// Held by its handle and mapped elsewhere by a thread without a context; a copy that fails leaves
/// the bytes where they were.
static void act_bare(void) {
  hold();
  CUdeviceptr first = reserve(PIECE), second = reserve(PIECE);
  CUmemGenericAllocationHandle handle = create(PIECE);
  map(first, handle, PIECE);
  MUST(cuMemsetD8_v2, first, 4, PIECE);
  MUST(cuMemUnmap, first, PIECE);
  MUST(cuCtxSetCurrent, NULL);
  say("elsewhere", drv(cuMemMap)(second, PIECE, 0, handle, 0));
  say("elsewhere again", drv(cuMemMap)(second, PIECE, 0, handle, 0));
  MUST(cuMemSetAccess, second, PIECE, &both, 1);
  MUST(cuCtxSetCurrent, context);
  expect(second, PIECE, 4, "moved");
  MUST(cuMemUnmap, second, PIECE);
  MUST(cuMemRelease, handle);
  MUST(cuMemAddressFree, first, PIECE);
  MUST(cuMemAddressFree, second, PIECE);
  verify();
}

/// Unmapped while something captures, when nothing may be waited for, and mapped there again.
static void act_capture(void) {
  hold();
  CUstream stream = new_stream();
  CUgraph graph;
  CUdeviceptr segment = reserve(2 * PIECE);
  CUmemGenericAllocationHandle handle = create(PIECE), other = create(PIECE);
  map(segment, handle, PIECE);
  MUST(cuMemsetD8_v2, segment, 1, PIECE);
  need(launch(1, NULL), "cuLaunchKernel");
  added[1]++;
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  need(launch(0, stream), "captured launch");
  MUST(cuMemUnmap, segment, PIECE);
  MUST(cuMemRelease, handle);
  say("there again", drv(cuMemMap)(segment, PIECE, 0, other, 0));
  MUST(cuStreamEndCapture, stream, &graph);
  MUST(cuGraphDestroy, graph);
  say("then", drv(cuMemMap)(segment, PIECE, 0, other, 0));
  MUST(cuMemUnmap, segment, PIECE);
  MUST(cuMemAddressFree, segment, 2 * PIECE);
  verify();
}

static void until_step_1(void *value) {
  (void)value;
  while (!reached(1)) usleep(1000);
}

/// Unmaps and releases while work runs that does not end before step 1.
static void act_endless(void) {
  hold();
  CUdeviceptr segment = reserve(2 * PIECE);
  CUmemGenericAllocationHandle handle = create(PIECE), held = create(PIECE);
  map(segment, handle, PIECE);
  map(segment + PIECE, held, PIECE);
  MUST(cuMemsetD8_v2, segment + PIECE, 6, PIECE);
  CUstream stream = new_stream();
  MUST(cuLaunchHostFunc, stream, until_step_1, NULL);
  need(launch(0, stream), "cuLaunchKernel");
  added[0]++;
  MUST(cuMemUnmap, segment, PIECE);
  MUST(cuMemRelease, handle);
  MUST(cuMemUnmap, segment + PIECE, PIECE);
  MUST(cuMemRelease, held);
  MUST(cuMemAddressFree, segment, 2 * PIECE);
  say("at", 1);
  MUST(cuStreamSynchronize, stream);
  verify();
}

/// Unmaps what kernels still write to, once the program is told to leave, and maps it elsewhere.
static void act_under(void) {
  enum { KERNELS = 3 };
  hold();
  CUdeviceptr segment = reserve(PIECE), other = reserve(PIECE);
  CUmemGenericAllocationHandle handle = create(PIECE);
  map(segment, handle, PIECE);
  MUST(cuMemsetD8_v2, segment, 0, PIECE);
  await_step(1);
  uint32_t step = PIECE / 4 / THREADS, one = 1, *read = malloc(PIECE);
  void *values[] = {&segment, &step, &one};
  for (int i = 0; i < KERNELS; i++)
    MUST(cuLaunchKernel, add, 1, 1, 1, THREADS, 1, 1, 0, NULL, values, NULL);
  await_step(2);
  MUST(cuMemUnmap, segment, PIECE);
  map(other, handle, PIECE);
  MUST(cuMemcpyDtoH_v2, read, other, PIECE);
  for (uint32_t i = 0; i < PIECE / 4; i++)
    if (read[i] != (i % step ? 0 : KERNELS)) corrupt("word", (long)i);
  verify();
}

static atomic_bool over;

/// Takes and gives back memory, so that what others unmapped is let go of by this thread.
static void *churn(void *value) {
  (void)value;
  MUST(cuCtxSetCurrent, context);
  CUdeviceptr place = reserve(2 * MIB), memory;
  while (!over) {
    if (drv(cuMemAlloc_v2)(&memory, 4 * MIB) == CUDA_SUCCESS) drv(cuMemFree_v2)(memory);
    CUmemGenericAllocationHandle handle;
    if (drv(cuMemCreate)(&handle, 2 * MIB, &plain, 0) != CUDA_SUCCESS) continue;
    if (drv(cuMemMap)(place, 2 * MIB, 0, handle, 0) == CUDA_SUCCESS)
      drv(cuMemUnmap)(place, 2 * MIB);
    drv(cuMemRelease)(handle);
  }
  return NULL;
}

/// Maps again where it just unmapped under a capture, beside threads that allocate.
static void act_crowded(void) {
  enum { ROUNDS = 60, CROWD = 3 };
  hold();
  pthread_t crowd[CROWD];
  for (int i = 0; i < CROWD; i++) pthread_create(&crowd[i], NULL, churn, NULL);
  CUdeviceptr place = reserve(PIECE);
  CUstream stream = new_stream();
  for (int round = 0; round < ROUNDS; round++) {
    CUmemGenericAllocationHandle handle = create(PIECE);
    CUgraph graph;
    map(place, handle, PIECE);
    MUST(cuMemsetD8_v2, place, 1, PIECE);
    need(launch(1, NULL), "launch");
    added[1]++;
    MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
    MUST(cuMemUnmap, place, PIECE);
    MUST(cuMemRelease, handle);
    MUST(cuStreamEndCapture, stream, &graph);
    MUST(cuGraphDestroy, graph);
  }
  over = true;
  for (int i = 0; i < CROWD; i++) pthread_join(crowd[i], NULL);
  verify();
}

/// Children forked while other threads of the parent are in the middle of an allocation.
static void act_children(void) {
  enum { CHILDREN = 60, CROWD = 3 };
  hold();
  pthread_t crowd[CROWD];
  CUstream stream = new_stream();
  for (int i = 0; i < CROWD; i++) pthread_create(&crowd[i], NULL, churn, NULL);
  int answered = 0;
  for (int number = 0; number < CHILDREN; number++) {
    pid_t child = fork();
    if (child == 0) {
      CUdeviceptr start;
      size_t bytes;
      alarm(5);
      bool isRefused = drv(cuStreamDestroy_v2)(stream) != CUDA_SUCCESS &&
                       drv(cuMemGetAddressRange_v2)(&start, &bytes, block[0]) != CUDA_SUCCESS &&
                       drv(cuStreamBeginCapture_v2)(stream, CU_STREAM_CAPTURE_MODE_RELAXED) !=
                           CUDA_SUCCESS;
      _exit(isRefused ? 0 : 1);
    }
    // One may hang before it comes to its alarm.
    int status = 0;
    pid_t ended = 0;
    for (long began = milliseconds(); !ended && milliseconds() - began < 8000; usleep(200))
      ended = waitpid(child, &status, WNOHANG);
    if (!ended) kill(child, SIGKILL);
    if (!ended || WIFSIGNALED(status)) break;
    answered += WEXITSTATUS(status) == 0;
  }
  over = true;
  for (int i = 0; i < CROWD; i++) pthread_join(crowd[i], NULL);
  say("children", answered);
  verify();
}

/// A context ends with a capture open in it, while another lives.
static void act_unfinished(void) {
  hold();
  MUST(cuCtxSetCurrent, context);
  CUcontext other;
  MUST(cuCtxCreate_v2, &other, 0, 0);
  MUST(cuStreamBeginCapture_v2, new_stream(), CU_STREAM_CAPTURE_MODE_RELAXED);
  MUST(cuCtxDestroy_v2, other);
  MUST(cuCtxSetCurrent, context);
  await_step(1);
  verify();
}

/// More memory than the driver has, with credit for it.
static void act_starved(void) {
  CUdeviceptr more;
  hold();
  await_step(1);
  say("answer", drv(cuMemAlloc_v2)(&more, PIECE));
  await_step(2);
}

static CUcontext second;

static void *serve_in_second(void *value) {
  (void)value;
  MUST(cuCtxSetCurrent, second);
  serve();
  return NULL;
}

/// Swapped out, a thread waits in one context while another, where our own streams are, ends.
static void act_leaver(void) {
  pthread_t waiting;
  CUdeviceptr more;
  hold();
  MUST(cuCtxCreate_v2, &second, 0, 0);
  MUST(cuMemAlloc_v2, &more, PIECE);
  block[0] = more;
  block_bytes = PIECE;
  await_step(1);
  pthread_create(&waiting, NULL, serve_in_second, NULL);
  await_step(2);
  long begin = milliseconds();
  MUST(cuCtxDestroy_v2, context);
  say("took", milliseconds() - begin);
  pthread_join(waiting, NULL);
  printf("intact\n");
}

int main(int count, char **words) {
  static const struct act acts[] = {
      {"created", act_created}, {"last", act_last},       {"twice", act_twice},
      {"foreign", act_foreign}, {"bare", act_bare},       {"capture", act_capture},
      {"endless", act_endless}, {"under", act_under},     {"leaver", act_leaver},
      {"quicker", act_quicker}, {"many", act_many},       {"crowded", act_crowded},
      {"children", act_children}, {"unfinished", act_unfinished}, {"starved", act_starved},
      {NULL, NULL},
  };
  return run_act(acts, count, words);
}

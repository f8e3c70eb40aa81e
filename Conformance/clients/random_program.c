// random-program FIRST COUNT [OPERATIONS [BUDGET_MIB]]
//
// Runs COUNT programs of the driver API, one after the other in one process; program n follows from
// seed FIRST + n alone. Prints for each `seed digest calls refusals`: the digest covers every
// status returned, every byte read back, and all memory at the end. No result depends on timing: a
// buffer that changes streams does so behind an event, and kernels do not care in which order
// threads run. Frees do not wait for work: the driver has to.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../probes/driver.h"
#include "random.h"
#include "random_kernels.h"

enum {
  BUFFERS = 24,
  STREAMS = 4,
  GRAPHS = 3,
  GRAPH_NODES = 4,
  STAGING = 1 << 18,
  THREADS_MAX = 2048,
};

struct buffer {
  CUdeviceptr address;
  size_t bytes;   // 0: no buffer here
  uint32_t words; // largest power of two of 4-byte words inside
  int stream;     // the stream of its latest use
  bool is_ordered; // allocated in stream order, so it may be freed so
  CUmemGenericAllocationHandle handle; // mapped by the program itself; 0: not
  int graphs;     // graphs that name it: it cannot be freed
};

struct graph {
  CUgraph built;
  CUgraphExec program;  // NULL: no graph here
  int used[2 * GRAPH_NODES], count;
};

static struct {
  struct random_source random;
  uint64_t digest;
  uint64_t calls, refusals;
  size_t budget, allocated;
  struct buffer buffers[BUFFERS];
  struct graph graphs[GRAPHS];
  CUstream streams[STREAMS];
  CUevent events[STREAMS];
  uint8_t *staging[STREAMS];     // pinned
  size_t staged[STREAMS];        // bytes that a copy out of the device left there, not yet digested
  bool staging_busy[STREAMS];
  uint8_t *pageable;
  CUmemoryPool pool;
  CUfunction mix, total, blend, turn;
} program;

static void digest(const void *bytes, size_t count) {
  const uint8_t *place = bytes;
  uint64_t hash = program.digest;
  for (; count >= 8; count -= 8, place += 8) {
    uint64_t word;
    memcpy(&word, place, 8);
    hash = (hash ^ word) * 0x9FB21C651E98DF25u;
    hash ^= hash >> 32;
  }
  for (; count; count--, place++) hash = (hash ^ *place) * 0x100000001B3u;
  program.digest = hash;
}

static CUresult noted(CUresult status) {
  program.calls++;
  if (status) program.refusals++;
  uint32_t number = (uint32_t)status;
  digest(&number, sizeof number);
  return status;
}
#define DO(name, ...) noted(drv(name)(__VA_ARGS__))

static void need(CUresult status, const char *what) {
  if (status == CUDA_SUCCESS) return;
  printf("failed: %s %d\n", what, (int)status);
  exit(1);
}
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

/// The stream is done with its staging memory; what came out of the device is digested.
static void settle(int stream) {
  if (!program.staging_busy[stream]) return;
  DO(cuStreamSynchronize, program.streams[stream]);
  digest(program.staging[stream], program.staged[stream]);
  program.staged[stream] = 0;
  program.staging_busy[stream] = false;
}

/// Puts the buffer's next use, on `stream`, behind its latest.
static void claim(struct buffer *buffer, int stream) {
  if (buffer->stream != stream) {
    DO(cuEventRecord, program.events[buffer->stream], program.streams[buffer->stream]);
    DO(cuStreamWaitEvent, program.streams[stream], program.events[buffer->stream], 0);
    buffer->stream = stream;
  }
}

/// Waits for the buffer's work, for calls that order themselves with the legacy stream only.
static void quiesce(struct buffer *buffer) {
  DO(cuStreamSynchronize, program.streams[buffer->stream]);
}

static struct buffer *any_buffer(void) {
  int start = (int)below(&program.random, BUFFERS);
  for (int i = 0; i < BUFFERS; i++) {
    struct buffer *buffer = &program.buffers[(start + i) % BUFFERS];
    if (buffer->bytes) return buffer;
  }
  return NULL;
}

static int any_stream(void) { return (int)below(&program.random, STREAMS); }

static size_t any_size(void) {
  switch (below(&program.random, 10)) {
  case 0:
  case 1:
  case 2:
  case 3: return 1024 + below(&program.random, 64 << 10);
  case 4:
  case 5:
  case 6: return (64 << 10) + below(&program.random, 2 << 20);
  default: return (2 << 20) + below(&program.random, 10 << 20);
  }
}

/// Maps memory at addresses of its own, as large as it likes, and no more than it needs.
static CUresult map(struct buffer *buffer, size_t bytes) {
  CUmemAllocationProp properties = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
                                    .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  CUmemAccessDesc access = {properties.location, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  CUresult status = DO(cuMemCreate, &buffer->handle, bytes, &properties, 0);
  if (status) {
    buffer->handle = 0;
    return status;
  }
  MUST(cuMemAddressReserve, &buffer->address, bytes, 0, 0, 0);
  DO(cuMemMap, buffer->address, bytes, 0, buffer->handle, 0);
  return DO(cuMemSetAccess, buffer->address, bytes, &access, 1);
}

static void unmap(struct buffer *buffer) {
  bool early = below(&program.random, 2);
  if (early) DO(cuMemRelease, buffer->handle);
  DO(cuMemUnmap, buffer->address, buffer->bytes);
  if (!early) DO(cuMemRelease, buffer->handle);
  DO(cuMemAddressFree, buffer->address, buffer->bytes);
  buffer->handle = 0;
}

static void allocate(void) {
  struct buffer *place = NULL;
  for (int i = 0; i < BUFFERS && !place; i++)
    if (!program.buffers[i].bytes) place = &program.buffers[i];
  size_t bytes = any_size();
  uint32_t fill = (uint32_t)draw(&program.random);
  int stream = any_stream();
  if (!place || program.allocated + bytes > program.budget) return;
  uint32_t way = below(&program.random, 6);
  bool is_mapped = way > 3 && bytes >= 2 << 20;
  if (is_mapped) bytes = bytes / (2 << 20) * (2 << 20);
  CUresult status = is_mapped ? map(place, bytes)
    : way > 2 ? DO(cuMemAlloc_v2, &place->address, bytes)
    : way > 0 ? DO(cuMemAllocAsync, &place->address, bytes, program.streams[stream])
              : DO(cuMemAllocFromPoolAsync, &place->address, bytes, program.pool,
                   program.streams[stream]);
  if (status) return;
  place->is_ordered = way <= 2;
  place->bytes = bytes;
  place->stream = stream;
  place->graphs = 0;
  place->words = 1;
  while (place->words * 8ull <= bytes) place->words *= 2;
  program.allocated += bytes;
  // New memory holds anything: fill it. At once and on a stream of its own, although what was freed
  // here before may still be in use by work submitted earlier.
  DO(cuMemsetD8Async, place->address, (unsigned char)fill, bytes, program.streams[stream]);
}

static void release(struct buffer *buffer) {
  if (buffer->handle) {
    unmap(buffer);
  } else if (buffer->is_ordered && below(&program.random, 4)) {
    int stream = any_stream();
    claim(buffer, stream);
    DO(cuMemFreeAsync, buffer->address, program.streams[stream]);
  } else {
    DO(cuMemFree_v2, buffer->address);
  }
  program.allocated -= buffer->bytes;
  buffer->bytes = 0;
}

static void release_any(void) {
  struct buffer *buffer = any_buffer();
  if (buffer && !buffer->graphs) release(buffer);
}

static void part_of(struct buffer *buffer, size_t most, size_t *offset, size_t *bytes) {
  size_t limit = buffer->bytes < most ? buffer->bytes : most;
  *bytes = 1 + below(&program.random, (uint32_t)limit);
  *offset = below(&program.random, (uint32_t)(buffer->bytes - *bytes + 1));
}

static void set(void) {
  struct buffer *buffer = any_buffer();
  if (!buffer) return;
  size_t offset, bytes;
  part_of(buffer, buffer->bytes, &offset, &bytes);
  uint32_t value = (uint32_t)draw(&program.random);
  int stream = any_stream();
  CUdeviceptr words = buffer->address + offset / 4 * 4;
  size_t count = (bytes + offset % 4) / 4;
  switch (below(&program.random, 3)) {
  case 0:
    claim(buffer, stream);
    DO(cuMemsetD8Async, buffer->address + offset, (unsigned char)value, bytes,
       program.streams[stream]);
    break;
  case 1:
    claim(buffer, stream);
    DO(cuMemsetD32Async, words, value, count, program.streams[stream]);
    break;
  default:
    quiesce(buffer);
    DO(cuMemsetD32_v2, words, value, count);
    DO(cuStreamSynchronize, NULL);
  }
}

static void fill_bytes(uint8_t *bytes, size_t count) {
  uint64_t word = draw(&program.random);
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(word >> (i % 8 * 8)) ^ (uint8_t)(i >> 8);
}

static void copy_in(void) {
  struct buffer *buffer = any_buffer();
  if (!buffer) return;
  size_t offset, bytes;
  int stream = any_stream();
  part_of(buffer, STAGING, &offset, &bytes);
  switch (below(&program.random, 3)) {
  case 0:
    settle(stream);
    fill_bytes(program.staging[stream], bytes);
    claim(buffer, stream);
    program.staging_busy[stream] = true;
    DO(cuMemcpyHtoDAsync_v2, buffer->address + offset, program.staging[stream], bytes,
       program.streams[stream]);
    break;
  case 1:
    fill_bytes(program.pageable, bytes);
    claim(buffer, stream);
    DO(cuMemcpyHtoDAsync_v2, buffer->address + offset, program.pageable, bytes,
       program.streams[stream]);
    break;
  default:
    fill_bytes(program.pageable, bytes);
    quiesce(buffer);
    DO(cuMemcpyHtoD_v2, buffer->address + offset, program.pageable, bytes);
    DO(cuStreamSynchronize, NULL);
  }
}

static void copy_out(void) {
  struct buffer *buffer = any_buffer();
  if (!buffer) return;
  size_t offset, bytes;
  int stream = any_stream();
  part_of(buffer, STAGING, &offset, &bytes);
  if (below(&program.random, 2)) {
    settle(stream);
    claim(buffer, stream);
    program.staging_busy[stream] = true;
    program.staged[stream] = bytes;
    DO(cuMemcpyDtoHAsync_v2, program.staging[stream], buffer->address + offset, bytes,
       program.streams[stream]);
    return;
  }
  quiesce(buffer);
  if (!DO(cuMemcpyDtoH_v2, program.pageable, buffer->address + offset, bytes))
    digest(program.pageable, bytes);
}

static void copy_within(void) {
  struct buffer *to = any_buffer(), *from = any_buffer();
  if (!to || to == from) return;
  size_t bytes = to->bytes < from->bytes ? to->bytes : from->bytes;
  bytes = 1 + below(&program.random, (uint32_t)bytes);
  size_t behind = below(&program.random, (uint32_t)(from->bytes - bytes + 1));
  int stream = any_stream();
  claim(to, stream);
  claim(from, stream);
  DO(cuMemcpyDtoDAsync_v2, to->address, from->address + behind, bytes, program.streams[stream]);
}

struct call {
  CUfunction function;
  unsigned blocks, threads;
  void *values[6];
  uint32_t words, qwords, stride, k;
  float a;
};

/// A random kernel call on one or two buffers; the values live in `call`.
static void describe(struct call *call, struct buffer *p, struct buffer *q) {
  call->words = p->words;
  call->qwords = q->words;
  call->stride = below(&program.random, 1 << 16) * 2 + 1;
  call->k = (uint32_t)draw(&program.random);
  call->a = (float)below(&program.random, 1000) / 8;
  uint32_t most = p->words < THREADS_MAX ? p->words : THREADS_MAX;
  call->threads = most < 128 ? most : 128;
  call->blocks = 1 + below(&program.random, most / call->threads);
  call->values[0] = &p->address;
  switch (below(&program.random, 5)) {
  case 0:
    call->function = program.total;
    call->values[1] = &q->address;
    call->values[2] = &call->qwords;
    call->values[3] = &call->stride;
    break;
  case 1:
    call->function = program.blend;
    call->values[1] = &call->words;
    call->values[2] = &call->a;
    break;
  case 2:
    call->function = program.turn;
    call->blocks = 1;
    call->threads = 256;
    break;
  default:
    call->function = program.mix;
    call->values[1] = &call->words;
    call->values[2] = &q->address;
    call->values[3] = &call->qwords;
    call->values[4] = &call->stride;
    call->values[5] = &call->k;
  }
}

static void launch(void) {
  struct buffer *p = any_buffer(), *q = any_buffer();
  if (!p || p == q) return;
  int stream = any_stream();
  struct call call;
  describe(&call, p, q);
  claim(p, stream);
  claim(q, stream);
  CUstream queue = program.streams[stream];
  CUlaunchConfig shape = {.gridDimX = call.blocks, .gridDimY = 1, .gridDimZ = 1,
                          .blockDimX = call.threads, .blockDimY = 1, .blockDimZ = 1,
                          .hStream = queue};
  // Every form of a launch; with a stream that has a name the per-thread forms mean the same.
  switch (below(&program.random, 6)) {
  case 0: DO(cuLaunchKernelEx, &shape, call.function, call.values, NULL); break;
  case 1: DO(cuLaunchKernelEx_ptsz, &shape, call.function, call.values, NULL); break;
  case 2:
    DO(cuLaunchCooperativeKernel, call.function, call.blocks, 1, 1, call.threads, 1, 1, 0, queue,
       call.values);
    break;
  case 3:
    DO(cuLaunchKernel_ptsz, call.function, call.blocks, 1, 1, call.threads, 1, 1, 0, queue,
       call.values, NULL);
    break;
  default:
    DO(cuLaunchKernel, call.function, call.blocks, 1, 1, call.threads, 1, 1, 0, queue,
       call.values, NULL);
  }
}

static CUresult add_node(struct graph *graph, CUgraphNode *node, CUgraphNode *after,
                         struct buffer *p, struct buffer *q) {
  CUcontext context;
  MUST(cuCtxGetCurrent, &context);
  size_t edges = after ? 1 : 0;
  uint32_t kind = below(&program.random, 4);
  if (kind == 0) {
    CUDA_MEMSET_NODE_PARAMS set = {p->address, 0, (uint32_t)draw(&program.random), 4, p->words, 1};
    return DO(cuGraphAddMemsetNode, node, graph->built, after, edges, &set, context);
  }
  if (kind == 1) {
    CUDA_MEMCPY3D copy;
    memset(&copy, 0, sizeof copy);
    copy.srcMemoryType = copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = p->address;
    copy.srcDevice = q->address;
    copy.WidthInBytes = p->bytes < q->bytes ? p->bytes : q->bytes;
    copy.srcPitch = copy.dstPitch = copy.WidthInBytes;
    copy.Height = copy.Depth = 1;
    return DO(cuGraphAddMemcpyNode, node, graph->built, after, edges, &copy, context);
  }
  struct call call;
  describe(&call, p, q);
  CUDA_KERNEL_NODE_PARAMS_v1 node_call;
  memset(&node_call, 0, sizeof node_call);
  node_call.func = call.function;
  node_call.gridDimX = call.blocks;
  node_call.gridDimY = node_call.gridDimZ = 1;
  node_call.blockDimX = call.threads;
  node_call.blockDimY = node_call.blockDimZ = 1;
  node_call.kernelParams = call.values;
  return DO(cuGraphAddKernelNode, node, graph->built, after, edges, &node_call);
}

/// A chain of nodes: its result does not depend on how nodes overlap.
static void build_graph(void) {
  struct graph *graph = NULL;
  for (int i = 0; i < GRAPHS && !graph; i++)
    if (!program.graphs[i].program) graph = &program.graphs[i];
  if (!graph || !any_buffer()) return;
  if (DO(cuGraphCreate, &graph->built, 0)) return;
  CUgraphNode nodes[GRAPH_NODES];
  graph->count = 0;
  int count = 1 + (int)below(&program.random, GRAPH_NODES), made = 0;
  for (int i = 0; i < count; i++) {
    struct buffer *p = any_buffer(), *q = any_buffer();
    if (p == q) continue;
    if (add_node(graph, &nodes[made], made ? &nodes[made - 1] : NULL, p, q)) continue;
    made++;
    p->graphs++;
    q->graphs++;
    graph->used[graph->count++] = (int)(p - program.buffers);
    graph->used[graph->count++] = (int)(q - program.buffers);
  }
  if (DO(cuGraphInstantiateWithFlags, &graph->program, graph->built, 0)) graph->program = NULL;
  if (graph->program) return;
  for (int i = 0; i < graph->count; i++) program.buffers[graph->used[i]].graphs--;
  DO(cuGraphDestroy, graph->built);
}

static struct graph *any_graph(void) {
  int start = (int)below(&program.random, GRAPHS);
  for (int i = 0; i < GRAPHS; i++) {
    struct graph *graph = &program.graphs[(start + i) % GRAPHS];
    if (graph->program) return graph;
  }
  return NULL;
}

static void run_graph(void) {
  struct graph *graph = any_graph();
  if (!graph) return;
  int stream = any_stream();
  for (int i = 0; i < graph->count; i++) claim(&program.buffers[graph->used[i]], stream);
  uint32_t times = 1 + below(&program.random, 3);
  while (times--) DO(cuGraphLaunch, graph->program, program.streams[stream]);
}

static void drop_graph(struct graph *graph) {
  if (!graph) return;
  DO(cuCtxSynchronize, );
  DO(cuGraphExecDestroy, graph->program);
  DO(cuGraphDestroy, graph->built);
  graph->program = NULL;
  for (int i = 0; i < graph->count; i++) program.buffers[graph->used[i]].graphs--;
}

static void ask(void) {
  struct buffer *buffer = any_buffer();
  if (!buffer) return;
  CUdeviceptr base = 0, inside = buffer->address + below(&program.random, (uint32_t)buffer->bytes);
  size_t bytes = 0;
  unsigned type = 0;
  DO(cuMemGetAddressRange_v2, &base, &bytes, inside);
  DO(cuPointerGetAttribute, &type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, inside);
  uint64_t answers[3] = {base == buffer->address, bytes == buffer->bytes, type};
  digest(answers, sizeof answers);
}

/// Calls that every driver refuses.
static void misuse(void) {
  CUdeviceptr address = 0;
  struct buffer *buffer = any_buffer();
  switch (below(&program.random, 4)) {
  case 0: DO(cuMemAlloc_v2, &address, (size_t)1 << 46); break;
  case 1: DO(cuMemAlloc_v2, &address, 0); break;
  case 2: DO(cuMemFree_v2, 0x1000); break;
  default:
    if (buffer) DO(cuMemFree_v2, buffer->address + 64);
  }
}

static void step(void) {
  uint32_t choice = below(&program.random, 100);
  if (choice < 14) allocate();
  else if (choice < 20) release_any();
  else if (choice < 30) set();
  else if (choice < 43) copy_in();
  else if (choice < 54) copy_out();
  else if (choice < 62) copy_within();
  else if (choice < 82) launch();
  else if (choice < 85) build_graph();
  else if (choice < 90) run_graph();
  else if (choice < 91) drop_graph(any_graph());
  else if (choice < 93) ask();
  else if (choice < 95) settle(any_stream());
  else if (choice < 97) DO(cuCtxSynchronize, );
  else if (choice < 98) misuse();
  else usleep(200 + below(&program.random, 3000));
}

static void read_all(void) {
  uint8_t *copy = malloc(program.budget);
  for (int i = 0; i < BUFFERS; i++) {
    struct buffer *buffer = &program.buffers[i];
    if (!buffer->bytes) continue;
    quiesce(buffer);
    if (!DO(cuMemcpyDtoH_v2, copy, buffer->address, buffer->bytes)) digest(copy, buffer->bytes);
  }
  free(copy);
}

static void run(uint64_t seed, int operations) {
  // Mixed first: neighbouring states of this source give one sequence, shifted.
  struct random_source mixer = {seed};
  program.random.state = draw(&mixer);
  program.digest = 0xCBF29CE484222325u;
  program.calls = program.refusals = 0;
  for (int i = 0; i < 5; i++) allocate();
  for (int i = 0; i < operations; i++) step();
  for (int i = 0; i < STREAMS; i++) settle(i);
  read_all();
  for (int i = 0; i < GRAPHS; i++)
    if (program.graphs[i].program) drop_graph(&program.graphs[i]);
  for (int i = 0; i < BUFFERS; i++)
    if (program.buffers[i].bytes) release(&program.buffers[i]);
  DO(cuCtxSynchronize, );
  printf("%llu %016llx %llu %llu\n", (unsigned long long)seed, (unsigned long long)program.digest,
         (unsigned long long)program.calls, (unsigned long long)program.refusals);
  fflush(stdout);
}

static void prepare(size_t budget) {
  CUcontext context;
  CUmodule module;
  CUlibrary library;
  CUkernel turn;
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
  MUST(cuModuleLoadData, &module, random_kernels);
  MUST(cuModuleGetFunction, &program.mix, module, "mix");
  MUST(cuModuleGetFunction, &program.total, module, "total");
  MUST(cuModuleGetFunction, &program.blend, module, "blend");
  // One of them as kernel of a library, which takes the place of a function.
  MUST(cuLibraryLoadData, &library, random_kernels, NULL, NULL, 0, NULL, NULL, 0);
  MUST(cuLibraryGetKernel, &turn, library, "turn");
  MUST(cuKernelGetFunction, &program.turn, turn);
  for (int i = 0; i < STREAMS; i++) {
    void *staging;
    MUST(cuStreamCreate, &program.streams[i], i == 3 ? CU_STREAM_DEFAULT : CU_STREAM_NON_BLOCKING);
    MUST(cuEventCreate, &program.events[i], CU_EVENT_DISABLE_TIMING);
    MUST(cuMemHostAlloc, &staging, STAGING, 0);
    program.staging[i] = staging;
  }
  CUmemPoolProps properties = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  MUST(cuMemPoolCreate, &program.pool, &properties);
  program.pageable = malloc(STAGING);
  program.budget = budget;
}

int main(int count, char **words) {
  if (count < 3) {
    fprintf(stderr, "usage: random-program FIRST COUNT [OPERATIONS [BUDGET_MIB]]\n");
    return 2;
  }
  uint64_t first = strtoull(words[1], NULL, 10), programs = strtoull(words[2], NULL, 10);
  int operations = count > 3 ? atoi(words[3]) : 120;
  prepare((size_t)(count > 4 ? atoi(words[4]) : 40) << 20);
  uint64_t calls = 0, refusals = 0;
  for (uint64_t i = 0; i < programs; i++) {
    run(first + i, operations);
    calls += program.calls;
    refusals += program.refusals;
  }
  printf("calls %llu refusals %llu\n", (unsigned long long)calls, (unsigned long long)refusals);
  return refusals * 10 > calls ? 1 : 0;
}

// Graphs, built node by node and captured, changed before and after they are instantiated.
#include "catalogue.h"

/// A chain of one node of each kind, kept for the whole program, and its instance.
static struct {
  CUgraph graph;
  CUgraphExec exec;
  CUgraphNode kernel, copy, set, host, empty;
  uint64_t counter; // what the host node counts
} chain;

static void count_up(void *counter) { ++*(uint64_t *)counter; }

static CUDA_HOST_NODE_PARAMS counting(void) {
  return (CUDA_HOST_NODE_PARAMS){count_up, &chain.counter};
}

static CUDA_KERNEL_NODE_PARAMS_v1 kernel_node(struct mixing *mixing) {
  describe(mixing);
  return (CUDA_KERNEL_NODE_PARAMS_v1){.func = world.mix, .gridDimX = 2, .gridDimY = 1,
                                      .gridDimZ = 1, .blockDimX = 64, .blockDimY = 1,
                                      .blockDimZ = 1, .kernelParams = mixing->values};
}

static CUDA_KERNEL_NODE_PARAMS kernel_node_2(struct mixing *mixing) {
  describe(mixing);
  return (CUDA_KERNEL_NODE_PARAMS){.func = world.mix, .gridDimX = 3, .gridDimY = 1,
                                   .gridDimZ = 1, .blockDimX = 32, .blockDimY = 1,
                                   .blockDimZ = 1, .kernelParams = mixing->values};
}

static CUDA_MEMCPY3D copy_node(void) {
  struct pair pair = any_pair();
  return (CUDA_MEMCPY3D){.srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = pair.from,
                         .dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = pair.to,
                         .srcPitch = pair.bytes, .dstPitch = pair.bytes,
                         .WidthInBytes = pair.bytes, .Height = 1, .Depth = 1};
}

static CUDA_MEMSET_NODE_PARAMS set_node(void) {
  struct pair pair = any_pair();
  return (CUDA_MEMSET_NODE_PARAMS){pair.to, 0, (unsigned)draw(&world.random), 4, pair.bytes / 4, 1};
}

void make_graphs(void) {
  struct mixing mixing;
  CUDA_KERNEL_NODE_PARAMS_v1 kernel = kernel_node(&mixing);
  CUDA_MEMCPY3D copy = copy_node();
  CUDA_MEMSET_NODE_PARAMS set = set_node();
  CUDA_HOST_NODE_PARAMS host = {count_up, &chain.counter};
  chain.counter = 0;
  MUST(cuGraphCreate, &chain.graph, 0);
  MUST(cuGraphAddKernelNode, &chain.kernel, chain.graph, NULL, 0, &kernel);
  MUST(cuGraphAddMemcpyNode, &chain.copy, chain.graph, &chain.kernel, 1, &copy, world.context);
  MUST(cuGraphAddMemsetNode, &chain.set, chain.graph, &chain.copy, 1, &set, world.context);
  MUST(cuGraphAddHostNode, &chain.host, chain.graph, &chain.set, 1, &host);
  MUST(cuGraphAddEmptyNode, &chain.empty, chain.graph, &chain.host, 1);
  MUST(cuGraphInstantiateWithFlags, &chain.exec, chain.graph, 0);
}

void drop_graphs(void) {
  finish_work();
  digest(&chain.counter, sizeof chain.counter);
  DO(cuGraphExecDestroy, chain.exec);
  DO(cuGraphDestroy, chain.graph);
}

/// Buffers come and go; nodes must name memory that is there when the graph runs.
void refresh_graphs(void) {
  struct mixing mixing;
  CUDA_KERNEL_NODE_PARAMS_v1 kernel = kernel_node(&mixing);
  CUDA_MEMCPY3D copy = copy_node();
  CUDA_MEMSET_NODE_PARAMS set = set_node();
  finish_work();
  DO(cuGraphExecKernelNodeSetParams, chain.exec, chain.kernel, &kernel);
  DO(cuGraphExecMemcpyNodeSetParams, chain.exec, chain.copy, &copy, world.context);
  DO(cuGraphExecMemsetNodeSetParams, chain.exec, chain.set, &set, world.context);
}

#define RUN(entry, stream)                                                         \
  OPERATION(entry, ALONE) {                                                        \
    uint32_t times = 1 + any(3);                                                   \
    finish_work();                                                                 \
    CUstream on = stream;                                                          \
    while (times--) DO(entry, chain.exec, on);                                     \
    finish_work();                                                                 \
  }
RUN(cuGraphLaunch, queue())
RUN(cuGraphLaunch_ptsz, PER_THREAD)
RUN(cuGraphUpload, queue())
RUN(cuGraphUpload_ptsz, PER_THREAD)

// Nodes are added to a graph of its own, which then runs once.

/// Instantiates, runs and destroys; `graph` has only nodes on memory that is there.
static void run_once(CUgraph graph) {
  CUgraphExec exec;
  CUstream stream = queue();
  if (DO(cuGraphInstantiateWithFlags, &exec, graph, 0)) return;
  DO(cuGraphLaunch, exec, stream);
  finish_work();
  DO(cuGraphExecDestroy, exec);
}

#define BUILD(entry, parameters, ...)                                              \
  OPERATION(entry, ALONE) {                                                        \
    CUgraph graph;                                                                 \
    CUgraphNode first, node;                                                       \
    struct mixing mixing = {0};                                                    \
    MUST(cuGraphCreate, &graph, 0);                                                \
    MUST(cuGraphAddEmptyNode, &first, graph, NULL, 0);                             \
    parameters;                                                                    \
    if (!DO(entry, &node, graph, &first, 1, __VA_ARGS__)) run_once(graph);         \
    (void)mixing;                                                                  \
    DO(cuGraphDestroy, graph);                                                     \
  }
BUILD(cuGraphAddKernelNode, CUDA_KERNEL_NODE_PARAMS_v1 of = kernel_node(&mixing), &of)
BUILD(cuGraphAddKernelNode_v2, CUDA_KERNEL_NODE_PARAMS of = kernel_node_2(&mixing), &of)
BUILD(cuGraphAddMemcpyNode, CUDA_MEMCPY3D of = copy_node(), &of, world.context)
BUILD(cuGraphAddMemsetNode, CUDA_MEMSET_NODE_PARAMS of = set_node(), &of, world.context)
BUILD(cuGraphAddHostNode, CUDA_HOST_NODE_PARAMS of = counting(), &of)

OPERATION(cuGraphAddChildGraphNode, ALONE) {
  CUgraph graph, child;
  CUgraphNode node, inner;
  CUDA_MEMSET_NODE_PARAMS set = set_node();
  MUST(cuGraphCreate, &child, 0);
  MUST(cuGraphAddMemsetNode, &inner, child, NULL, 0, &set, world.context);
  MUST(cuGraphCreate, &graph, 0);
  if (!DO(cuGraphAddChildGraphNode, &node, graph, NULL, 0, child)) run_once(graph);
  DO(cuGraphDestroy, child);
  DO(cuGraphDestroy, graph);
}

#define INSTANTIATE(entry, ...)                                                    \
  OPERATION(entry, ALONE) {                                                        \
    CUgraphExec exec;                                                              \
    CUDA_GRAPH_INSTANTIATE_PARAMS how = {0};                                       \
    CUgraphNode refused = NULL;                                                    \
    char log[64] = "";                                                             \
    (void)how, (void)refused, (void)log;                                           \
    if (DO(entry, &exec, chain.graph, __VA_ARGS__)) return;                        \
    cuuint64_t flags = 0;                                                          \
    SEE(DO(cuGraphExecGetFlags, exec, &flags), flags);                             \
    DO(cuGraphExecDestroy, exec);                                                  \
  }
INSTANTIATE(cuGraphInstantiate, &refused, log, sizeof log)
INSTANTIATE(cuGraphInstantiate_v2, &refused, log, sizeof log)
INSTANTIATE(cuGraphInstantiateWithFlags, 0)
INSTANTIATE(cuGraphInstantiateWithParams, &how)
INSTANTIATE(cuGraphInstantiateWithParams_ptsz, &how)

OPERATION(cuGraphExecMemcpyNodeSetParams, ALONE) {
  CUDA_MEMCPY3D copy = copy_node();
  finish_work();
  DO(cuGraphExecMemcpyNodeSetParams, chain.exec, chain.copy, &copy, world.context);
}

OPERATION(cuGraphExecMemsetNodeSetParams, ALONE) {
  CUDA_MEMSET_NODE_PARAMS set = set_node();
  finish_work();
  DO(cuGraphExecMemsetNodeSetParams, chain.exec, chain.set, &set, world.context);
}

OPERATION(cuGraphExecKernelNodeSetParams, ALONE) {
  struct mixing mixing;
  CUDA_KERNEL_NODE_PARAMS_v1 kernel = kernel_node(&mixing);
  finish_work();
  DO(cuGraphExecKernelNodeSetParams, chain.exec, chain.kernel, &kernel);
}

OPERATION(cuGraphExecKernelNodeSetParams_v2, ALONE) {
  struct mixing mixing;
  CUDA_KERNEL_NODE_PARAMS kernel = kernel_node_2(&mixing);
  finish_work();
  DO(cuGraphExecKernelNodeSetParams_v2, chain.exec, chain.kernel, &kernel);
}

OPERATION(cuGraphExecHostNodeSetParams, ALONE) {
  CUDA_HOST_NODE_PARAMS host = {count_up, &chain.counter};
  finish_work();
  DO(cuGraphExecHostNodeSetParams, chain.exec, chain.host, &host);
}

OPERATION(cuGraphKernelNodeSetParams, ALONE) {
  struct mixing mixing;
  CUDA_KERNEL_NODE_PARAMS_v1 kernel = kernel_node(&mixing);
  DO(cuGraphKernelNodeSetParams, chain.kernel, &kernel);
}

OPERATION(cuGraphKernelNodeSetParams_v2, ALONE) {
  struct mixing mixing;
  CUDA_KERNEL_NODE_PARAMS kernel = kernel_node_2(&mixing);
  DO(cuGraphKernelNodeSetParams_v2, chain.kernel, &kernel);
}

OPERATION(cuGraphClone, ALONE) {
  CUgraph clone;
  if (!DO(cuGraphClone, &clone, chain.graph)) DO(cuGraphDestroy, clone);
}

OPERATION(cuGraphAddDependencies, ALONE) {
  CUgraph graph;
  CUgraphNode one, other, nodes[4], found = NULL;
  CUgraphNodeType type = 0;
  size_t count = 4;
  MUST(cuGraphCreate, &graph, 0);
  MUST(cuGraphAddEmptyNode, &one, graph, NULL, 0);
  MUST(cuGraphAddEmptyNode, &other, graph, NULL, 0);
  if (any(2)) DO(cuGraphAddDependencies, graph, &one, &other, 1);
  else DO(cuGraphAddDependencies_v2, graph, &one, &other, NULL, 1);
  SEE(DO(cuGraphGetNodes, graph, nodes, &count), count);
  count = 4;
  SEE(DO(cuGraphGetRootNodes, graph, nodes, &count), count);
  count = 1;
  SEE(DO(cuGraphNodeGetDependencies, other, &found, &count), count);
  SEE(DO(cuGraphNodeGetType, one, &type), type);
  DO(cuGraphDestroyNode, one);
  DO(cuGraphDestroy, graph);
}

// Captures. What is captured is any operation that may be.

extern const struct operation __start_operations[], __stop_operations[];

static void capture_something(void) {
  int count = (int)(__stop_operations - __start_operations), wanted = 1 + (int)any(3);
  int start = (int)any((uint32_t)count);
  for (int i = 0; i < count && wanted; i++) {
    const struct operation *operation = &__start_operations[(start + 7 * i) % count];
    if (operation->kind != CAPTURABLE) continue;
    operation->run();
    wanted--;
  }
}

static void run_captured(CUgraph graph) {
  if (!graph) return;
  run_once(graph);
  DO(cuGraphDestroy, graph);
}

#define CAPTURE(entry, ending, stream, ...)                                        \
  OPERATION(entry, ALONE) {                                                        \
    CUgraph graph = NULL;                                                          \
    CUstream on = world.streams[any(STREAMS)];                                     \
    finish_work();                                                                 \
    if (DO(entry, on, ##__VA_ARGS__)) return;                                      \
    world.capturing = on;                                                          \
    capture_something();                                                           \
    world.capturing = NULL;                                                        \
    if (DO(ending, on, &graph)) graph = NULL;                                      \
    run_captured(graph);                                                           \
  }
CAPTURE(cuStreamBeginCapture, cuStreamEndCapture, on)
CAPTURE(cuStreamBeginCapture_ptsz, cuStreamEndCapture_ptsz, on)
CAPTURE(cuStreamBeginCapture_v2, cuStreamEndCapture, on, (CUstreamCaptureMode)any(3))
CAPTURE(cuStreamBeginCapture_v2_ptsz, cuStreamEndCapture_ptsz, on, (CUstreamCaptureMode)any(3))

#define CAPTURE_INTO(entry, ending)                                                \
  OPERATION(entry, ALONE) {                                                        \
    CUgraph graph, same;                                                           \
    CUstream on = world.streams[any(STREAMS)];                                     \
    CUstreamCaptureStatus status = 0;                                              \
    finish_work();                                                                 \
    MUST(cuGraphCreate, &graph, 0);                                                \
    if (DO(entry, on, graph, NULL, NULL, 0, CU_STREAM_CAPTURE_MODE_RELAXED)) return; \
    world.capturing = on;                                                          \
    SEE(DO(cuStreamIsCapturing, on, &status), status);                             \
    SEE(DO(cuStreamIsCapturing_ptsz, on, &status), status);                        \
    capture_something();                                                           \
    world.capturing = NULL;                                                        \
    if (DO(ending, on, &same)) return;                                             \
    run_captured(graph);                                                           \
  }
CAPTURE_INTO(cuStreamBeginCaptureToGraph, cuStreamEndCapture)
CAPTURE_INTO(cuStreamBeginCaptureToGraph_ptsz, cuStreamEndCapture_ptsz)

/// A call that a capture does not allow spoils it, and everybody is told.
OPERATION(cuThreadExchangeStreamCaptureMode, ALONE) {
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  CUstream on = world.streams[0];
  CUgraph graph = NULL;
  finish_work();
  SEE(DO(cuThreadExchangeStreamCaptureMode, &mode), mode);
  if (DO(cuStreamBeginCapture_v2, on, CU_STREAM_CAPTURE_MODE_GLOBAL)) return;
  DO(cuStreamSynchronize, on);
  DO(cuStreamEndCapture, on, &graph);
  SEE(DO(cuThreadExchangeStreamCaptureMode, &mode), mode);
}

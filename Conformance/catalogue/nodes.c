// Nodes by the name for every kind, nodes of stream operations, and changes by either.
#include "catalogue.h"

/// A graph of one node of a kind, and its instance.
struct single {
  CUgraph graph;
  CUgraphNode node;
  CUgraphExec exec;
};

enum { KERNEL, COPY, SET, VALUES, KINDS };

/// What a node of the kind does; the memory it points to lives as long as the world's.
static CUgraphNodeParams any_node(int kind) {
  static struct mixing mixing;
  static CUstreamBatchMemOpParams list[3];
  struct pair pair = any_pair();
  CUgraphNodeParams params = {0};
  switch (kind) {
  case KERNEL:
    describe(&mixing);
    params.type = CU_GRAPH_NODE_TYPE_KERNEL;
    params.kernel = (CUDA_KERNEL_NODE_PARAMS){
        .func = world.mix, .gridDimX = 1 + any(4), .gridDimY = 1, .gridDimZ = 1, .blockDimX = 64,
        .blockDimY = 1, .blockDimZ = 1, .kernelParams = mixing.values};
    break;
  case COPY:
    params.type = CU_GRAPH_NODE_TYPE_MEMCPY;
    params.memcpy.copyCtx = world.context;
    params.memcpy.copyParams = (CUDA_MEMCPY3D){
        .srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = pair.from, .srcPitch = pair.bytes,
        .dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = pair.to, .dstPitch = pair.bytes,
        .WidthInBytes = pair.bytes, .Height = 1, .Depth = 1};
    break;
  case SET:
    params.type = CU_GRAPH_NODE_TYPE_MEMSET;
    params.memset = (CUDA_MEMSET_NODE_PARAMS_v2){
        pair.to, 0, (unsigned)draw(&world.random), 4, pair.bytes / 4, 1, world.context};
    break;
  default:
    any_values(list);
    params.type = CU_GRAPH_NODE_TYPE_BATCH_MEM_OP;
    params.memOp = (CUDA_BATCH_MEM_OP_NODE_PARAMS){world.context, 3, list, 0};
  }
  return params;
}

static void run(CUgraphExec exec) {
  CUstream stream = queue();
  DO(cuGraphLaunch, exec, stream);
  finish_work();
}

static void run_and_drop(CUgraph graph) {
  CUgraphExec exec;
  if (!DO(cuGraphInstantiateWithFlags, &exec, graph, 0)) {
    run(exec);
    DO(cuGraphExecDestroy, exec);
  }
  DO(cuGraphDestroy, graph);
}

OPERATION(cuGraphAddNode, ALONE) {
  CUgraph graph;
  CUgraphNode node;
  CUgraphNodeParams params = any_node((int)any(KINDS));
  MUST(cuGraphCreate, &graph, 0);
  DO(cuGraphAddNode, &node, graph, NULL, 0, &params);
  run_and_drop(graph);
}

/// A node that brings memory of its own.
NAMED_OPERATION(memory_node, cuGraphAddNode, PINNING) {
  CUgraph graph;
  CUgraphNode node;
  CUgraphNodeParams params = {.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC};
  MUST(cuGraphCreate, &graph, 0);
  DO(cuGraphAddNode, &node, graph, NULL, 0, &params);
  DO(cuGraphDestroy, graph);
}

OPERATION(cuGraphAddNode_v2, ALONE) {
  CUgraph graph;
  CUgraphNode node;
  CUgraphNodeParams params = any_node((int)any(KINDS));
  MUST(cuGraphCreate, &graph, 0);
  DO(cuGraphAddNode_v2, &node, graph, NULL, NULL, 0, &params);
  run_and_drop(graph);
}

OPERATION(cuGraphAddBatchMemOpNode, ALONE) {
  CUgraph graph;
  CUgraphNode node;
  CUgraphNodeParams params = any_node(VALUES);
  MUST(cuGraphCreate, &graph, 0);
  DO(cuGraphAddBatchMemOpNode, &node, graph, NULL, 0, &params.memOp);
  run_and_drop(graph);
}

// Changes are made to one graph for each kind, which the program keeps.

static struct single kept[KINDS];

void make_nodes(void) {
  for (int kind = 0; kind < KINDS; kind++) {
    struct single *single = &kept[kind];
    CUgraphNodeParams params = any_node(kind);
    MUST(cuGraphCreate, &single->graph, 0);
    MUST(cuGraphAddNode, &single->node, single->graph, NULL, 0, &params);
    MUST(cuGraphInstantiateWithFlags, &single->exec, single->graph, 0);
  }
}

void drop_nodes(void) {
  for (int kind = 0; kind < KINDS; kind++) {
    DO(cuGraphExecDestroy, kept[kind].exec);
    DO(cuGraphDestroy, kept[kind].graph);
  }
}

OPERATION(cuGraphExecNodeSetParams, ALONE) {
  int kind = (int)any(KINDS);
  CUgraphNodeParams params = any_node(kind);
  finish_work();
  if (!DO(cuGraphExecNodeSetParams, kept[kind].exec, kept[kind].node, &params))
    run(kept[kind].exec);
}

OPERATION(cuGraphExecBatchMemOpNodeSetParams, ALONE) {
  CUgraphNodeParams params = any_node(VALUES);
  finish_work();
  if (!DO(cuGraphExecBatchMemOpNodeSetParams, kept[VALUES].exec, kept[VALUES].node, &params.memOp))
    run(kept[VALUES].exec);
}

/// The graph is changed, and its instance takes the change over.
static void update(struct single *single) {
  CUgraphExecUpdateResultInfo info = {0};
  CUgraphExecUpdateResult result = 0;
  CUgraphNode wrong = NULL;
  finish_work();
  CUresult status = any(2) ? DO(cuGraphExecUpdate_v2, single->exec, single->graph, &info)
                           : DO(cuGraphExecUpdate, single->exec, single->graph, &wrong, &result);
  if (!status) run(single->exec);
}

OPERATION(cuGraphNodeSetParams, ALONE) {
  int kind = (int)any(KINDS);
  CUgraphNodeParams params = any_node(kind);
  if (!DO(cuGraphNodeSetParams, kept[kind].node, &params)) update(&kept[kind]);
}

OPERATION(cuGraphMemcpyNodeSetParams, ALONE) {
  CUgraphNodeParams params = any_node(COPY);
  if (!DO(cuGraphMemcpyNodeSetParams, kept[COPY].node, &params.memcpy.copyParams))
    update(&kept[COPY]);
}

OPERATION(cuGraphMemsetNodeSetParams, ALONE) {
  CUgraphNodeParams params = any_node(SET);
  CUDA_MEMSET_NODE_PARAMS set = {params.memset.dst, params.memset.pitch, params.memset.value,
                                 params.memset.elementSize, params.memset.width,
                                 params.memset.height};
  if (!DO(cuGraphMemsetNodeSetParams, kept[SET].node, &set)) update(&kept[SET]);
}

OPERATION(cuGraphBatchMemOpNodeSetParams, ALONE) {
  CUgraphNodeParams params = any_node(VALUES);
  if (!DO(cuGraphBatchMemOpNodeSetParams, kept[VALUES].node, &params.memOp))
    update(&kept[VALUES]);
}

#define UPDATE(entry, ...)                                                         \
  OPERATION(entry, ALONE) {                                                        \
    CUgraphExecUpdateResultInfo info = {0};                                        \
    CUgraphExecUpdateResult result = 0;                                            \
    CUgraphNode wrong = NULL;                                                      \
    bool fits = any(4);                                                            \
    (void)info, (void)result, (void)wrong;                                         \
    finish_work();                                                                 \
    DO(entry, kept[fits ? SET : COPY].exec, kept[SET].graph, __VA_ARGS__);         \
  }
UPDATE(cuGraphExecUpdate, &wrong, &result)
UPDATE(cuGraphExecUpdate_v2, &info)

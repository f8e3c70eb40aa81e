// Memory that nodes of graphs allocate: its lifetime, who may free it, what such a graph refuses.
#include <string.h>

#include "probe.h"

static CUDA_MEM_ALLOC_NODE_PARAMS wanted(size_t bytes) {
  CUDA_MEM_ALLOC_NODE_PARAMS of;
  memset(&of, 0, sizeof of);
  of.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
  of.poolProps.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  of.bytesize = bytes;
  return of;
}

/// A graph that allocates 64 KiB and sets them to a byte.
static CUgraph allocating(CUcontext context, CUgraphNode nodes[2], CUdeviceptr *address) {
  CUgraph graph;
  CUDA_MEM_ALLOC_NODE_PARAMS of = wanted(65536);
  MUST(cuGraphCreate, &graph, 0);
  MUST(cuGraphAddMemAllocNode, &nodes[0], graph, NULL, 0, &of);
  CUDA_MEMSET_NODE_PARAMS set = {of.dptr, 0, 6, 1, 65536, 1};
  MUST(cuGraphAddMemsetNode, &nodes[1], graph, &nodes[0], 1, &set, context);
  *address = of.dptr;
  return graph;
}

static CUgraphExec instance_of(CUgraph graph, unsigned long long flags) {
  CUgraphExec program;
  MUST(cuGraphInstantiateWithFlags, &program, graph, flags);
  return program;
}

static void run(const char *finding, CUgraphExec program) {
  FIND(finding, cuGraphLaunch, program, NULL);
  MUST(cuStreamSynchronize, NULL);
}

static void node(void) {
  CUcontext context = begin();
  CUgraphNode nodes[3];
  CUdeviceptr address, freed = 0;
  CUgraphNodeType type = 0;
  size_t count = 0;
  CUgraph graph = allocating(context, nodes, &address);
  FIND("add-free", cuGraphAddMemFreeNode, &nodes[2], graph, &nodes[1], 1, address);
  FIND("add-free-again", cuGraphAddMemFreeNode, &nodes[2], graph, &nodes[1], 1, address);
  MUST(cuGraphNodeGetType, nodes[0], &type);
  say("kind", "%d", (int)type);
  MUST(cuGraphNodeGetType, nodes[2], &type);
  say("kind-of-free", "%d", (int)type);
  MUST(cuGraphGetNodes, graph, NULL, &count);
  say("nodes", "%d", (int)count);
  CUDA_MEM_ALLOC_NODE_PARAMS found = {0};
  FIND("ask", cuGraphMemAllocNodeGetParams, nodes[0], &found);
  say_if("same-address", found.dptr == address);
  say("bytes", "%d", (int)found.bytesize);
  FIND("ask-free", cuGraphMemFreeNodeGetParams, nodes[2], &freed);
  say_if("same-address-of-free", freed == address);
  FIND("ask-of-free-what-it-allocates", cuGraphMemAllocNodeGetParams, nodes[2], &found);
  CUgraphExec program = instance_of(graph, 0);
  run("run", program);
  run("run-again", program);
  FIND("free-what-the-graph-frees", cuMemFree_v2, address);
}

static void arguments(void) {
  begin();
  CUgraph graph;
  CUgraphNode node;
  CUDA_MEM_ALLOC_NODE_PARAMS of = wanted(0);
  CUdeviceptr plain = device_memory(4096, 0);
  MUST(cuGraphCreate, &graph, 0);
  FIND("no-bytes", cuGraphAddMemAllocNode, &node, graph, NULL, 0, &of);
  of = wanted(4096);
  of.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_INVALID;
  FIND("no-type", cuGraphAddMemAllocNode, &node, graph, NULL, 0, &of);
  of = wanted(4096);
  FIND("no-graph", cuGraphAddMemAllocNode, &node, NULL, NULL, 0, &of);
  FIND("free-of-other-memory", cuGraphAddMemFreeNode, &node, graph, NULL, 0, plain);
  FIND("free-of-nothing", cuGraphAddMemFreeNode, &node, graph, NULL, 0, 0);
}

static void refusals(void) {
  CUcontext context = begin();
  CUgraphNode nodes[2], more;
  CUgraphExec program, second;
  CUdeviceptr address;
  CUgraph graph = allocating(context, nodes, &address), other;
  FIND("clone", cuGraphClone, &other, graph);
  FIND("destroy-node", cuGraphDestroyNode, nodes[0]);
  MUST(cuGraphCreate, &other, 0);
  FIND("as-child", cuGraphAddChildGraphNode, &more, other, NULL, 0, graph);
  FIND("instantiate", cuGraphInstantiateWithFlags, &program, graph, 0);
  FIND("instantiate-again", cuGraphInstantiateWithFlags, &second, graph, 0);
  FIND("destroy-instance", cuGraphExecDestroy, program);
  FIND("instantiate-after-that", cuGraphInstantiateWithFlags, &program, graph, 0);
}

static void left(void) {
  CUcontext context = begin();
  CUgraphNode nodes[2];
  CUdeviceptr address;
  CUgraph graph = allocating(context, nodes, &address);
  CUgraphExec program = instance_of(graph, 0);
  FIND("free-before-it-runs", cuMemFree_v2, address);
  run("run", program);
  say_if("is-there", holds(address, 65536, 6));
  run("run-while-allocated", program);
  FIND("free", cuMemFree_v2, address);
  FIND("free-again", cuMemFree_v2, address);
  run("run-after-free", program);
  FIND("free-in-stream-order", cuMemFreeAsync, address, NULL);
  run("run-after-that", program);
  MUST(cuGraphExecDestroy, program);
  MUST(cuGraphDestroy, graph);
  say_if("is-there-without-graph", holds(address, 65536, 6));
  FIND("free-without-graph", cuMemFree_v2, address);
  FIND("free-without-graph-again", cuMemFree_v2, address);
}

static void freed_at_launch(void) {
  CUcontext context = begin();
  CUgraphNode nodes[2];
  CUdeviceptr address;
  CUgraph graph = allocating(context, nodes, &address);
  CUgraphExec program = instance_of(graph, CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH);
  run("run", program);
  run("run-while-allocated", program);
  say_if("is-there", holds(address, 65536, 6));
  FIND("free", cuMemFree_v2, address);
}

static void freed_elsewhere(void) {
  CUcontext context = begin();
  CUgraphNode nodes[2], node;
  CUdeviceptr address;
  CUgraph graph = allocating(context, nodes, &address), other;
  CUgraphExec program = instance_of(graph, 0);
  MUST(cuGraphCreate, &other, 0);
  FIND("add-free", cuGraphAddMemFreeNode, &node, other, NULL, 0, address);
  FIND("add-free-in-its-own-graph", cuGraphAddMemFreeNode, &node, graph, &nodes[1], 1, address);
  CUgraphExec freeing = instance_of(other, 0);
  run("run", program);
  run("run-the-other", freeing);
  FIND("free", cuMemFree_v2, address);
  run("run-again", program);
}

static void captured(void) {
  begin();
  CUstream stream;
  CUgraph graph;
  CUgraphNode nodes[8];
  CUdeviceptr address, plain = device_memory(4096, 0);
  size_t count = 8;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
  FIND("allocate", cuMemAllocAsync, &address, 65536, stream);
  FIND("set", cuMemsetD8Async, address, 6, 65536, stream);
  FIND("free-other-memory", cuMemFreeAsync, plain, stream);
  FIND("free", cuMemFreeAsync, address, stream);
  FIND("end", cuStreamEndCapture, stream, &graph);
  MUST(cuGraphGetNodes, graph, nodes, &count);
  for (size_t i = 0; i < count; i++) {
    static const char *const findings[8] = {"first-kind", "second-kind", "third-kind"};
    CUgraphNodeType type = 0;
    MUST(cuGraphNodeGetType, nodes[i], &type);
    say(findings[i] ? findings[i] : "more", "%d", (int)type);
  }
  MUST(cuGraphGetRootNodes, graph, NULL, &count);
  say("roots", "%d", (int)count);
  run("run", instance_of(graph, 0));
}

static long bytes_of(CUgraphMem_attribute attribute) {
  cuuint64_t bytes = 0;
  MUST(cuDeviceGetGraphMemAttribute, 0, attribute, &bytes);
  return (long)bytes;
}

static void numbers(void) {
  CUcontext context = begin();
  CUgraphNode nodes[2];
  CUdeviceptr address;
  cuuint64_t zero = 0, one = 1;
  CUgraph graph = allocating(context, nodes, &address);
  CUgraphExec program = instance_of(graph, 0);
  say("used-before-it-runs", "%ld", bytes_of(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT));
  run("run", program);
  say_if("used", bytes_of(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT) >= 65536);
  say_if("reserved", bytes_of(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT) >= 65536);
  MUST(cuMemFree_v2, address);
  say("used-after-free", "%ld", bytes_of(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT));
  say_if("used-high", bytes_of(CU_GRAPH_MEM_ATTR_USED_MEM_HIGH) >= 65536);
  FIND("set-high-to-one", cuDeviceSetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_USED_MEM_HIGH, &one);
  FIND("set-high", cuDeviceSetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_USED_MEM_HIGH, &zero);
  FIND("set-used", cuDeviceSetGraphMemAttribute, 0, CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT, &zero);
  say("used-high-after-that", "%ld", bytes_of(CU_GRAPH_MEM_ATTR_USED_MEM_HIGH));
  FIND("trim", cuDeviceGraphMemTrim, 0);
}

const struct probe graph_memory_probes[] = {
    {"graph-memory-node", node},
    {"graph-memory-arguments", arguments},
    {"graph-memory-refusals", refusals},
    {"graph-memory-left", left},
    {"graph-memory-freed-at-launch", freed_at_launch},
    {"graph-memory-freed-elsewhere", freed_elsewhere},
    {"graph-memory-captured", captured},
    {"graph-memory-numbers", numbers},
    {NULL, NULL},
};

// Graphs built by hand, and what becomes of them when memory below them changes.
#include <string.h>

#include "probe.h"


static CUDA_KERNEL_NODE_PARAMS_v1 call_of(CUfunction function, void **values) {
  CUDA_KERNEL_NODE_PARAMS_v1 call;
  memset(&call, 0, sizeof call);
  call.func = function;
  call.gridDimX = call.gridDimY = call.gridDimZ = 1;
  call.blockDimX = call.blockDimY = call.blockDimZ = 1;
  call.kernelParams = values;
  return call;
}

static CUgraphExec runnable(CUgraph graph) {
  CUgraphExec program;
  MUST(cuGraphInstantiateWithFlags, &program, graph, 0);
  return program;
}

static void run(CUgraphExec program) {
  FIND("run", cuGraphLaunch, program, NULL);
  FIND("synchronise", cuStreamSynchronize, NULL);
}

static void kernel_node(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint32_t value = 5;
  void *values[] = {&address, &value};
  CUDA_KERNEL_NODE_PARAMS_v1 call = call_of(kernel("bump"), values);
  CUgraph graph;
  CUgraphNode first, second;
  MUST(cuGraphCreate, &graph, 0);
  FIND("add", cuGraphAddKernelNode, &first, graph, NULL, 0, &call);
  value = 100;
  FIND("add-second", cuGraphAddKernelNode, &second, graph, &first, 1, &call);
  value = 999;
  CUgraphExec program = runnable(graph);
  run(program);
  say("values-are-copied-when-added", "%u", word_at(address));
  run(program);
  say("second-run", "%u", word_at(address));
  FIND("destroy-graph", cuGraphDestroy, graph);
  run(program);
  say("run-after-its-graph-is-gone", "%u", word_at(address));
  FIND("destroy-program", cuGraphExecDestroy, program);
}

static void changed_values(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint32_t value = 5;
  void *values[] = {&address, &value};
  CUDA_KERNEL_NODE_PARAMS_v1 call = call_of(kernel("bump"), values);
  CUgraph graph;
  CUgraphNode node;
  MUST(cuGraphCreate, &graph, 0);
  MUST(cuGraphAddKernelNode, &node, graph, NULL, 0, &call);
  CUgraphExec program = runnable(graph);
  value = 7;
  FIND("set", cuGraphExecKernelNodeSetParams, program, node, &call);
  run(program);
  say("value", "%u", word_at(address));
}

static CUDA_MEMCPY3D device_copy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  CUDA_MEMCPY3D copy;
  memset(&copy, 0, sizeof copy);
  copy.srcMemoryType = copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcDevice = from;
  copy.dstDevice = to;
  copy.srcPitch = copy.dstPitch = copy.WidthInBytes = bytes;
  copy.Height = copy.Depth = 1;
  return copy;
}

static void copy_and_set_nodes(void) {
  CUcontext context = begin();
  CUdeviceptr from = device_memory(4096, 1), to = device_memory(4096, 2);
  CUDA_MEMSET_NODE_PARAMS set = {from, 0, 0x09090909, 4, 1024, 1};
  CUDA_MEMCPY3D copy = device_copy(to, from, 4096);
  CUgraph graph;
  CUgraphNode nodes[2];
  MUST(cuGraphCreate, &graph, 0);
  FIND("add-set", cuGraphAddMemsetNode, &nodes[0], graph, NULL, 0, &set, context);
  FIND("add-copy", cuGraphAddMemcpyNode, &nodes[1], graph, &nodes[0], 1, &copy, context);
  CUgraphExec program = runnable(graph);
  run(program);
  say_if("set-then-copied", holds(to, 4096, 9));
  CUDA_MEMCPY3D back = device_copy(to, from + 2048, 2048);
  FIND("change-copy", cuGraphExecMemcpyNodeSetParams, program, nodes[1], &back, context);
  run(program);
}

static void host_copy_node(void) {
  CUcontext context = begin();
  static uint8_t host[4096];
  CUdeviceptr from = device_memory(4096, 1);
  CUDA_MEMCPY3D copy = device_copy(0, from, 4096);
  copy.dstMemoryType = CU_MEMORYTYPE_HOST;
  copy.dstHost = host;
  CUgraph graph;
  CUgraphNode node;
  MUST(cuGraphCreate, &graph, 0);
  FIND("add", cuGraphAddMemcpyNode, &node, graph, NULL, 0, &copy, context);
  run(runnable(graph));
  say_if("copied", host[0] == 1 && host[4095] == 1);
}

static void unmapped_copy_node(void) {
  CUcontext context = begin();
  CUdeviceptr from = reservation(CHUNK), to = device_memory(4096, 0);
  CUDA_MEMCPY3D copy = device_copy(to, from, 4096);
  CUDA_MEMSET_NODE_PARAMS set = {from, 0, 0, 4, 1024, 1};
  CUgraph graph;
  CUgraphNode node;
  CUgraphExec program;
  MUST(cuGraphCreate, &graph, 0);
  FIND("add-set-of-unmapped", cuGraphAddMemsetNode, &node, graph, NULL, 0, &set, context);
  FIND("add-copy-of-unmapped", cuGraphAddMemcpyNode, &node, graph, NULL, 0, &copy, context);
  FIND("instantiate", cuGraphInstantiateWithFlags, &program, graph, 0);
}

/// The memory goes away and comes back at its address, as a swap does it.
static void exchange_memory(CUdeviceptr address, CUmemGenericAllocationHandle handle) {
  static uint8_t host[CHUNK];
  MUST(cuMemcpyDtoH_v2, host, address, CHUNK);
  MUST(cuMemUnmap, address, CHUNK);
  MUST(cuMemRelease, handle);
  CUmemGenericAllocationHandle between = physical_memory(CHUNK);
  CUmemGenericAllocationHandle fresh = physical_memory(CHUNK);
  MUST(cuMemMap, address, CHUNK, 0, fresh, 0);
  need(grant(address, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READWRITE), "cuMemSetAccess");
  MUST(cuMemcpyHtoD_v2, address, host, CHUNK);
  MUST(cuMemRelease, between);
}

static void remapped(void) {
  CUcontext context = begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle), to = device_memory(4096, 0);
  MUST(cuMemsetD8_v2, address, 0, CHUNK);
  uint32_t value = 5;
  void *values[] = {&address, &value};
  CUDA_KERNEL_NODE_PARAMS_v1 call = call_of(kernel("bump"), values);
  CUDA_MEMCPY3D copy = device_copy(to, address, 4096);
  CUgraph graph;
  CUgraphNode nodes[2];
  MUST(cuGraphCreate, &graph, 0);
  MUST(cuGraphAddKernelNode, &nodes[0], graph, NULL, 0, &call);
  MUST(cuGraphAddMemcpyNode, &nodes[1], graph, &nodes[0], 1, &copy, context);
  CUgraphExec program = runnable(graph);
  run(program);
  say("first-run", "%u", word_at(to));
  exchange_memory(address, handle);
  run(program);
  say("run-on-other-memory-at-the-same-address", "%u", word_at(to));
}

static void captured_and_remapped(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle), to = device_memory(4096, 0);
  MUST(cuMemsetD8_v2, address, 0, CHUNK);
  MUST(cuCtxSynchronize, );
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  CUfunction bump = kernel("bump");
  uint32_t value = 5;
  void *values[] = {&address, &value};
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  need(launch(bump, 1, 1, stream, values), "launch bump");
  MUST(cuMemcpyDtoDAsync_v2, to, address, 4096, stream);
  CUgraph graph;
  FIND("end", cuStreamEndCapture, stream, &graph);
  CUgraphExec program = runnable(graph);
  run(program);
  say("first-run", "%u", word_at(to));
  exchange_memory(address, handle);
  run(program);
  say("run-on-other-memory-at-the-same-address", "%u", word_at(to));
}

static void order_in_stream(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint32_t value = 5;
  void *values[] = {&address, &value};
  CUfunction bump = kernel("bump");
  CUDA_KERNEL_NODE_PARAMS_v1 call = call_of(bump, values);
  CUgraph graph;
  CUgraphNode node;
  MUST(cuGraphCreate, &graph, 0);
  MUST(cuGraphAddKernelNode, &node, graph, NULL, 0, &call);
  CUgraphExec program = runnable(graph);
  value = 1;
  for (int i = 0; i < 3; i++) {
    need(launch(bump, 1, 1, NULL, values), "launch bump");
    MUST(cuGraphLaunch, program, NULL);
  }
  FIND("synchronise", cuStreamSynchronize, NULL);
  say("value", "%u", word_at(address));
}

static void arguments(void) {
  begin();
  CUgraph graph;
  CUgraphExec program;
  CUgraphNode node;
  MUST(cuGraphCreate, &graph, 0);
  CUDA_KERNEL_NODE_PARAMS_v1 call = call_of(NULL, NULL);
  FIND("kernel-null", cuGraphAddKernelNode, &node, graph, NULL, 0, &call);
  FIND("create-flags", cuGraphCreate, &graph, 1);
  MUST(cuGraphCreate, &graph, 0);
  FIND("instantiate-empty", cuGraphInstantiateWithFlags, &program, graph, 0);
  FIND("run-empty", cuGraphLaunch, program, NULL);
  FIND("synchronise", cuStreamSynchronize, NULL);
  FIND("run-null", cuGraphLaunch, NULL, NULL);
}

const struct probe graph_probes[] = {
    {"graph-kernel", kernel_node},
    {"graph-changed-values", changed_values},
    {"graph-copy-and-set", copy_and_set_nodes},
    {"graph-host-copy", host_copy_node},
    {"graph-unmapped-copy", unmapped_copy_node},
    {"graph-remapped", remapped},
    {"graph-captured-remapped", captured_and_remapped},
    {"graph-order-in-stream", order_in_stream},
    {"graph-arguments", arguments},
    {NULL, NULL},
};

// Stream capture: what is refused while a stream records, and what a refusal does to the recording.
#include <pthread.h>

#include "probe.h"

static CUstream capturing(CUstreamCaptureMode mode) {
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  MUST(cuStreamBeginCapture_v2, stream, mode);
  return stream;
}

static void say_state(const char *finding, CUstream stream) {
  CUstreamCaptureStatus state = 99;
  if (drv(cuStreamIsCapturing)(stream, &state))
    say(finding, "refused");
  else
    say(finding, "%d", state);
}

static void finish(CUstream stream) {
  CUgraph graph = NULL;
  say_state("state-before-end", stream);
  FIND("end", cuStreamEndCapture, stream, &graph);
  say_if("graph-made", graph != NULL);
}

static void kernel_recorded(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  CUfunction bump = kernel("bump");
  uint32_t value = 5;
  void *values[] = {&address, &value};
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_GLOBAL);
  say_state("state", stream);
  say_code("launch", launch(bump, 1, 1, stream, values));
  CUgraph graph;
  CUgraphExec program;
  FIND("end", cuStreamEndCapture, stream, &graph);
  say_state("state-afterwards", stream);
  say("value-before-launch", "%u", word_at(address));
  MUST(cuGraphInstantiateWithFlags, &program, graph, 0);
  FIND("first-run", cuGraphLaunch, program, stream);
  FIND("second-run", cuGraphLaunch, program, stream);
  FIND("synchronise", cuStreamSynchronize, stream);
  say("value-after-two-runs", "%u", word_at(address));
}

static void stream_synchronise(void) {
  begin();
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("synchronise", cuStreamSynchronize, stream);
  finish(stream);
}

static void stream_query(void) {
  begin();
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("query", cuStreamQuery, stream);
  finish(stream);
}

static void context_synchronise(void) {
  begin();
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("synchronise", cuCtxSynchronize, );
  finish(stream);
}

static void context_event(void) {
  CUcontext context = begin();
  CUevent event;
  MUST(cuEventCreate, &event, CU_EVENT_DISABLE_TIMING);
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("record", cuCtxRecordEvent, context, event);
  finish(stream);
}

static void allocate_global(void) {
  begin();
  CUdeviceptr address;
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_GLOBAL);
  FIND("allocate", cuMemAlloc_v2, &address, 4096);
  finish(stream);
}

static void allocate_relaxed(void) {
  begin();
  CUdeviceptr address;
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("allocate", cuMemAlloc_v2, &address, 4096);
  finish(stream);
}

static void free_global(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_GLOBAL);
  FIND("free", cuMemFree_v2, address);
  finish(stream);
}

static void map_relaxed(void) {
  begin();
  CUdeviceptr address = reservation(CHUNK);
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  CUmemAllocationProp property = device_property();
  CUmemGenericAllocationHandle handle;
  if (!FIND("create", cuMemCreate, &handle, CHUNK, &property, 0)) {
    FIND("map", cuMemMap, address, CHUNK, 0, handle, 0);
    say_code("access", grant(address, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READWRITE));
    FIND("unmap", cuMemUnmap, address, CHUNK);
  }
  finish(stream);
}

static CUresult other_status;

static void *allocating(void *context) {
  drv(cuCtxSetCurrent)(context);
  CUdeviceptr address;
  other_status = drv(cuMemAlloc_v2)(&address, 4096);
  return NULL;
}

static void allocate_other_thread(CUstreamCaptureMode mode) {
  CUcontext context = begin();
  CUstream stream = capturing(mode);
  pthread_t thread;
  pthread_create(&thread, NULL, allocating, context);
  pthread_join(thread, NULL);
  say_code("allocate-in-other-thread", other_status);
  finish(stream);
}

static void other_thread_global(void) { allocate_other_thread(CU_STREAM_CAPTURE_MODE_GLOBAL); }
static void other_thread_local(void) { allocate_other_thread(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL); }

static void exchange_mode(void) {
  begin();
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_GLOBAL);
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  FIND("exchange", cuThreadExchangeStreamCaptureMode, &mode);
  say("mode-before", "%d", mode);
  CUdeviceptr address;
  FIND("allocate-relaxed", cuMemAlloc_v2, &address, 4096);
  finish(stream);
}

static void legacy_begin(void) {
  begin();
  FIND("begin-on-null", cuStreamBeginCapture_v2, NULL, CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("begin-on-legacy", cuStreamBeginCapture_v2, CU_STREAM_LEGACY,
       CU_STREAM_CAPTURE_MODE_RELAXED);
}

static void legacy_use(void) {
  begin();
  CUfunction nothing = kernel("nothing");
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_DEFAULT);
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  say_code("launch-on-legacy", launch(nothing, 1, 1, NULL, NULL));
  finish(stream);
}

static void synchronous_copy(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint32_t word = 1;
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_DEFAULT);
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("copy", cuMemcpyHtoD_v2, address, &word, 4);
  finish(stream);
}

static void unjoined(void) {
  begin();
  CUfunction nothing = kernel("nothing");
  CUstream other;
  CUevent event;
  MUST(cuStreamCreate, &other, CU_STREAM_NON_BLOCKING);
  MUST(cuEventCreate, &event, CU_EVENT_DISABLE_TIMING);
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  MUST(cuEventRecord, event, stream);
  FIND("other-joins", cuStreamWaitEvent, other, event, 0);
  say_state("other-state", other);
  say_code("launch-in-other", launch(nothing, 1, 1, other, NULL));
  finish(stream);
}

static void captured_event(void) {
  begin();
  CUevent event;
  MUST(cuEventCreate, &event, CU_EVENT_DISABLE_TIMING);
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  MUST(cuEventRecord, event, stream);
  FIND("query", cuEventQuery, event);
  finish(stream);
}

static void end_wrong(void) {
  begin();
  CUgraph graph;
  CUstream stream, other;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  MUST(cuStreamCreate, &other, CU_STREAM_NON_BLOCKING);
  FIND("end-without-begin", cuStreamEndCapture, stream, &graph);
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("begin-twice", cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("end-other", cuStreamEndCapture, other, &graph);
  finish(stream);
}

static CUcontext ending_context;

static void *ending(void *stream) {
  CUgraph graph;
  drv(cuCtxSetCurrent)(ending_context);
  other_status = drv(cuStreamEndCapture)(stream, &graph);
  return NULL;
}

static void end_other_thread(void) {
  ending_context = begin();
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_GLOBAL);
  pthread_t thread;
  pthread_create(&thread, NULL, ending, stream);
  pthread_join(thread, NULL);
  say_code("end-in-other-thread", other_status);
  finish(stream);
}

static void destroy_capturing(void) {
  begin();
  CUstream stream = capturing(CU_STREAM_CAPTURE_MODE_RELAXED);
  FIND("destroy", cuStreamDestroy_v2, stream);
  FIND("synchronise", cuCtxSynchronize, );
}

static void capture_free(void) {
  begin();
  CUdeviceptr address = device_memory(4 * MIB, 1), more = 0;
  CUstream capturing, working;
  CUgraph graph;
  MUST(cuStreamCreate, &capturing, CU_STREAM_NON_BLOCKING);
  MUST(cuStreamCreate, &working, CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch();
  hold(latch, working);
  MUST(cuStreamBeginCapture_v2, capturing, CU_STREAM_CAPTURE_MODE_RELAXED);
  open_latch_later(latch, 300);
  FIND("allocate", cuMemAlloc_v2, &more, 1);
  FIND("free", cuMemFree_v2, more);
  say_if("returned-before-the-work-ended", !*latch.host);
  join_latch();
  MUST(cuMemsetD8Async, address, 2, 4 * MIB, capturing);
  FIND("end", cuStreamEndCapture, capturing, &graph);
}

const struct probe capture_probes[] = {
    {"capture-kernel", kernel_recorded},
    {"capture-stream-synchronise", stream_synchronise},
    {"capture-stream-query", stream_query},
    {"capture-context-synchronise", context_synchronise},
    {"capture-context-event", context_event},
    {"capture-allocate-global", allocate_global},
    {"capture-allocate-relaxed", allocate_relaxed},
    {"capture-free-global", free_global},
    {"capture-free", capture_free},
    {"capture-map-relaxed", map_relaxed},
    {"capture-other-thread-global", other_thread_global},
    {"capture-other-thread-local", other_thread_local},
    {"capture-exchange-mode", exchange_mode},
    {"capture-legacy-begin", legacy_begin},
    {"capture-legacy-use", legacy_use},
    {"capture-synchronous-copy", synchronous_copy},
    {"capture-unjoined", unjoined},
    {"capture-captured-event", captured_event},
    {"capture-end-wrong", end_wrong},
    {"capture-end-other-thread", end_other_thread},
    {"capture-destroy", destroy_capturing},
    {NULL, NULL},
};

// Streams: which work waits for which.
#include "probe.h"

#include <unistd.h>

static CUstream stream_of(unsigned flags) {
  CUstream stream;
  MUST(cuStreamCreate, &stream, flags);
  return stream;
}

static void legacy_waits(void) {
  begin();
  CUstream blocking = stream_of(CU_STREAM_DEFAULT);
  struct latch latch = new_latch();
  CUfunction nothing = kernel("nothing");
  hold(latch, blocking);
  need(launch(nothing, 1, 1, NULL, NULL), "launch nothing");
  say_if("legacy-runs-past-blocking", done_within(NULL, 150));
  open_latch(latch);
  say_if("legacy-done-afterwards", done_within(NULL, 5000));
}

static void blocking_waits(void) {
  begin();
  CUstream blocking = stream_of(CU_STREAM_DEFAULT);
  struct latch latch = new_latch();
  CUfunction nothing = kernel("nothing");
  hold(latch, NULL);
  need(launch(nothing, 1, 1, blocking, NULL), "launch nothing");
  say_if("blocking-runs-past-legacy", done_within(blocking, 150));
  open_latch(latch);
  say_if("blocking-done-afterwards", done_within(blocking, 5000));
}

static void non_blocking_free(void) {
  begin();
  CUstream free_stream = stream_of(CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch(), other = new_latch();
  CUfunction nothing = kernel("nothing");
  hold(latch, free_stream);
  need(launch(nothing, 1, 1, NULL, NULL), "launch nothing");
  say_if("legacy-runs-past-non-blocking", done_within(NULL, 2000));
  open_latch(latch);
  MUST(cuStreamSynchronize, free_stream);
  hold(other, NULL);
  need(launch(nothing, 1, 1, free_stream, NULL), "launch nothing");
  say_if("non-blocking-runs-past-legacy", done_within(free_stream, 2000));
  open_latch(other);
  FIND("synchronise", cuCtxSynchronize, );
}

static void side_by_side(void) {
  begin();
  CUstream first = stream_of(CU_STREAM_DEFAULT), second = stream_of(CU_STREAM_DEFAULT);
  struct latch latch = new_latch();
  CUfunction nothing = kernel("nothing");
  hold(latch, first);
  need(launch(nothing, 1, 1, second, NULL), "launch nothing");
  say_if("two-blocking-streams-run-together", done_within(second, 2000));
  open_latch(latch);
  FIND("synchronise", cuCtxSynchronize, );
}

static void synchronous_copy_legacy(void) {
  begin();
  CUstream free_stream = stream_of(CU_STREAM_NON_BLOCKING);
  CUdeviceptr address = device_memory(4096, 0);
  struct latch latch = new_latch();
  hold(latch, free_stream);
  uint32_t word = 5;
  open_latch_later(latch, 400);
  FIND("copy-in", cuMemcpyHtoD_v2, address, &word, 4);
  say_if("synchronous-copy-passes-non-blocking", !*latch.host);
  join_latch();
  FIND("synchronise", cuCtxSynchronize, );
}

static void query(void) {
  begin();
  CUstream stream = stream_of(CU_STREAM_NON_BLOCKING);
  FIND("new", cuStreamQuery, stream);
  struct latch latch = new_latch();
  hold(latch, stream);
  FIND("busy", cuStreamQuery, stream);
  open_latch(latch);
  FIND("synchronise", cuStreamSynchronize, stream);
  FIND("done", cuStreamQuery, stream);
}

static void destroy_busy(void) {
  begin();
  CUstream stream = stream_of(CU_STREAM_NON_BLOCKING);
  CUdeviceptr address = device_memory(4096, 0);
  struct latch latch = new_latch();
  CUfunction put = kernel("put");
  uint32_t value = 50;
  void *values[] = {&address, &value};
  hold(latch, stream);
  need(launch(put, 1, 32, stream, values), "launch put");
  FIND("destroy", cuStreamDestroy_v2, stream);
  say_if("destroy-returned-before-the-work-ended", !*latch.host);
  open_latch(latch);
  FIND("synchronise", cuCtxSynchronize, );
  say_if("its-work-was-done", word_at(address + 4) == 51);
}

static void in_order(void) {
  begin();
  CUstream stream = stream_of(CU_STREAM_NON_BLOCKING);
  CUdeviceptr address = device_memory(4096, 0);
  CUfunction bump = kernel("bump");
  uint32_t expected = 0;
  for (uint32_t i = 0; i < 200; i++) {
    void *values[] = {&address, &i};
    need(launch(bump, 1, 1, stream, values), "launch bump");
    expected = expected * 3 + i;
  }
  FIND("synchronise", cuStreamSynchronize, stream);
  say_if("two-hundred-kernels-in-order", word_at(address) == expected);
}

static void arguments(void) {
  begin();
  CUstream stream;
  FIND("flags-unknown", cuStreamCreate, &stream, 0x80);
  FIND("result-null", cuStreamCreate, NULL, 0);
  FIND("destroy-null", cuStreamDestroy_v2, NULL);
  FIND("query-legacy-handle", cuStreamQuery, CU_STREAM_LEGACY);
  FIND("query-per-thread-handle", cuStreamQuery, CU_STREAM_PER_THREAD);
  unsigned flags = 99;
  stream = stream_of(CU_STREAM_NON_BLOCKING);
  FIND("get-flags", cuStreamGetFlags, stream, &flags);
  say("flags", "%u", flags);
  int priority = 99, least = 99, greatest = 99;
  FIND("get-priority", cuStreamGetPriority, stream, &priority);
  say("priority", "%d", priority);
  FIND("range", cuCtxGetStreamPriorityRange, &least, &greatest);
  say_if("greatest-is-not-above-least", greatest <= least);
  CUcontext context = NULL, current = NULL;
  FIND("get-context", cuStreamGetCtx, stream, &context);
  MUST(cuCtxGetCurrent, &current);
  say_if("context-is-current", context == current);
}

static void note(void *place) { __atomic_store_n((volatile int *)place, 1, __ATOMIC_SEQ_CST); }

static void host_function(void) {
  begin();
  static volatile int called;
  CUstream stream = stream_of(CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch();
  hold(latch, stream);
  if (FIND("add", cuLaunchHostFunc, stream, note, (void *)&called)) return;
  say_if("called-before-its-turn", called);
  open_latch(latch);
  FIND("synchronise", cuStreamSynchronize, stream);
  say_if("called-by-synchronise", called);
}

static void wait_value(void) {
  begin();
  CUstream stream = stream_of(CU_STREAM_NON_BLOCKING), writer = stream_of(CU_STREAM_NON_BLOCKING);
  CUdeviceptr flag = device_memory(4096, 0);
  if (FIND("wait", cuStreamWaitValue32_v2, stream, flag, 3, CU_STREAM_WAIT_VALUE_EQ)) return;
  say_if("passes-early", done_within(stream, 100));
  FIND("write", cuStreamWriteValue32_v2, writer, flag, 3, 0);
  say_if("passes-after-write", done_within(stream, 5000));
}

static void per_thread(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  FIND("set", cuMemsetD8Async, address, 6, 4096, CU_STREAM_PER_THREAD);
  FIND("synchronise", cuStreamSynchronize, CU_STREAM_PER_THREAD);
  say_if("holds", holds(address, 4096, 6));
  struct latch latch = new_latch();
  CUfunction nothing = kernel("nothing");
  hold(latch, CU_STREAM_PER_THREAD);
  need(launch(nothing, 1, 1, NULL, NULL), "launch nothing");
  say_if("legacy-runs-past-per-thread", done_within(NULL, 150));
  open_latch(latch);
  FIND("synchronise-context", cuCtxSynchronize, );
}

const struct probe stream_probes[] = {
    {"stream-legacy-waits", legacy_waits},
    {"stream-blocking-waits", blocking_waits},
    {"stream-non-blocking", non_blocking_free},
    {"stream-side-by-side", side_by_side},
    {"stream-synchronous-copy", synchronous_copy_legacy},
    {"stream-query", query},
    {"stream-destroy-busy", destroy_busy},
    {"stream-in-order", in_order},
    {"stream-arguments", arguments},
    {"stream-host-function", host_function},
    {"stream-wait-value", wait_value},
    {"stream-per-thread", per_thread},
    {NULL, NULL},
};

// Events.
#include "probe.h"

static CUevent event_of(unsigned flags) {
  CUevent event;
  MUST(cuEventCreate, &event, flags);
  return event;
}

static CUstream free_stream(void) {
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  return stream;
}

static void unrecorded(void) {
  begin();
  CUevent event = event_of(0), other = event_of(0);
  float milliseconds;
  FIND("query", cuEventQuery, event);
  FIND("synchronise", cuEventSynchronize, event);
  FIND("elapsed", cuEventElapsedTime, &milliseconds, event, other);
  FIND("stream-waits", cuStreamWaitEvent, NULL, event, 0);
  FIND("stream-done", cuStreamSynchronize, NULL);
}

static void states(void) {
  begin();
  CUstream stream = free_stream();
  CUevent event = event_of(CU_EVENT_DISABLE_TIMING);
  struct latch latch = new_latch();
  hold(latch, stream);
  FIND("record", cuEventRecord, event, stream);
  FIND("query-busy", cuEventQuery, event);
  open_latch(latch);
  FIND("synchronise", cuEventSynchronize, event);
  FIND("query-done", cuEventQuery, event);
}

static void elapsed(void) {
  begin();
  CUstream stream = free_stream();
  CUevent first = event_of(0), last = event_of(0), untimed = event_of(CU_EVENT_DISABLE_TIMING);
  float milliseconds = -1;
  struct latch latch = new_latch();
  MUST(cuEventRecord, first, stream);
  hold(latch, stream);
  MUST(cuEventRecord, last, stream);
  MUST(cuEventRecord, untimed, stream);
  FIND("busy", cuEventElapsedTime, &milliseconds, first, last);
  open_latch_later(latch, 50);
  MUST(cuStreamSynchronize, stream);
  join_latch();
  FIND("done", cuEventElapsedTime, &milliseconds, first, last);
  say_if("at-least-30-ms", milliseconds >= 30);
  FIND("backwards", cuEventElapsedTime, &milliseconds, last, first);
  say_if("backwards-is-negative", milliseconds < 0);
  FIND("untimed", cuEventElapsedTime, &milliseconds, first, untimed);
}

static void recorded_again(void) {
  begin();
  CUstream first = free_stream(), second = free_stream(), waiting = free_stream();
  CUevent event = event_of(CU_EVENT_DISABLE_TIMING);
  struct latch latch = new_latch(), later = new_latch();
  hold(latch, first);
  hold(later, second);
  MUST(cuEventRecord, event, first);
  MUST(cuStreamWaitEvent, waiting, event, 0);
  MUST(cuEventRecord, event, second);
  open_latch(latch);
  say_if("wait-is-for-the-first-record", done_within(waiting, 2000));
  FIND("query-tells-the-last-record", cuEventQuery, event);
  open_latch(later);
  FIND("synchronise", cuCtxSynchronize, );
}

static void across_streams(void) {
  begin();
  CUstream first = free_stream(), second = free_stream();
  CUevent event = event_of(CU_EVENT_DISABLE_TIMING);
  struct latch latch = new_latch();
  hold(latch, first);
  MUST(cuEventRecord, event, first);
  FIND("wait", cuStreamWaitEvent, second, event, 0);
  CUfunction nothing = kernel("nothing");
  need(launch(nothing, 1, 1, second, NULL), "launch nothing");
  say_if("passes-early", done_within(second, 100));
  FIND("destroy-event", cuEventDestroy_v2, event);
  open_latch(latch);
  say_if("passes-afterwards", done_within(second, 5000));
}

static void of_context(void) {
  CUcontext context = begin();
  CUstream first = free_stream(), second = free_stream();
  CUevent event = event_of(CU_EVENT_DISABLE_TIMING);
  struct latch latch = new_latch();
  hold(latch, first);
  if (FIND("record", cuCtxRecordEvent, context, event)) {
    open_latch(latch);
    return;
  }
  FIND("query-while-a-stream-works", cuEventQuery, event);
  CUfunction nothing = kernel("nothing");
  need(launch(nothing, 1, 1, second, NULL), "launch nothing");
  say_if("other-streams-go-on", done_within(second, 2000));
  open_latch(latch);
  FIND("synchronise", cuEventSynchronize, event);
  say_if("stream-was-covered", drv(cuStreamQuery)(first) == CUDA_SUCCESS);
}

static void of_context_destroyed(void) {
  CUcontext context = begin();
  CUstream stream = free_stream();
  CUevent event = event_of(CU_EVENT_DISABLE_TIMING);
  struct latch latch = new_latch();
  hold(latch, stream);
  MUST(cuStreamDestroy_v2, stream);
  if (!FIND("record", cuCtxRecordEvent, context, event))
    FIND("query-while-a-destroyed-stream-works", cuEventQuery, event);
  open_latch(latch);
  FIND("synchronise", cuCtxSynchronize, );
}

static void of_context_per_thread(void) {
  CUcontext context = begin();
  CUevent event = event_of(CU_EVENT_DISABLE_TIMING);
  struct latch latch = new_latch();
  hold(latch, CU_STREAM_PER_THREAD);
  if (!FIND("record", cuCtxRecordEvent, context, event))
    FIND("query-while-a-per-thread-stream-works", cuEventQuery, event);
  open_latch(latch);
  FIND("synchronise", cuCtxSynchronize, );
}

static void arguments(void) {
  begin();
  CUevent event;
  FIND("flags-unknown", cuEventCreate, &event, 0x80);
  FIND("interprocess-timed", cuEventCreate, &event, CU_EVENT_INTERPROCESS);
  FIND("result-null", cuEventCreate, NULL, 0);
  FIND("query-null", cuEventQuery, NULL);
  FIND("destroy-null", cuEventDestroy_v2, NULL);
}

const struct probe event_probes[] = {
    {"event-unrecorded", unrecorded},
    {"event-states", states},
    {"event-elapsed", elapsed},
    {"event-recorded-again", recorded_again},
    {"event-across-streams", across_streams},
    {"event-of-context", of_context},
    {"event-of-context-destroyed-stream", of_context_destroyed},
    {"event-of-context-per-thread", of_context_per_thread},
    {"event-arguments", arguments},
    {NULL, NULL},
};

// Streams and events, and values that streams write and wait for.
#include "catalogue.h"

#define WRITE(entry, type, stream)                                                 \
  OPERATION(entry, ALONE) {                                                        \
    struct pair pair = any_pair();                                                 \
    CUstream on = stream;                                                          \
    DO(entry, on, pair.to & ~(CUdeviceptr)7, (type)draw(&world.random), 0);        \
  }
WRITE(cuStreamWriteValue32, cuuint32_t, queue())
WRITE(cuStreamWriteValue32_ptsz, cuuint32_t, PER_THREAD)
WRITE(cuStreamWriteValue32_v2, cuuint32_t, queue())
WRITE(cuStreamWriteValue32_v2_ptsz, cuuint32_t, PER_THREAD)
WRITE(cuStreamWriteValue64, cuuint64_t, queue())
WRITE(cuStreamWriteValue64_ptsz, cuuint64_t, PER_THREAD)
WRITE(cuStreamWriteValue64_v2, cuuint64_t, queue())
WRITE(cuStreamWriteValue64_v2_ptsz, cuuint64_t, PER_THREAD)

/// Waits for a value that is there: the word stays 0 for the whole program.
#define WAIT(entry, stream)                                                        \
  OPERATION(entry, ALONE) {                                                        \
    CUstream on = stream;                                                          \
    DO(entry, on, world.zero, 0, any(2) ? CU_STREAM_WAIT_VALUE_EQ : CU_STREAM_WAIT_VALUE_GEQ); \
  }
WAIT(cuStreamWaitValue32, queue())
WAIT(cuStreamWaitValue32_ptsz, PER_THREAD)
WAIT(cuStreamWaitValue32_v2, queue())
WAIT(cuStreamWaitValue32_v2_ptsz, PER_THREAD)
WAIT(cuStreamWaitValue64, queue())
WAIT(cuStreamWaitValue64_ptsz, PER_THREAD)
WAIT(cuStreamWaitValue64_v2, queue())
WAIT(cuStreamWaitValue64_v2_ptsz, PER_THREAD)

/// A stream comes, does something, and goes with work still in it.
#define STREAM(entry, going, ...)                                                  \
  OPERATION(entry, ALONE) {                                                        \
    CUstream stream;                                                               \
    struct pair pair = any_pair();                                                 \
    if (DO(entry, &stream, CU_STREAM_NON_BLOCKING, ##__VA_ARGS__)) return;         \
    finish_work();                                                                 \
    DO(cuMemsetD32Async, pair.to, (unsigned)draw(&world.random), pair.bytes / 4, stream); \
    DO(going, stream);                                                             \
    finish_work();                                                                 \
  }
STREAM(cuStreamCreate, cuStreamDestroy_v2)
STREAM(cuStreamCreateWithPriority, cuStreamDestroy, -1)

#define ASK_STREAM(entry, type, suffix)                                            \
  NAMED_OPERATION(entry##suffix, entry##suffix, ALONE) {                           \
    type answer = 0;                                                               \
    SEE(DO(entry##suffix, world.streams[any(STREAMS)], &answer), answer);          \
  }
ASK_STREAM(cuStreamGetFlags, unsigned, )
ASK_STREAM(cuStreamGetFlags, unsigned, _ptsz)
ASK_STREAM(cuStreamGetPriority, int, )
ASK_STREAM(cuStreamGetPriority, int, _ptsz)
ASK_STREAM(cuStreamGetDevice, CUdevice, )
ASK_STREAM(cuStreamGetDevice, CUdevice, _ptsz)

#define ASK_STREAM_PLACE(entry, type)                                              \
  OPERATION(entry, ALONE) {                                                        \
    type answer = 0;                                                               \
    CUresult status = DO(entry, world.streams[any(STREAMS)], &answer);             \
    bool is_there = answer != 0;                                                   \
    SEE(status, is_there);                                                         \
  }
ASK_STREAM_PLACE(cuStreamGetCtx, CUcontext)
ASK_STREAM_PLACE(cuStreamGetCtx_ptsz, CUcontext)
ASK_STREAM_PLACE(cuStreamGetId, unsigned long long)
ASK_STREAM_PLACE(cuStreamGetId_ptsz, unsigned long long)

#define WAIT_STREAM(entry, stream)                                                 \
  OPERATION(entry, ALONE) {                                                        \
    CUstream on = stream;                                                          \
    finish_work();                                                                 \
    DO(entry, on);                                                                 \
  }
WAIT_STREAM(cuStreamQuery, queue())
WAIT_STREAM(cuStreamQuery_ptsz, PER_THREAD)
WAIT_STREAM(cuStreamSynchronize, queue())
WAIT_STREAM(cuStreamSynchronize_ptsz, PER_THREAD)

#define RECORD(entry, ...)                                                         \
  OPERATION(entry, ALONE) {                                                        \
    CUstream on = queue();                                                         \
    DO(entry, world.mark, on, ##__VA_ARGS__);                                      \
    DO(cuEventSynchronize, world.mark);                                            \
    DO(cuEventQuery, world.mark);                                                  \
  }
RECORD(cuEventRecord)
RECORD(cuEventRecord_ptsz)
RECORD(cuEventRecordWithFlags, 0)
RECORD(cuEventRecordWithFlags_ptsz, 0)

#define WAIT_EVENT(entry)                                                          \
  OPERATION(entry, ALONE) {                                                        \
    DO(cuEventRecord, world.mark, queue());                                        \
    DO(entry, queue(), world.mark, 0);                                             \
  }
WAIT_EVENT(cuStreamWaitEvent)
WAIT_EVENT(cuStreamWaitEvent_ptsz)

OPERATION(cuEventCreate, ALONE) {
  CUevent one, other;
  float milliseconds = -1;
  if (DO(cuEventCreate, &one, CU_EVENT_DEFAULT)) return;
  if (DO(cuEventCreate, &other, CU_EVENT_BLOCKING_SYNC)) return;
  DO(cuEventRecord, one, queue());
  DO(cuEventRecord, other, queue());
  finish_work();
  bool is_later = !DO(cuEventElapsedTime, &milliseconds, one, other) && milliseconds >= 0;
  digest(&is_later, sizeof is_later);
  DO(cuEventElapsedTime_v2, &milliseconds, one, other);
  DO(cuEventDestroy_v2, one);
  DO(cuEventDestroy, other);
}

/// Events over whole contexts.
OPERATION(cuCtxRecordEvent, ALONE) {
  queue();
  DO(cuCtxRecordEvent, world.context, world.mark);
  DO(cuCtxWaitEvent, world.context, world.mark);
  DO(cuEventSynchronize, world.mark);
}

#define CAPTURE_INFO(entry, ...)                                                   \
  OPERATION(entry, ALONE) {                                                        \
    CUstreamCaptureStatus status = 0;                                              \
    cuuint64_t id = 0;                                                             \
    SEE(DO(entry, world.streams[any(STREAMS)], &status, &id, ##__VA_ARGS__), status); \
  }
CAPTURE_INFO(cuStreamGetCaptureInfo)
CAPTURE_INFO(cuStreamGetCaptureInfo_ptsz)
CAPTURE_INFO(cuStreamGetCaptureInfo_v2, NULL, NULL, NULL)
CAPTURE_INFO(cuStreamGetCaptureInfo_v2_ptsz, NULL, NULL, NULL)
CAPTURE_INFO(cuStreamGetCaptureInfo_v3, NULL, NULL, NULL, NULL)
CAPTURE_INFO(cuStreamGetCaptureInfo_v3_ptsz, NULL, NULL, NULL, NULL)

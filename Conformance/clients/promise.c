// promise ACT STEPS [MIB]
//
// One promise of the preloaded object each: holds device memory, does what a test needs at the
// moment the test chooses, says what came of it. `at N` is printed when step N is awaited; the file
// STEPS.N lets it go on. The acts are listed at the end. Ends: `intact` when every byte it holds
// is what it must be, with status 5 and `corrupt ...` when not, with status 3 and `refused ...`
// when a call that must work did not.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "promise.h"

// MARK: memory is there whenever it is used

static void act_hold(void) {
  hold();
  await_step(1);
  serve();
  verify();
}

/// Is served at each step, and says `turn N T` then, where T milliseconds passed in the call.
static void act_turns(void) {
  hold();
  for (int turn = 1; turn <= 20; turn++) {
    await_step(turn);
    long began = milliseconds();
    serve();
    printf("turn %d %ld\n", turn, milliseconds() - began);
    fflush(stdout);
  }
  verify();
}

/// Between its steps it does nothing.
static void act_idle(void) {
  hold();
  await_step(1);
  verify();
  await_step(2);
  verify();
}

/// Kernels on one thread, copies on another, neither waiting for the other, until step 1. The
/// copies' other end is pinned, for else their calls would last as long as they; the block with the
/// highest address is the first to leave.
static void *copy_again_and_again(void *stream) {
  uint32_t *written, *read;
  long copies = 0;
  MUST(cuCtxSetCurrent, context);
  MUST(cuMemAllocHost_v2, (void **)&written, block_bytes);
  MUST(cuMemAllocHost_v2, (void **)&read, block_bytes);
  for (; !reached(1); copies++) {
    for (size_t i = 0; i < block_bytes / 4; i += 64) written[i] = pattern(copies, i);
    MUST(cuMemcpyHtoDAsync_v2, block[3], written, block_bytes, stream);
    MUST(cuStreamSynchronize, stream);
    MUST(cuMemcpyDtoHAsync_v2, read, block[3], block_bytes, stream);
    MUST(cuStreamSynchronize, stream);
    if (memcmp(written, read, block_bytes)) corrupt("copy", copies);
  }
  for (size_t i = 0; i < block_bytes / 4; i++) written[i] = pattern(3, i);
  MUST(cuMemcpyHtoD_v2, block[3], written, block_bytes);
  return (void *)copies;
}

static void act_busy(void) {
  hold();
  CUstream kernels_stream = new_stream(), copies_stream = new_stream();
  pthread_t thread;
  pthread_create(&thread, NULL, copy_again_and_again, copies_stream);
  say("at", 1);
  for (long round = 0; !reached(1); round++) {
    for (long b = 0; b < 3; b++) {
      need(launch(b, kernels_stream), "cuLaunchKernel");
      added[b]++;
    }
    if (round % 8 == 0) MUST(cuStreamSynchronize, kernels_stream);
  }
  void *copies;
  pthread_join(thread, &copies);
  say("copies", (long)copies);
  verify();
}

static void expect_zero(CUdeviceptr address, size_t bytes, const char *what) {
  unsigned char *read = malloc(bytes);
  MUST(cuMemcpyDtoH_v2, read, address, bytes);
  for (size_t i = 0; i < bytes; i++)
    if (read[i]) corrupt(what, (long)i);
  free(read);
}

/// New memory, large and small, reads zero: resident, and allocated while swapped out.
static void act_fresh(void) {
  CUdeviceptr large, small[8], later;
  start();
  MUST(cuMemAlloc_v2, &large, (size_t)mib * MIB);
  expect_zero(large, (size_t)mib * MIB, "large");
  for (int i = 0; i < 8; i++) {
    MUST(cuMemAlloc_v2, &small[i], 100000);
    expect_zero(small[i], 100000, "small");
  }
  await_step(1);
  MUST(cuMemAlloc_v2, &later, 8 * MIB);
  await_step(2);
  expect_zero(later, 8 * MIB, "later");
  expect_zero(large, (size_t)mib * MIB, "large again");
  printf("intact\n");
}

/// Allocates and frees far more often, while one kernel runs, than there are places to note what
/// rests until it is done.
static void act_churn(void) {
  hold();
  need(launch(0, new_stream()), "cuLaunchKernel");
  added[0]++;
  for (int i = 0; i < 12000; i++) {
    CUdeviceptr small;
    MUST(cuMemAlloc_v2, &small, 256);
    MUST(cuMemFree_v2, small);
  }
  verify();
}

/// Frees what queued work still writes to, allocates as much, writes that on another stream.
static void act_quarantine(void) {
  hold();
  CUstream slow = new_stream(), quick = new_stream();
  CUdeviceptr first, second;
  size_t bytes = (size_t)stride() * 4 * THREADS;
  MUST(cuMemAlloc_v2, &first, bytes);
  MUST(cuCtxSynchronize, );
  for (int i = 0; i < 3; i++) need(launch(0, slow), "cuLaunchKernel");
  added[0] += 3;
  uint32_t step = stride(), one = 1;
  void *values[] = {&first, &step, &one};
  MUST(cuLaunchKernel, add, 1, 1, 1, THREADS, 1, 1, 0, slow, values, NULL);
  MUST(cuMemFree_v2, first);
  MUST(cuMemAlloc_v2, &second, bytes);
  say("same", second == first);
  MUST(cuMemsetD8Async, second, 0x5A, bytes, quick);
  MUST(cuStreamSynchronize, quick);
  MUST(cuCtxSynchronize, );
  unsigned char *read = malloc(bytes);
  MUST(cuMemcpyDtoH_v2, read, second, bytes);
  for (size_t i = 0; i < bytes; i++)
    if (read[i] != 0x5A) corrupt("second", (long)i);
  verify();
}

// MARK: allocation, numbers and questions

static void print_view(void) {
  size_t free_bytes = 0, total = 0;
  MUST(cuMemGetInfo_v2, &free_bytes, &total);
  printf("view %zu %zu\n", free_bytes, total);
  fflush(stdout);
}

/// Too much is refused; the numbers do not depend on others.
static void act_view(void) {
  CUdeviceptr much;
  hold();
  print_view();
  say("much", drv(cuMemAlloc_v2)(&much, (size_t)1 << 34));
  size_t free_bytes = 0, total = 0;
  MUST(cuMemGetInfo_v2, &free_bytes, &total);
  say("little more than free", drv(cuMemAlloc_v2)(&much, free_bytes + 4 * MIB));
  print_view();
  await_step(1);
  print_view();
  await_step(2);
  print_view();
  verify();
}

/// While swapped out: allocating reserves, freeing works, and all of it is there later.
static void act_reserve(void) {
  CUdeviceptr later, small;
  hold();
  await_step(1);
  say("free", drv(cuMemFree_v2)(block[1]));
  block[1] = 0;
  say("large", drv(cuMemAlloc_v2)(&later, 6 * MIB));
  say("small", drv(cuMemAlloc_v2)(&small, 1000));
  print_view();
  await_step(2);
  MUST(cuMemsetD8_v2, later, 7, 6 * MIB);
  MUST(cuMemsetD8_v2, small, 9, 1000);
  unsigned char *read = malloc(6 * MIB);
  MUST(cuMemcpyDtoH_v2, read, later, 6 * MIB);
  for (size_t i = 0; i < 6 * MIB; i++)
    if (read[i] != 7) corrupt("later", (long)i);
  MUST(cuMemcpyDtoH_v2, read, small, 1000);
  for (size_t i = 0; i < 1000; i++)
    if (read[i] != 9) corrupt("small", (long)i);
  verify();
}

static void answers(void) {
  CUdeviceptr inside = block[2] + 4096, base = 0, start_of = 0, pointer = 0;
  size_t bytes = 0, range = 0;
  uint32_t type = 0, ordinal = 9;
  unsigned char managed = 9;
  int codes[6];
  codes[0] = drv(cuMemGetAddressRange_v2)(&base, &bytes, inside);
  codes[1] = drv(cuPointerGetAttribute)(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, inside);
  codes[2] = drv(cuPointerGetAttribute)(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, inside);
  codes[3] = drv(cuPointerGetAttribute)(&managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, inside);
  codes[4] = drv(cuPointerGetAttribute)(&start_of, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, inside);
  CUpointer_attribute which[] = {CU_POINTER_ATTRIBUTE_DEVICE_POINTER,
                                 CU_POINTER_ATTRIBUTE_RANGE_SIZE};
  void *places[] = {&pointer, &range};
  codes[5] = drv(cuPointerGetAttributes)(2, which, places, inside);
  CUcontext owner = NULL;
  int code = drv(cuPointerGetAttribute)(&owner, CU_POINTER_ATTRIBUTE_CONTEXT, inside);
  printf("answers %d%d%d%d%d%d%d base %d bytes %d type %u device %u managed %u start %d"
         " pointer %d range %d context %d\n",
         codes[0], codes[1], codes[2], codes[3], codes[4], codes[5], code, base == block[2],
         bytes == block_bytes, type, ordinal, managed, start_of == block[2], pointer == inside,
         range == block_bytes, owner == context);
  fflush(stdout);
}

static void act_ask(void) {
  hold();
  answers();
  await_step(1);
  answers();
  await_step(2);
  verify();
}

/// An allocation at step 1, whatever the agent is doing then.
static void act_grow(void) {
  CUdeviceptr more;
  hold();
  await_step(1);
  CUresult code = drv(cuMemAlloc_v2)(&more, 6 * MIB);
  say("grown", code);
  verify();
}

/// Much comes and goes, and later a little is wanted.
static void act_slack(void) {
  CUdeviceptr more;
  hold();
  MUST(cuMemAlloc_v2, &more, 64 * MIB);
  MUST(cuMemFree_v2, more);
  await_step(1);
  say("grown", drv(cuMemAlloc_v2)(&more, 4 * MIB));
  verify();
}

// MARK: the driver's own out-of-memory

/// `refused` names the call that ran out of memory; no call does when it is cured.
static void act_cure(void) {
  start();
  say("at", 1);
  load();
  fill();
  for (int i = 0; i < 3; i++) need(launch(0, NULL), "cuLaunchKernel");
  added[0] += 3;
  verify();
}

/// Never cured: the program sees it and goes on.
static void act_incurable(void) {
  hold();
  say("launch", launch(0, NULL));
  verify();
}

// MARK: what holds up a drain

static void act_capture(void) {
  hold();
  CUstream stream = new_stream();
  CUgraph graph;
  CUgraphExec executable;
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  say("at", 1);
  uint32_t nodes = 0;
  for (; !reached(1); usleep(20000), nodes++) need(launch(0, stream), "captured launch");
  MUST(cuStreamEndCapture, stream, &graph);
  MUST(cuGraphInstantiateWithFlags, &executable, graph, 0);
  for (int i = 0; i < 3; i++) MUST(cuGraphLaunch, executable, stream);
  MUST(cuStreamSynchronize, stream);
  added[0] += 3 * nodes;
  say("nodes", nodes);
  await_step(2);
  MUST(cuGraphLaunch, executable, stream);
  added[0] += nodes;
  verify();
}

/// A kernel writes where nothing is. Afterwards nothing works in this context, but in another.
static void act_fault(void) {
  hold();
  CUdeviceptr nowhere = 64;
  uint32_t step = 1, one = 1;
  void *values[] = {&nowhere, &step, &one};
  MUST(cuLaunchKernel, add, 1, 1, 1, THREADS, 1, 1, 0, NULL, values, NULL);
  say("fault", drv(cuCtxSynchronize)());
  await_step(1);
  say("destroyed", drv(cuCtxDestroy_v2)(context));
  mib = 8;
  start();
  load();
  fill();
  await_step(2);
  verify();
}

static void until_step_1(void *unused) {
  (void)unused;
  while (!reached(1)) usleep(1000);
}

static void act_blocked(void) {
  hold();
  CUstream stream = new_stream();
  MUST(cuLaunchHostFunc, stream, until_step_1, NULL);
  need(launch(0, stream), "cuLaunchKernel");
  added[0]++;
  say("at", 1);
  MUST(cuStreamSynchronize, stream);
  verify();
}

/// One kernel under way, and then nothing until step 1.
static void act_slow(void) {
  hold();
  need(launch(0, NULL), "cuLaunchKernel");
  added[0]++;
  await_step(1);
  verify();
}

/// Kernels on every block under way, and then nothing until step 1.
static void act_queued(void) {
  hold();
  for (long i = 0; i < 2 * BLOCKS; i++) {
    need(launch(i % BLOCKS, NULL), "cuLaunchKernel");
    added[i % BLOCKS]++;
  }
  await_step(1);
  verify();
}

/// Queues kernels as fast as they run, from step 1 on far faster, and says then the most it ever
/// had unfinished.
static void act_queue(void) {
  enum { EVENTS = 2048 };
  static CUevent events[EVENTS];
  hold();
  CUstream stream = new_stream();
  for (int i = 0; i < EVENTS; i++) MUST(cuEventCreate, &events[i], CU_EVENT_DISABLE_TIMING);
  long launched = 0, done = 0, most = 0;
  bool counting = false;
  say("at", 1);
  while (!reached(2)) {
    if (!counting && reached(1)) counting = true, most = 0;
    need(launch(0, stream), "cuLaunchKernel");
    MUST(cuEventRecord, events[launched++ % EVENTS], stream);
    while (done < launched && drv(cuEventQuery)(events[done % EVENTS]) == CUDA_SUCCESS) done++;
    if (launched - done > most) most = launched - done;
    if (launched - done > EVENTS - 8) MUST(cuStreamSynchronize, stream);
    usleep(counting ? 300 : 5000);
  }
  say("queued", most);
  added[0] += (uint32_t)launched;
  verify();
}

// A call that never returns to its caller: the driver takes a lock, and there the thread ends or
// jumps out. Nothing is held then.
static __thread int abandon;
static sigjmp_buf back;
static int (*real_lock)(pthread_mutex_t *);

int pthread_mutex_lock(pthread_mutex_t *mutex) {
  if (!real_lock) real_lock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
  int how = abandon;
  abandon = 0;
  if (how == 1) syscall(SYS_exit, 0);
  if (how == 2) siglongjmp(back, 1);
  return real_lock(mutex);
}

static void *end_inside(void *unused) {
  MUST(cuCtxSetCurrent, context);
  MUST(cuMemsetD8_v2, block[3], 0, 0);
  abandon = 1;
  drv(cuMemsetD8_v2)(block[3], 0, 0);
  return unused;
}

static void act_abandon(void) {
  hold();
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, end_inside, NULL);
    pthread_join(thread, NULL);
  }
  say("ended", abandon);
  if (sigsetjmp(back, 1) == 0) {
    abandon = 2;
    drv(cuMemsetD8_v2)(block[3], 0, 0);
    say("returned", 0);
  }
  // The next call of the same thread finds that the one before was abandoned.
  MUST(cuMemsetD8_v2, block[3], 0, 0);
  await_step(1);
  verify();
}

// MARK: calls that fix the memory where it is

static void act_pin(void) {
  hold();
  CUdeviceptr other = 0;
  CUresult code = drv(cuMemAllocManaged)(&other, 4 * MIB, CU_MEM_ATTACH_GLOBAL);
  say("managed", code == CUDA_SUCCESS || code == CUDA_ERROR_NOT_SUPPORTED);
  await_step(1);
  verify();
}

// MARK: signals, descriptors, ends

static volatile sig_atomic_t caught;

static void on_term(int number) {
  (void)number;
  caught = 1;
  (void)!write(1, "caught\n", 7);
}

static void handle(int number, int flags) {
  struct sigaction action = {.sa_handler = on_term, .sa_flags = flags};
  sigset_t none;
  sigemptyset(&none);
  sigaction(number, &action, NULL);
  // Whoever started it may have had signals blocked.
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void act_signal(void) {
  handle(SIGTERM, SA_RESTART);
  act_hold();
}

/// As Python does it, with a profiler.
static void act_interrupt(void) {
  handle(SIGTERM, 0);
  handle(SIGUSR1, SA_RESTART);
  act_hold();
}

/// A signal for its own use; SIGTERM just ends it.
static void act_notice(void) {
  handle(SIGUSR1, 0);
  act_hold();
}

/// Work that does not end before step 1, and freed memory that it may use. Allocations are answered
/// and other contexts come and go meanwhile.
static void act_persistent(void) {
  CUcontext other;
  CUdeviceptr more;
  hold();
  CUstream stream = new_stream();
  MUST(cuLaunchHostFunc, stream, until_step_1, NULL);
  need(launch(0, stream), "cuLaunchKernel");
  added[0]++;
  MUST(cuMemFree_v2, block[3]);
  block[3] = 0;
  say("much", drv(cuMemAlloc_v2)(&more, (size_t)1 << 34));
  await_step(2);
  MUST(cuCtxCreate_v2, &other, 0, 0);
  MUST(cuCtxDestroy_v2, other);
  say("destroyed", 0);
  MUST(cuCtxSetCurrent, context);
  say("at", 1);
  MUST(cuStreamSynchronize, stream);
  verify();
}

/// Closes what it did not open, at 900 and up, and uses the numbers itself.
static void act_reuse(void) {
  hold();
  int pair[2], reused = 0;
  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair);
  for (int number = 900; number < 1024; number++)
    if (fcntl(number, F_GETFD) >= 0 && dup2(pair[1], number) == number) reused++;
  say("reused", reused);
  await_step(1);
  verify();
  await_step(2);
  verify();
  char byte;
  say("heard", recv(pair[0], &byte, 1, MSG_DONTWAIT) >= 0);
  int open = 0;
  for (int number = 900; number < 1024; number++) open += fcntl(number, F_GETFD) >= 0;
  say("kept", open >= reused);
}

static void too_late(void) { say("late", drv(cuMemcpyDtoH_v2)(host, block[0], block_bytes)); }

/// Registered first, so it runs after everybody else's end; nothing is to be waited for then.
static void act_late(void) {
  atexit(too_late);
  hold();
  await_step(1);
  exit(7);
}

/// Ends at step 1 in the way that MIB names, with its memory on the move.
static void act_end(void) {
  static const char *const ways[] = {"return", "exit", "_exit", "abort", "quick_exit"};
  const char *way = ways[mib % 5];
  mib = 40;
  hold();
  await_step(1);
  if (!strcmp(way, "exit")) exit(7);
  if (!strcmp(way, "_exit")) _exit(7);
  if (!strcmp(way, "abort")) abort();
  if (!strcmp(way, "quick_exit")) quick_exit(7);
}

int main(int count, char **words) {
  static const struct act acts[] = {
      {"hold", act_hold},       {"idle", act_idle},       {"busy", act_busy},
      {"fresh", act_fresh},     {"queued", act_queued},
      {"view", act_view},       {"reserve", act_reserve}, {"ask", act_ask},
      {"grow", act_grow},       {"cure", act_cure},       {"incurable", act_incurable},
      {"capture", act_capture}, {"blocked", act_blocked}, {"queue", act_queue},
      {"abandon", act_abandon}, {"pin", act_pin},         {"signal", act_signal},
      {"reuse", act_reuse},     {"late", act_late},       {"end", act_end},
      {"slow", act_slow},       {"quarantine", act_quarantine},
      {"churn", act_churn},     {"turns", act_turns},
      {"fault", act_fault},     {"slack", act_slack},     {"interrupt", act_interrupt},
      {"notice", act_notice},   {"persistent", act_persistent},
      {NULL, NULL},
  };
  int status = run_act(acts, count, words);
  return status == 0 && !strcmp(words[1], "end") ? 7 : status;
}

// processes ACT STEPS [MIB]
//
// What programs do with processes, threads and descriptors while their memory comes and goes; ends
// as `promise` does. The acts are listed at the end.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "promise.h"

static const char *self;

// MARK: children

static void need_child(pid_t child, const char *what) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) corrupt(what, status);
}

/// A child made before `cuInit` is a program of its own, beside its parent.
static void act_early_fork(void) {
  pid_t child = fork();
  hold();
  if (child == 0) {
    await_step(1);
    verify();
    _exit(0);
  }
  await_step(1);
  verify();
  need_child(child, "child");
}

/// Hundreds of children that use the GPU for a moment, four at a time; the parent never does.
static void act_short_lived(void) {
  enum { CHILDREN = 120, AT_A_TIME = 4 };
  pid_t children[CHILDREN];
  for (int i = 0; i < CHILDREN; i++) {
    if (i >= AT_A_TIME) need_child(children[i - AT_A_TIME], "child");
    fflush(stdout);
    children[i] = fork();
    if (children[i] != 0) continue;
    CUdeviceptr address;
    uint32_t word = 0;
    start();
    MUST(cuMemAlloc_v2, &address, MIB);
    MUST(cuMemsetD32_v2, address, (unsigned)i, MIB / 4);
    MUST(cuMemcpyDtoH_v2, &word, address + MIB - 4, 4);
    _exit(word == (uint32_t)i ? 0 : 5);
  }
  for (int i = CHILDREN - AT_A_TIME; i < CHILDREN; i++) need_child(children[i], "child");
  printf("intact\n");
}

/// A program with GPU memory that starts others all the time, in each way there is.
static void act_spawner(void) {
  char *const words[] = {"true", NULL};
  hold();
  say("at", 1);
  for (int i = 0; !reached(1); i++) {
    pid_t child = 0;
    switch (i % 4) {
      case 0:
        if ((child = fork()) == 0) _exit(0);
        break;
      case 1:
        if ((child = vfork()) == 0) {
          execvp(words[0], words);
          _exit(1);
        }
        break;
      case 2:
        if (posix_spawnp(&child, words[0], NULL, NULL, words, environ)) corrupt("spawn", i);
        break;
      case 3:
        if ((child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) == 0) syscall(SYS_exit, 0);
        break;
    }
    need_child(child, "child");
    if (i % 16 == 0) {
      need(launch(i / 16 % BLOCKS, NULL), "cuLaunchKernel");
      added[i / 16 % BLOCKS]++;
    }
  }
  verify();
}

/// Holds memory, and becomes another program that does.
static void act_exec(void) {
  char number[32];
  hold();
  await_step(1);
  snprintf(number, sizeof number, "%ld", mib);
  execl(self, self, "become", steps, number, NULL);
  corrupt("exec", 0);
}

static void act_become(void) {
  hold();
  await_step(2);
  verify();
}

/// A child that the C library knows nothing of, left behind: it sees nothing of the parent's.
static void act_raw_clone(void) {
  hold();
  pid_t parent = getpid();
  if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
    char line[512];
    uint32_t word = 0;
    long mappings = 0;
    alarm(60);
    while (getppid() == parent) usleep(2000);
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps)) mappings += strstr(line, "memfd:") != NULL;
    say("mappings", mappings);
    say("copy", drv(cuMemcpyDtoH_v2)(&word, block[0], 4) != CUDA_SUCCESS);
    _exit(0);
  }
  await_step(1);
}

// MARK: threads

static void *short_thread(void *number) {
  MUST(cuCtxSetCurrent, context);
  need(launch((long)number % BLOCKS, NULL), "cuLaunchKernel");
  return NULL;
}

/// Hundreds of threads, each with one launch.
static void act_threads(void) {
  hold();
  say("at", 1);
  for (long i = 0; !reached(1); i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, short_thread, (void *)i)) corrupt("thread", i);
    pthread_join(thread, NULL);
    added[i % BLOCKS]++;
  }
  verify();
}

static int waiting;

static void *waiting_thread(void *unused) {
  (void)unused;
  int before;
  uint32_t word;
  MUST(cuCtxSetCurrent, context);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
  __atomic_add_fetch(&waiting, 1, __ATOMIC_RELAXED);
  MUST(cuMemcpyDtoH_v2, &word, block[0], 4);
  corrupt("not waiting", 0);
  return NULL;
}

/// Threads that wait for the GPU are cancelled there. Anywhere else inside of a driver that would
/// be undefined, so they are given time to fall asleep.
static void act_cancel(void) {
  enum { THREADS_MAX = 8 };
  pthread_t threads[THREADS_MAX];
  hold();
  await_step(1);
  for (int i = 0; i < THREADS_MAX; i++) pthread_create(&threads[i], NULL, waiting_thread, NULL);
  while (__atomic_load_n(&waiting, __ATOMIC_RELAXED) < THREADS_MAX) usleep(1000);
  usleep(300000);
  await_step(2);
  for (int i = 0; i < THREADS_MAX; i++) pthread_cancel(threads[i]);
  for (int i = 0; i < THREADS_MAX; i++) pthread_join(threads[i], NULL);
  await_step(3);
  verify();
}

// MARK: contexts

/// The primary context is reset under swapped-out memory, and used again.
static void act_reset(void) {
  MUST(cuInit, 0);
  MUST(cuDevicePrimaryCtxRetain, &context, 0);
  MUST(cuCtxSetCurrent, context);
  load();
  fill();
  await_step(1);
  MUST(cuDevicePrimaryCtxReset_v2, 0);
  MUST(cuDevicePrimaryCtxRetain, &context, 0);
  MUST(cuCtxSetCurrent, context);
  free(host);
  load();
  fill();
  await_step(2);
  verify();
}

/// Contexts come and go, each with memory of its own, beside one that stays.
static void act_contexts(void) {
  hold();
  say("at", 1);
  for (long i = 0; !reached(1); i++) {
    CUcontext other;
    CUdeviceptr address;
    uint32_t word = 0;
    MUST(cuCtxCreate_v2, &other, 0, 0);
    MUST(cuMemAlloc_v2, &address, 4 * MIB);
    MUST(cuMemsetD32_v2, address, (unsigned)i, MIB);
    MUST(cuMemcpyDtoH_v2, &word, address + 4 * MIB - 4, 4);
    if (word != (uint32_t)i) corrupt("context", i);
    MUST(cuCtxDestroy_v2, other);
    MUST(cuCtxSetCurrent, context);
  }
  verify();
}

// MARK: the end

static void *wanting_thread(void *unused) {
  (void)unused;
  uint32_t word;
  MUST(cuCtxSetCurrent, context);
  for (;;) (void)drv(cuMemcpyDtoH_v2)(&word, block[0], 4);
  return NULL;
}

/// Step 1: a thread wants the GPU from here on, if it is there. Step 2: the end, at once.
static void leave(const char *way) {
  pthread_t thread;
  hold();
  await_step(1);
  if (reached(3)) pthread_create(&thread, NULL, wanting_thread, NULL);
  await_step(2);
  if (!strcmp(way, "exit")) exit(7);
  if (!strcmp(way, "_exit")) _exit(7);
  if (!strcmp(way, "abort")) abort();
  if (!strcmp(way, "quick_exit")) quick_exit(7);
  if (strcmp(way, "term")) return;
  // Who started this may have had it blocked.
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &term, NULL);
  raise(SIGTERM);
}
static void act_return(void) { leave("return"); }
static void act_exit(void) { leave("exit"); }
static void act_exit_now(void) { leave("_exit"); }
static void act_abort(void) { leave("abort"); }
static void act_quick_exit(void) { leave("quick_exit"); }
static void act_term(void) { leave("term"); }

// MARK: descriptors

/// Says which number the next descriptor gets, before the driver is started and after: what is
/// opened inside must not stand in the program's way.
static void act_low_numbers(void) {
  int before = dup(0);
  close(before);
  hold();
  int after = dup(0);
  close(after);
  say("next", after - before);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  int highest = 0;
  for (int number = 3; number < (int)limit.rlim_cur && number < 4096; number++)
    if (fcntl(number, F_GETFD) >= 0) highest = number;
  say("highest", highest);
  await_step(1);
  verify();
}

/// As many descriptors as its limit allows are the program's own.
static void act_few_descriptors(void) {
  struct rlimit limit = {48, 48};
  if (setrlimit(RLIMIT_NOFILE, &limit)) corrupt("limit", 0);
  hold();
  int opened = 0;
  while (dup(0) >= 0) opened++;
  say("opened", opened);
  await_step(1);
  verify();
}

/// A server of the old kind: one thread, one select() over all it has, the GPU in between.
static void act_select_server(void) {
  int request[2];
  hold();
  if (pipe(request)) corrupt("pipe", 0);
  say("at", 1);
  for (long turn = 0; !reached(1); turn++) {
    fd_set readable;
    struct timeval patience = {5, 0};
    char byte = (char)turn;
    FD_ZERO(&readable);
    for (int number = 3; number < FD_SETSIZE; number++)
      if (number == request[0]) FD_SET(number, &readable);
    if (write(request[1], &byte, 1) != 1) corrupt("write", turn);
    if (select(FD_SETSIZE, &readable, NULL, NULL, &patience) != 1) corrupt("select", turn);
    if (!FD_ISSET(request[0], &readable) || read(request[0], &byte, 1) != 1) corrupt("read", turn);
    if (byte != (char)turn) corrupt("byte", turn);
    need(launch(turn % BLOCKS, NULL), "cuLaunchKernel");
    added[turn % BLOCKS]++;
    if (turn % 64 == 0) MUST(cuCtxSynchronize, );
  }
  verify();
}

int main(int count, char **words) {
  static const struct act acts[] = {
      {"early-fork", act_early_fork},   {"short-lived", act_short_lived},
      {"spawner", act_spawner},         {"exec", act_exec},
      {"become", act_become},           {"raw-clone", act_raw_clone},
      {"threads", act_threads},         {"cancel", act_cancel},
      {"reset", act_reset},             {"contexts", act_contexts},
      {"return", act_return},           {"exit", act_exit},
      {"_exit", act_exit_now},          {"abort", act_abort},
      {"quick_exit", act_quick_exit},   {"term", act_term},
      {"low-numbers", act_low_numbers}, {"few-descriptors", act_few_descriptors},
      {"select-server", act_select_server},
      {NULL, NULL},
  };
  self = words[0];
  int status = run_act(acts, count, words);
  return status == 0 && count > 1 && !strcmp(words[1], "return") ? 7 : status;
}

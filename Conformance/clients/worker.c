// worker KEY=VALUE...
//
// Holds device memory, changes a little of it with a kernel each round, and checks all of it: the
// tests' stand-in for somebody's program. Keys, with what they are when not given:
//   memory=8      MiB of device memory        blocks=4     allocations it is split into
//   rounds=20     rounds                      pause=0      ms of sleep after each round
//   check=5       rounds between whole checks
//   exit=return   how it ends: return, exit, _exit, abort, quick_exit, pthread_exit
//   status=0      the status it ends with     flight=0     1: with work still queued
//   close=0       1: closes descriptors 900 and up once it is set up: those of a preloaded object;
//                    the driver below needs its own
//   fork=0        1: leaves a child behind that looks for the parent's memory
//   linger=0      ms to stay after the last round, with everything allocated
//   capture=0     1: leaves a capture open on a stream that it destroys
//   graphs=0      captures begun and ended after each round
//   pin=0         1: makes a call that pins it, once it is set up
//   queue=1       launches queued before each round's own, for a GPU whose kernels take time
//   confined=0    1: membarrier is refused from the start on; 2: once it is set up
//   objects=0     1: prints `object START END PATH` for each mapping of a libcuda.so.1
// Prints `ready`, `round N`, and at the end `intact` or `corrupt BLOCK WORD`.
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../probes/driver.h"

static const char kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    // step(p, stride, v): p[thread * stride] += v
    ".visible .entry step(.param .u64 p, .param .u32 stride, .param .u32 v) {\n"
    "  .reg .u64 %rd<4>; .reg .u32 %r<10>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [stride]; ld.param.u32 %r2, [v];\n"
    "  mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ntid.x; mov.u32 %r5, %tid.x;\n"
    "  mad.lo.u32 %r6, %r3, %r4, %r5; mul.lo.u32 %r7, %r6, %r1;\n"
    "  mul.wide.u32 %rd2, %r7, 4; add.u64 %rd3, %rd1, %rd2;\n"
    "  ld.global.u32 %r8, [%rd3]; add.u32 %r8, %r8, %r2; st.global.u32 [%rd3], %r8; ret;\n}\n";

enum { BLOCKS_MAX = 64, TOUCHED = 256 };

static long memory = 8, blocks = 4, rounds = 20, pause_ms, check = 5, status, flight, close_all,
            fork_child, linger, objects, capture, graphs, pin, queue = 1, confined;
static const char *way = "return";

static CUdeviceptr address[BLOCKS_MAX];
static uint32_t *host;
static size_t block_bytes;
static uint32_t added;

static void need(CUresult result, const char *what) {
  if (result == CUDA_SUCCESS) return;
  printf("refused %s %d\n", what, (int)result);
  fflush(stdout);
  exit(3);
}
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

static uint32_t pattern(long block, size_t word) {
  return (uint32_t)word * 2654435761u ^ (uint32_t)block * 40503u;
}

static void read_keys(int count, char **words) {
  const struct {
    const char *name;
    long *value;
  } keys[] = {
      {"memory", &memory}, {"blocks", &blocks},   {"rounds", &rounds}, {"pause", &pause_ms},
      {"check", &check},   {"status", &status},   {"flight", &flight}, {"close", &close_all},
      {"fork", &fork_child}, {"linger", &linger}, {"objects", &objects},
      {"capture", &capture}, {"graphs", &graphs}, {"pin", &pin}, {"queue", &queue},
      {"confined", &confined},
  };
  for (int i = 1; i < count; i++) {
    char *equals = strchr(words[i], '=');
    size_t length = equals ? (size_t)(equals - words[i]) : 0;
    bool known = length == 4 && !strncmp(words[i], "exit", 4);
    if (known) way = equals + 1;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
      if (length == strlen(keys[k].name) && !strncmp(words[i], keys[k].name, length)) {
        *keys[k].value = strtol(equals + 1, NULL, 10);
        known = true;
      }
    if (known) continue;
    fprintf(stderr, "unknown word %s\n", words[i]);
    exit(2);
  }
  if (blocks < 1 || blocks > BLOCKS_MAX) blocks = 1;
}

static void fill(void) {
  block_bytes = (size_t)memory * (1 << 20) / (size_t)blocks / 4096 * 4096;
  host = malloc(block_bytes);
  for (long b = 0; b < blocks; b++) {
    MUST(cuMemAlloc_v2, &address[b], block_bytes);
    for (size_t i = 0; i < block_bytes / 4; i++) host[i] = pattern(b, i);
    MUST(cuMemcpyHtoD_v2, address[b], host, block_bytes);
  }
}

static void verify(void) {
  size_t stride = block_bytes / 4 / TOUCHED;
  for (long b = 0; b < blocks; b++) {
    MUST(cuMemcpyDtoH_v2, host, address[b], block_bytes);
    for (size_t i = 0; i < block_bytes / 4; i++) {
      bool touched = i % stride == 0 && i / stride < TOUCHED;
      if (host[i] == pattern(b, i) + (touched ? added : 0)) continue;
      printf("corrupt %ld %zu\n", b, i);
      exit(5);
    }
  }
}

/// Open descriptors of sockets and memory files.
static int shared_descriptors(void) {
  int count = 0;
  for (int number = 3; number < 1024; number++) {
    char path[64], target[256];
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    count += strstr(target, "memfd:") != NULL || !strncmp(target, "socket:", 7);
  }
  return count;
}

static int inherited_descriptors;

/// Sees none of the parent's device memory nor of Tidelock's shared memory.
static void look_as_child(void) {
  char line[512];
  int mappings = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) mappings += strstr(line, "memfd:") != NULL;
  fclose(maps);
  uint32_t word = 0;
  CUresult result = drv(cuMemcpyDtoH_v2)(&word, address[0], 4);
  printf("child mappings %d descriptors %d copy %s\n", mappings,
         shared_descriptors() - inherited_descriptors,
         result == CUDA_SUCCESS ? "allowed" : "refused");
  fflush(stdout);
}

static void print_objects(void) {
  char line[512], path[512];
  unsigned long start, end;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps))
    if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %511s", &start, &end, path) == 3 &&
        strstr(path, "libcuda.so.1"))
      printf("object %lx %lx %s\n", start, end, path);
  fclose(maps);
}

static void leave_child(void) {
  pid_t parent = getpid();
  fflush(stdout);
  if (fork()) return;
  alarm(60);
  // Orphaned first: what the parent had must be gone with it.
  while (getppid() == parent) usleep(2000);
  look_as_child();
  _exit(0);
}

/// Captures one launch; every other time into a graph that was there before.
static void capture_graph(CUfunction step, CUstream stream, bool existing) {
  uint32_t stride = (uint32_t)(block_bytes / 4 / TOUCHED), value = 1;
  void *values[] = {&address[0], &stride, &value};
  CUgraph graph = NULL;
  if (existing) {
    MUST(cuGraphCreate, &graph, 0);
    MUST(cuStreamBeginCaptureToGraph, stream, graph, NULL, NULL, 0,
         CU_STREAM_CAPTURE_MODE_RELAXED);
  } else {
    MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  }
  MUST(cuLaunchKernel, step, TOUCHED / 64, 1, 1, 64, 1, 1, 0, stream, values, NULL);
  MUST(cuStreamEndCapture, stream, &graph);
  MUST(cuGraphDestroy, graph);
}

static void capture_graphs(CUfunction step) {
  static CUstream stream;
  if (graphs && !stream) MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  for (long i = 0; i < graphs; i++) {
    // Work for markers to wait for, and freed memory for the house to be kept of.
    uint32_t stride = (uint32_t)(block_bytes / 4 / TOUCHED), value = 0;
    void *values[] = {&address[0], &stride, &value};
    CUdeviceptr freed;
    MUST(cuLaunchKernel, step, TOUCHED / 64, 1, 1, 64, 1, 1, 0, NULL, values, NULL);
    MUST(cuMemAlloc_v2, &freed, 4096);
    MUST(cuMemFree_v2, freed);
    capture_graph(step, stream, i & 1);
  }
}

static void abandon_capture(void) {
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  MUST(cuStreamBeginCapture_v2, stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  MUST(cuStreamDestroy_v2, stream);
}

static void play(CUfunction step) {
  uint32_t stride = (uint32_t)(block_bytes / 4 / TOUCHED);
  for (long round = 1; round <= rounds; round++) {
    uint32_t value = (uint32_t)round * 7919u, nothing = 0;
    for (long q = 1; q < queue; q++) {
      void *values[] = {&address[0], &stride, &nothing};
      MUST(cuLaunchKernel, step, TOUCHED / 64, 1, 1, 64, 1, 1, 0, NULL, values, NULL);
    }
    for (long b = 0; b < blocks; b++) {
      void *values[] = {&address[b], &stride, &value};
      MUST(cuLaunchKernel, step, TOUCHED / 64, 1, 1, 64, 1, 1, 0, NULL, values, NULL);
    }
    added += value;
    MUST(cuCtxSynchronize, );
    if (check && round % check == 0) verify();
    printf("round %ld\n", round);
    fflush(stdout);
    capture_graphs(step);
    if (pause_ms) usleep((useconds_t)pause_ms * 1000);
  }
  verify();
  printf("intact\n");
  fflush(stdout);
  if (linger) usleep((useconds_t)linger * 1000);
}

static void queue_work(CUfunction step) {
  uint32_t stride = (uint32_t)(block_bytes / 4 / TOUCHED), value = 1;
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  for (int i = 0; i < 200; i++) {
    void *values[] = {&address[0], &stride, &value};
    MUST(cuLaunchKernel, step, TOUCHED / 64, 1, 1, 64, 1, 1, 0, stream, values, NULL);
  }
}

/// As a sandbox does: from here on the kernel refuses membarrier to every thread of the process.
static void confine(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) ||
      syscall(SYS_membarrier, 0, 0, 0) >= 0) {
    printf("not confined\n");
    exit(4);
  }
}

static int leave(void) {
  if (!strcmp(way, "exit")) exit((int)status);
  if (!strcmp(way, "_exit")) _exit((int)status);
  if (!strcmp(way, "abort")) abort();
  if (!strcmp(way, "quick_exit")) quick_exit((int)status);
  if (!strcmp(way, "pthread_exit")) pthread_exit(NULL);
  return (int)status;
}

int main(int count, char **words) {
  read_keys(count, words);
  inherited_descriptors = shared_descriptors();
  if (confined == 1) confine();
  CUcontext context;
  CUmodule module;
  CUfunction step;
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
  MUST(cuModuleLoadData, &module, kernels);
  MUST(cuModuleGetFunction, &step, module, "step");
  fill();
  if (close_all) syscall(SYS_close_range, 900, ~0u, 0);
  if (fork_child) leave_child();
  if (confined == 2) confine();
  if (objects) print_objects();
  if (capture) abandon_capture();
  if (pin) {
    // Some devices have no managed memory; the attempt alone pins.
    CUdeviceptr other;
    (void)drv(cuMemAllocManaged)(&other, 2 << 20, CU_MEM_ATTACH_GLOBAL);
  }
  printf("ready\n");
  fflush(stdout);
  play(step);
  if (flight) queue_work(step);
  return leave();
}

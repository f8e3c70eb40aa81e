// meeting ACT STEPS [MIB]: threads that meet as they otherwise do by chance.
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "promise.h"

/// Work on streams of its own, that ends when it is let.
enum { WORKS = 3 };
static atomic_bool let[WORKS];
static CUstream work[WORKS];

static void until_let(void *number) {
  while (!atomic_load(&let[(long)number])) usleep(1000);
}

static void submit(long number) {
  work[number] = new_stream();
  MUST(cuLaunchHostFunc, work[number], until_let, (void *)number);
  need(launch(0, work[number]), "cuLaunchKernel");
  added[0]++;
}

/// Half of a page of what the driver hands out: freeing one gives the GPU no memory back, so that
/// it is used again without asking anybody.
enum { PARTS = 8, PART_BYTES = MIB };
static CUdeviceptr part[PARTS];

/// A thread that allocates one part.
struct allocator {
  pthread_t thread;
  _Atomic(pid_t) number;
  CUdeviceptr part;
};

static void *allocate(void *argument) {
  struct allocator *mine = argument;
  MUST(cuCtxSetCurrent, context);
  atomic_store(&mine->number, (pid_t)syscall(SYS_gettid));
  MUST(cuMemAlloc_v2, &mine->part, PART_BYTES);
  return NULL;
}

static bool sleeps(pid_t number) {
  char path[64], line[256] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)number);
  FILE *file = fopen(path, "r");
  if (!file) return false;
  char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
  fclose(file);
  return end && end[1] == ' ' && end[2] == 'S';
}

/// Until it does nothing but wait in its allocation: nothing else there takes so long.
static void await_asleep(struct allocator *one) {
  for (int samples = 0; samples < 100; usleep(1000)) {
    pid_t number = atomic_load(&one->number);
    samples = number && sleeps(number) ? samples + 1 : 0;
  }
}

/// No thread allocates before as much was freed as all of them have asked for, so a driver would
/// refuse none. Here one waits for what was freed before it came, others take that, and what they
/// freed for it is still in use then. For a program that may have 32 MiB.
static void act_settle(void) {
  static struct allocator first, second;
  CUdeviceptr third;
  mib = 24;
  hold();
  for (int p = 0; p < PARTS; p++) MUST(cuMemAlloc_v2, &part[p], PART_BYTES);
  submit(0);
  MUST(cuMemFree_v2, part[0]);
  MUST(cuMemFree_v2, part[2]);
  pthread_create(&first.thread, NULL, allocate, &first);
  await_asleep(&first);
  submit(1);
  pthread_create(&second.thread, NULL, allocate, &second);
  await_asleep(&second);
  // `first` gets one of the two; `second` waits on.
  atomic_store(&let[0], true);
  pthread_join(first.thread, NULL);
  submit(2);
  MUST(cuMemFree_v2, part[4]);
  MUST(cuMemFree_v2, part[6]);
  MUST(cuMemAlloc_v2, &third, PART_BYTES);
  say("taken", 0);
  atomic_store(&let[1], true);
  while (drv(cuStreamQuery)(work[1]) != CUDA_SUCCESS) usleep(1000);
  await_asleep(&second);
  atomic_store(&let[2], true);
  pthread_join(second.thread, NULL);
  verify();
}

int main(int count, char **words) {
  static const struct act acts[] = {{"settle", act_settle}, {NULL, NULL}};
  return run_act(acts, count, words);
}

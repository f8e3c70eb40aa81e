// Processes: fork, death, what others see.
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static int outcome(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void fork_after(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 1);
  pid_t child = fork();
  if (child == 0) {
    alarm(10);
    uint32_t word;
    CUdeviceptr more;
    FIND("child-init", cuInit, 0);
    FIND("child-allocate", cuMemAlloc_v2, &more, 4096);
    FIND("child-copy", cuMemcpyDtoH_v2, &word, address, 4);
    FIND("child-synchronise", cuCtxSynchronize, );
    _exit(0);
  }
  say("child-outcome", "%d", outcome(child));
  say_if("parent-still-works", holds(address, 4096, 1));
}

static void fork_before(void) {
  drv(cuDriverGetVersion)(&(int){0});
  pid_t child = fork();
  if (child == 0) {
    alarm(30);
    begin();
    CUdeviceptr address = device_memory(4096, 1);
    say_if("child-works", holds(address, 4096, 1));
    exit(0);
  }
  say("child-outcome", "%d", outcome(child));
  begin();
  CUdeviceptr address = device_memory(4096, 2);
  say_if("parent-works", holds(address, 4096, 2));
}

static void death_returns_memory(void) {
  begin();
  size_t before, after = 0, total;
  MUST(cuMemGetInfo_v2, &before, &total);
  int lines[2];
  if (pipe(lines)) return;
  pid_t child = fork();
  if (child == 0) {
    // The child may not use the parent's context: it becomes a program of its own.
    dup2(lines[1], 1);
    execl("/proc/self/exe", "probe", "helper-holds-memory", (char *)NULL);
    _exit(127);
  }
  close(lines[1]);
  char text[64] = "";
  FILE *from = fdopen(lines[0], "r");
  if (!fgets(text, sizeof text, from)) say("helper", "said nothing");
  size_t during;
  MUST(cuMemGetInfo_v2, &during, &total);
  say_if("memory-of-another-process-counts", during + 8 * MIB <= before);
  kill(child, 9);
  waitpid(child, NULL, 0);
  for (int i = 0; i < 500; i++) {
    MUST(cuMemGetInfo_v2, &after, &total);
    if (after >= before) break;
    usleep(10000);
  }
  say_if("killed-process-gives-it-back", after >= before);
}

static void helper(void) {
  begin();
  device_memory(8 * MIB, 3);
  say("ready", "yes");
  sleep(30);
}

static int ended_with_work(int way) {
  pid_t child = fork();
  if (child) return outcome(child);
  alarm(30);
  begin();
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch();
  open_latch_later(latch, 200);
  hold(latch, stream);
  if (way == 0) exit(7);
  if (way == 1) _exit(8);
  quick_exit(9);
}

static void exits(void) {
  say("exit", "%d", ended_with_work(0));
  say("_exit", "%d", ended_with_work(1));
  say("quick_exit", "%d", ended_with_work(2));
}

const struct probe process_probes[] = {
    {"process-fork-after", fork_after},
    {"process-fork-before", fork_before},
    {"process-death-returns-memory", death_returns_memory},
    {"process-exits-with-work", exits},
    {"helper-holds-memory", helper},
    {NULL, NULL},
};

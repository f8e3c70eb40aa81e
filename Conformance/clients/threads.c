// threads THREADS ROUNDS KIBIBYTES SEED
//
// Each thread holds two blocks of up to so many KiB, sets, checks and frees them over and over. The
// checks go through its own stream. Prints `intact` or `corrupt THREAD ROUND`.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../probes/driver.h"

enum { THREADS_MAX = 128, HELD = 2 };

static CUcontext context;
static long threads, rounds;
static size_t words_max;
static uint64_t seed;

#define MUST(name, ...)                                        \
  do {                                                         \
    CUresult result = drv(name)(__VA_ARGS__);                  \
    if (result == CUDA_SUCCESS) break;                         \
    printf("refused " #name " %d\n", (int)result);             \
    exit(3);                                                   \
  } while (0)

static uint64_t split_mix(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static void *work(void *argument) {
  long number = (long)argument;
  uint64_t state = seed * 1000 + (uint64_t)number;
  CUstream stream;
  MUST(cuCtxSetCurrent, context);
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  CUdeviceptr address[HELD] = {0};
  size_t words[HELD] = {0};
  uint32_t value[HELD] = {0};
  uint32_t *host = malloc(words_max * 4);
  for (long round = 0; round < rounds; round++) {
    int k = (int)(round % HELD);
    if (address[k]) {
      MUST(cuMemcpyDtoHAsync_v2, host, address[k], words[k] * 4, stream);
      MUST(cuStreamSynchronize, stream);
      for (size_t i = 0; i < words[k]; i++) {
        if (host[i] == value[k]) continue;
        printf("corrupt %ld %ld\n", number, round);
        exit(5);
      }
      MUST(cuMemFree_v2, address[k]);
    }
    words[k] = 1 + split_mix(&state) % words_max;
    value[k] = (uint32_t)split_mix(&state);
    MUST(cuMemAlloc_v2, &address[k], words[k] * 4);
    MUST(cuMemsetD32Async, address[k], value[k], words[k], stream);
  }
  for (int k = 0; k < HELD; k++) MUST(cuMemFree_v2, address[k]);
  free(host);
  return NULL;
}

int main(int count, char **words) {
  if (count != 5) return 2;
  threads = strtol(words[1], NULL, 10);
  rounds = strtol(words[2], NULL, 10);
  words_max = strtoul(words[3], NULL, 10) * 256;
  seed = strtoull(words[4], NULL, 10);
  if (threads > THREADS_MAX || rounds < HELD) return 2;
  MUST(cuInit, 0);
  MUST(cuCtxCreate_v2, &context, 0, 0);
  pthread_t started[THREADS_MAX];
  for (long i = 0; i < threads; i++) pthread_create(&started[i], NULL, work, (void *)i);
  for (long i = 0; i < threads; i++) pthread_join(started[i], NULL);
  printf("intact\n");
  return 0;
}

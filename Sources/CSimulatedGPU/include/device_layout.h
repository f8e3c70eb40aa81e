#pragma once

// What lies at the start of a simulated GPU's file. Every process that uses the GPU maps it, so the
// layout is fixed here and named by `version`; the tables behind it are found through the offsets.

#include <pthread.h>
#include <stdint.h>

#define SIMULATED_GPU_MAGIC 0x7570676d69736474ull
#define SIMULATED_GPU_VERSION 3u
#define SIMULATED_GPU_PARAMETERS 16
#define SIMULATED_GPU_PROCESSES 256
#define SIMULATED_GPU_DEVICES 16
#define SIMULATED_GPU_FRAME_BYTES 2097152ull

typedef struct {
  uint64_t magic;
  uint32_t version;
  uint32_t parameterCount;
  uint64_t parameters[SIMULATED_GPU_PARAMETERS];
  uint64_t fileBytes;
  uint64_t processOffset;
  uint64_t deviceOffset;
  uint64_t frameOffset;
  uint64_t memoryOffset;
  uint64_t framesPerDevice;
  uint64_t identity[2];
  // Robust and shared: the death of its holder passes it on.
  pthread_mutex_t lock;
} simulated_gpu_header;

// One process that has used the GPU. Free while pid is 0.
typedef struct {
  int32_t pid;
  // The process namespace in which pid counts, by its number in the kernel.
  uint32_t pidNamespace;
  uint64_t startTicks;
  uint64_t stackAddress;
  uint64_t unswappableBytes[SIMULATED_GPU_DEVICES];
} simulated_gpu_process;

typedef struct {
  // Monotonic nanoseconds at which the link is free again: host to device, device to host.
  uint64_t linkBusyUntil[2];
  // Times the resident bytes were found above the memory. Always 0 unless the simulator is wrong.
  uint64_t violations;
  uint64_t mostResidentBytes;
  // Bytes that crossed the link so far: host to device, device to host.
  uint64_t linkBytes[2];
  // Bytes of frames that living processes gave back so far.
  uint64_t givenBackBytes;
} simulated_gpu_device;

// One physical frame. owner is a process index + 1, 0 when free; a frame that was given back stays
// in use until readyNanoseconds (delayed release).
typedef struct {
  uint32_t owner;
  uint32_t releasing;
  uint64_t readyNanoseconds;
} simulated_gpu_frame;

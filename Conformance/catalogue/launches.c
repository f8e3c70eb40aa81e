// Launches of every form, host functions and callbacks.
#include "../clients/random_kernels.h"
#include "catalogue.h"

#define BLOCKS 4u
#define THREADS 64u

#define LAUNCH(entry, stream)                                                      \
  OPERATION(entry, CAPTURABLE) {                                                   \
    struct mixing mixing;                                                          \
    describe(&mixing);                                                             \
    CUstream on = stream;                                                          \
    if (world.capturing) on = world.capturing;                                     \
    DO(entry, world.mix, BLOCKS, 1, 1, THREADS, 1, 1, 0, on, mixing.values, NULL); \
  }
LAUNCH(cuLaunchKernel, queue())
LAUNCH(cuLaunchKernel_ptsz, PER_THREAD)

#define LAUNCH_TOGETHER(entry, stream)                                             \
  OPERATION(entry, ALONE) {                                                        \
    struct mixing mixing;                                                          \
    describe(&mixing);                                                             \
    CUstream on = stream;                                                          \
    DO(entry, world.mix, BLOCKS, 1, 1, THREADS, 1, 1, 0, on, mixing.values);       \
  }
LAUNCH_TOGETHER(cuLaunchCooperativeKernel, queue())
LAUNCH_TOGETHER(cuLaunchCooperativeKernel_ptsz, PER_THREAD)

/// The newer form, of a kernel of a library, which takes the place of a function.
#define LAUNCH_EX(entry, stream)                                                   \
  OPERATION(entry, CAPTURABLE) {                                                   \
    struct mixing mixing;                                                          \
    describe(&mixing);                                                             \
    CUstream on = stream;                                                          \
    if (world.capturing) on = world.capturing;                                     \
    CUlaunchConfig shape = {.gridDimX = BLOCKS, .gridDimY = 1, .gridDimZ = 1,      \
                            .blockDimX = THREADS, .blockDimY = 1, .blockDimZ = 1,  \
                            .hStream = on};                                        \
    DO(entry, &shape, (CUfunction)world.kernel, mixing.values, NULL);              \
  }
LAUNCH_EX(cuLaunchKernelEx, queue())
LAUNCH_EX(cuLaunchKernelEx_ptsz, PER_THREAD)

static void count_up(void *counter) { ++*(uint64_t *)counter; }

/// What the host did in stream order is seen after the work is done.
#define HOST(entry, stream)                                                        \
  OPERATION(entry, ALONE) {                                                        \
    uint64_t counter = any(100);                                                   \
    CUstream on = stream;                                                          \
    CUresult status = DO(entry, on, count_up, &counter);                           \
    finish_work();                                                                 \
    SEE(status, counter);                                                          \
  }
HOST(cuLaunchHostFunc, queue())
HOST(cuLaunchHostFunc_ptsz, PER_THREAD)

static void called_back(CUstream stream, CUresult status, void *counter) {
  (void)stream;
  *(uint64_t *)counter += 2 + (uint64_t)status;
}

#define CALLBACK(entry, stream)                                                    \
  OPERATION(entry, ALONE) {                                                        \
    uint64_t counter = any(100);                                                   \
    CUstream on = stream;                                                          \
    CUresult status = DO(entry, on, called_back, &counter, 0);                     \
    finish_work();                                                                 \
    SEE(status, counter);                                                          \
  }
CALLBACK(cuStreamAddCallback, queue())
CALLBACK(cuStreamAddCallback_ptsz, PER_THREAD)

// Modules and libraries, and what they say of themselves.

#define LOAD(entry, ...)                                                           \
  OPERATION(entry, ALONE) {                                                        \
    CUmodule module = NULL;                                                        \
    CUfunction function = NULL;                                                    \
    if (DO(entry, &module, __VA_ARGS__)) return;                                   \
    if (!DO(cuModuleGetFunction, &function, module, "total")) DO(cuFuncLoad, function); \
    DO(cuModuleUnload, module);                                                    \
  }
LOAD(cuModuleLoadData, random_kernels)
LOAD(cuModuleLoadDataEx, random_kernels, 0, NULL, NULL)

OPERATION(cuModuleLoad, ALONE) {
  CUmodule module;
  DO(cuModuleLoad, &module, "/nowhere/at-all.cubin");
}

OPERATION(cuModuleLoadFatBinary, ALONE) {
  CUmodule module = NULL;
  if (!DO(cuModuleLoadFatBinary, &module, random_kernels)) DO(cuModuleUnload, module);
}

OPERATION(cuModuleUnload, ALONE) { DO(cuModuleUnload, NULL); }

OPERATION(cuLibraryLoadData, ALONE) {
  CUlibrary library;
  CUkernel kernel;
  CUmodule module;
  CUfunction function;
  unsigned count = 0;
  if (DO(cuLibraryLoadData, &library, random_kernels, NULL, NULL, 0, NULL, NULL, 0)) return;
  SEE(DO(cuLibraryGetKernelCount, &count, library), count);
  DO(cuLibraryGetKernel, &kernel, library, "blend");
  DO(cuLibraryGetModule, &module, library);
  DO(cuKernelGetFunction, &function, kernel);
  DO(cuLibraryUnload, library);
}

OPERATION(cuModuleGetGlobal_v2, ALONE) {
  CUdeviceptr address;
  size_t bytes;
  DO(cuModuleGetGlobal_v2, &address, &bytes, world.module, "none");
}

OPERATION(cuLibraryGetGlobal, ALONE) {
  CUdeviceptr address;
  size_t bytes;
  DO(cuLibraryGetGlobal, &address, &bytes, world.loaded, "none");
}

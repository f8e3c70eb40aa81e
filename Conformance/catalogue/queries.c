// What programs ask of devices, contexts, functions and the driver itself.
#include "catalogue.h"

OPERATION(cuInit, ALONE) { DO(cuInit, 0); }

OPERATION(cuDriverGetVersion, ALONE) {
  int version = 0;
  SEE(DO(cuDriverGetVersion, &version), version);
}

OPERATION(cuGetErrorName, ALONE) {
  const char *name = NULL;
  CUresult error = (CUresult)any(1000);
  see(DO(cuGetErrorName, error, &name), name ? name : "", name ? strlen(name) : 0);
  name = NULL;
  see(DO(cuGetErrorString, error, &name), name ? name : "", name ? strlen(name) : 0);
}

OPERATION(cuGetExportTable, ALONE) {
  const void *table;
  CUuuid id = {{1}};
  DO(cuGetExportTable, &table, &id);
}

/// What is found is not looked at: it is another function under Tidelock.
OPERATION(cuGetProcAddress, ALONE) {
  void *found = NULL;
  CUdriverProcAddressQueryResult status = 0;
  static const char *const asked[] = {"cuMemAlloc", "cuLaunchKernel", "cuMemcpyHtoD", "cuNone"};
  DO(cuGetProcAddress, asked[any(4)], &found, 12000, 0);
  SEE(DO(cuGetProcAddress_v2, asked[any(4)], &found, 13000, 0, &status), status);
}

#define ASK(entry, type, ...)                                                      \
  OPERATION(entry, ALONE) {                                                        \
    type answer = {0};                                                             \
    SEE(DO(entry, &answer, ##__VA_ARGS__), answer);                                \
  }
ASK(cuDeviceGet, CUdevice, 0)
ASK(cuDeviceGetCount, int)
ASK(cuDeviceGetProperties, CUdevprop, 0)
ASK(cuDeviceGetAttribute, int, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 0)
ASK(cuDeviceGetP2PAttribute, int, 0, 0, 0)
ASK(cuDeviceCanAccessPeer, int, 0, 0)
ASK(cuCtxGetDevice, CUdevice)
ASK(cuCtxGetFlags, unsigned)
ASK(cuCtxGetCacheConfig, CUfunc_cache)
ASK(cuCtxGetSharedMemConfig, CUsharedconfig)
ASK(cuModuleGetLoadingMode, CUmoduleLoadingMode)
ASK(cuModuleGetFunctionCount, unsigned, world.module)
ASK(cuFuncGetAttribute, int, CU_FUNC_ATTRIBUTE_NUM_REGS, world.mix)
ASK(cuKernelGetAttribute, int, CU_FUNC_ATTRIBUTE_NUM_REGS, world.kernel, 0)
ASK(cuOccupancyMaxActiveBlocksPerMultiprocessor, int, world.mix, 64, 0)
ASK(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags, int, world.mix, 64, 0, 0)

OPERATION(cuDeviceGetName, ALONE) {
  char name[64] = "";
  SEE(DO(cuDeviceGetName, name, sizeof name, 0), name);
}

OPERATION(cuDeviceGetPCIBusId, ALONE) {
  char name[64] = "";
  CUdevice device = 7;
  if (DO(cuDeviceGetPCIBusId, name, sizeof name, 0)) return;
  SEE(DO(cuDeviceGetByPCIBusId, &device, name), device);
}

/// Every simulated GPU has an identity of its own.
OPERATION(cuDeviceGetUuid, ALONE) {
  CUuuid one = {{0}}, other = {{0}};
  DO(cuDeviceGetUuid, &one, 0);
  DO(cuDeviceGetUuid_v2, &other, 0);
  bool is_same = !memcmp(&one, &other, sizeof one);
  digest(&is_same, sizeof is_same);
}

OPERATION(cuDeviceComputeCapability, ALONE) {
  int major = 0, minor = 0;
  SEE(DO(cuDeviceComputeCapability, &major, &minor, 0), major);
}

/// Less under Tidelock, which keeps some for contexts.
OPERATION(cuDeviceTotalMem_v2, ALONE) {
  size_t bytes = 0;
  CUresult status = DO(cuDeviceTotalMem_v2, &bytes, 0);
  bool is_some = bytes > 0;
  SEE(status, is_some);
}

// Contexts.

OPERATION(cuCtxGetCurrent, ALONE) {
  CUcontext found = NULL;
  CUresult status = DO(cuCtxGetCurrent, &found);
  bool is_ours = found == world.context;
  SEE(status, is_ours);
}

OPERATION(cuCtxSetCurrent, ALONE) {
  DO(cuCtxSetCurrent, NULL);
  DO(cuCtxSetCurrent, world.context);
}

#define PUSH(entry, popping)                                                       \
  OPERATION(entry, ALONE) {                                                        \
    CUcontext found = NULL;                                                        \
    if (DO(entry, world.context)) return;                                          \
    CUresult status = DO(popping, &found);                                         \
    bool is_ours = found == world.context;                                         \
    SEE(status, is_ours);                                                          \
  }
PUSH(cuCtxPushCurrent_v2, cuCtxPopCurrent_v2)
PUSH(cuCtxPushCurrent, cuCtxPopCurrent)

OPERATION(cuCtxGetLimit, ALONE) {
  size_t value = 0;
  SEE(DO(cuCtxGetLimit, &value, CU_LIMIT_STACK_SIZE), value);
}

OPERATION(cuCtxGetApiVersion, ALONE) {
  unsigned version = 0;
  SEE(DO(cuCtxGetApiVersion, world.context, &version), version);
}

OPERATION(cuCtxGetId, ALONE) {
  unsigned long long id = 0;
  CUresult status = DO(cuCtxGetId, world.context, &id);
  bool is_there = id != 0;
  SEE(status, is_there);
}

OPERATION(cuCtxGetDevice_v2, ALONE) {
  CUdevice device = 7;
  SEE(DO(cuCtxGetDevice_v2, &device, world.context), device);
}

OPERATION(cuCtxGetStreamPriorityRange, ALONE) {
  int least = 7, greatest = 7;
  CUresult status = DO(cuCtxGetStreamPriorityRange, &least, &greatest);
  SEE(status, least);
  SEE(status, greatest);
}

OPERATION(cuCtxSetLimit, ALONE) { DO(cuCtxSetLimit, CU_LIMIT_STACK_SIZE, 2048); }
OPERATION(cuCtxSetCacheConfig, ALONE) { DO(cuCtxSetCacheConfig, CU_FUNC_CACHE_PREFER_L1); }
OPERATION(cuCtxSetSharedMemConfig, ALONE) { DO(cuCtxSetSharedMemConfig, 0); }
OPERATION(cuCtxSetFlags, ALONE) { DO(cuCtxSetFlags, 0); }
OPERATION(cuCtxResetPersistingL2Cache, ALONE) { DO(cuCtxResetPersistingL2Cache, ); }
OPERATION(cuCtxSynchronize, ALONE) { DO(cuCtxSynchronize, ); }
OPERATION(cuCtxSynchronize_v2, ALONE) { DO(cuCtxSynchronize_v2, world.context); }
OPERATION(cuCtxEnablePeerAccess, ALONE) { DO(cuCtxEnablePeerAccess, world.context, 0); }
OPERATION(cuCtxDisablePeerAccess, ALONE) { DO(cuCtxDisablePeerAccess, world.context); }

// The primary context is another one, with memory of its own, and goes again.
OPERATION(cuDevicePrimaryCtxRetain, ALONE) {
  CUcontext primary;
  CUdeviceptr address;
  unsigned flags = 0;
  int active = 0;
  finish_work();
  if (DO(cuDevicePrimaryCtxRetain, &primary, 0)) return;
  SEE(DO(cuDevicePrimaryCtxGetState, 0, &flags, &active), active);
  DO(cuCtxSetCurrent, primary);
  if (!DO(cuMemAlloc_v2, &address, 1 << 20)) {
    DO(cuMemsetD8_v2, address, 3, 1 << 20);
    see(DO(cuMemcpyDtoH_v2, world.pageable, address, 64), world.pageable, 64);
    if (any(2)) DO(cuMemFree_v2, address);
  }
  DO(cuCtxSetCurrent, world.context);
  if (any(2)) DO(cuDevicePrimaryCtxRelease, 0);
  else DO(cuDevicePrimaryCtxRelease_v2, 0);
  SEE(DO(cuDevicePrimaryCtxGetState, 0, &flags, &active), active);
}

OPERATION(cuDevicePrimaryCtxReset_v2, ALONE) { DO(cuDevicePrimaryCtxReset_v2, 0); }
OPERATION(cuDevicePrimaryCtxReset, ALONE) { DO(cuDevicePrimaryCtxReset, 0); }
OPERATION(cuDevicePrimaryCtxSetFlags_v2, ALONE) { DO(cuDevicePrimaryCtxSetFlags_v2, 0, 0); }
OPERATION(cuDevicePrimaryCtxSetFlags, ALONE) { DO(cuDevicePrimaryCtxSetFlags, 0, 0); }

/// A second context comes and goes with its memory.
#define CONTEXT(entry, going, ...)                                                 \
  OPERATION(entry, ALONE) {                                                        \
    CUcontext context;                                                             \
    CUdeviceptr address;                                                           \
    finish_work();                                                                 \
    if (DO(entry, &context, ##__VA_ARGS__, 0, 0)) return;                          \
    if (!DO(cuMemAlloc_v2, &address, 1 << 20)) DO(cuMemsetD8_v2, address, 3, 1 << 20); \
    DO(going, context);                                                            \
    DO(cuCtxSetCurrent, world.context);                                            \
  }
CONTEXT(cuCtxCreate_v2, cuCtxDestroy_v2)
CONTEXT(cuCtxCreate, cuCtxDestroy)
CONTEXT(cuCtxCreate_v3, cuCtxDestroy_v2, NULL, 0)
CONTEXT(cuCtxCreate_v4, cuCtxDestroy_v2, NULL)

// Functions and kernels.

OPERATION(cuFuncGetName, ALONE) {
  const char *name = NULL;
  if (!DO(cuFuncGetName, &name, world.mix)) digest(name, strlen(name));
  if (!DO(cuKernelGetName, &name, world.kernel)) digest(name, strlen(name));
}

OPERATION(cuFuncGetModule, ALONE) {
  CUmodule module = NULL;
  CUlibrary library = NULL;
  bool is_ours = !DO(cuFuncGetModule, &module, world.mix) && module == world.module;
  digest(&is_ours, sizeof is_ours);
  is_ours = !DO(cuKernelGetLibrary, &library, world.kernel) && library == world.loaded;
  digest(&is_ours, sizeof is_ours);
}

OPERATION(cuFuncGetParamInfo, ALONE) {
  size_t offset = 0, bytes = 0;
  SEE(DO(cuFuncGetParamInfo, world.mix, any(8), &offset, &bytes), offset);
  SEE(DO(cuKernelGetParamInfo, world.kernel, any(8), &offset, &bytes), bytes);
}

OPERATION(cuFuncGetParamCount, ALONE) {
  size_t count = 0;
  SEE(DO(cuFuncGetParamCount, world.mix, &count), count);
  SEE(DO(cuKernelGetParamCount, world.kernel, &count), count);
}

OPERATION(cuFuncSetAttribute, ALONE) {
  CUfunction_attribute what = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
  DO(cuFuncSetAttribute, world.mix, what, 1024);
  DO(cuKernelSetAttribute, what, 1024, world.kernel, 0);
}

OPERATION(cuFuncSetCacheConfig, ALONE) {
  DO(cuFuncSetCacheConfig, world.mix, CU_FUNC_CACHE_PREFER_L1);
  DO(cuKernelSetCacheConfig, world.kernel, CU_FUNC_CACHE_PREFER_L1, 0);
  DO(cuFuncSetSharedMemConfig, world.mix, 0);
}

OPERATION(cuModuleEnumerateFunctions, ALONE) {
  CUfunction found[4];
  DO(cuModuleEnumerateFunctions, found, 4, world.module);
}

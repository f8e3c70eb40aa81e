// cuInit, cuGetProcAddress, export tables.
#include <string.h>

#include "probe.h"

typedef CUresult (*resolver)(const char *, void **, int, cuuint64_t,
                             CUdriverProcAddressQueryResult *);

static CUresult ask(const char *name, int version, cuuint64_t flags, void **found, int *status) {
  CUdriverProcAddressQueryResult result = (CUdriverProcAddressQueryResult)77;
  *found = (void *)1;
  CUresult code = drv(cuGetProcAddress_v2)(name, found, version, flags, &result);
  *status = result;
  return code;
}

static void before_init(void) {
  int version = 0, count = 0;
  CUdevice device;
  CUdeviceptr address;
  FIND("version", cuDriverGetVersion, &version);
  say_if("version-at-least-12000", version >= 12000);
  FIND("count", cuDeviceGetCount, &count);
  FIND("device", cuDeviceGet, &device, 0);
  FIND("allocate", cuMemAlloc_v2, &address, 4096);
  FIND("synchronise", cuCtxSynchronize, );
  const char *text = NULL;
  FIND("error-name", cuGetErrorName, CUDA_ERROR_OUT_OF_MEMORY, &text);
  void *found;
  int status;
  say_code("resolve", ask("cuMemAlloc", 12000, 0, &found, &status));
  FIND("init-flags-1", cuInit, 1);
  FIND("init", cuInit, 0);
  FIND("init-again", cuInit, 0);
}

static void versions(void) {
  static const struct {
    const char *name;
    int version;
    cuuint64_t flags;
    const char *export;
  } rows[] = {
      {"cuMemAlloc", 2000, 0, "cuMemAlloc"},
      {"cuMemAlloc", 3010, 0, "cuMemAlloc"},
      {"cuMemAlloc", 3020, 0, "cuMemAlloc_v2"},
      {"cuMemAlloc", 12000, 0, "cuMemAlloc_v2"},
      {"cuCtxCreate", 2000, 0, "cuCtxCreate"},
      {"cuCtxCreate", 3020, 0, "cuCtxCreate_v2"},
      {"cuCtxCreate", 11040, 0, "cuCtxCreate_v3"},
      {"cuCtxDestroy", 4000, 0, "cuCtxDestroy_v2"},
      {"cuEventDestroy", 4000, 0, "cuEventDestroy_v2"},
      {"cuStreamSynchronize", 7000, 0, "cuStreamSynchronize"},
      {"cuStreamSynchronize", 7000, 2, "cuStreamSynchronize_ptsz"},
      {"cuStreamSynchronize", 7000, 1, "cuStreamSynchronize"},
      {"cuMemcpyHtoD", 7000, 2, "cuMemcpyHtoD_v2_ptds"},
      {"cuMemcpyHtoDAsync", 7000, 2, "cuMemcpyHtoDAsync_v2_ptsz"},
      {"cuLaunchKernel", 7000, 2, "cuLaunchKernel_ptsz"},
      {"cuMemCreate", 10020, 2, "cuMemCreate"},
      {"cuStreamBeginCapture", 10000, 0, "cuStreamBeginCapture"},
      {"cuStreamBeginCapture", 10010, 0, "cuStreamBeginCapture_v2"},
      {"cuGetProcAddress", 11030, 0, "cuGetProcAddress"},
      {"cuGetProcAddress", 12000, 0, "cuGetProcAddress_v2"},
      {"cuGraphInstantiate", 11000, 0, "cuGraphInstantiate_v2"},
      {"cuGraphInstantiate", 12000, 0, "cuGraphInstantiateWithFlags"},
      {"cuMemGetInfo", 3020, 0, "cuMemGetInfo_v2"},
      {"cuMemcpyHtoD", 3020, 2, "cuMemcpyHtoD_v2"},
      {"cuDeviceGetUuid", 9020, 0, "cuDeviceGetUuid"},
      {"cuDeviceGetUuid", 11040, 0, "cuDeviceGetUuid_v2"},
  };
  MUST(cuInit, 0);
  int differ = 0;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    void *found;
    int status;
    CUresult code = ask(rows[i].name, rows[i].version, rows[i].flags, &found, &status);
    bool same = code == 0 && found == driver_symbol_if_any(rows[i].export);
    if (same) continue;
    differ++;
    say("differs", "%s %d flags %d: %s status %d %s", rows[i].name, rows[i].version,
        (int)rows[i].flags, code_name(code), status, found ? "found" : "null");
  }
  say("answers-that-are-not-the-export", "%d", differ);
}

static void exports(void) {
  static const char *const names[] = {
      "cuInit",          "cuDeviceGet",         "cuDeviceGetCount",   "cuDeviceGetName",
      "cuCtxSynchronize", "cuCtxGetCurrent",    "cuCtxSetCurrent",    "cuModuleLoadData",
      "cuModuleLoadDataEx", "cuModuleGetFunction", "cuModuleUnload",  "cuMemHostAlloc",
      "cuMemFreeHost",   "cuMemAddressReserve", "cuMemAddressFree",   "cuMemCreate",
      "cuMemRelease",    "cuMemMap",            "cuMemUnmap",         "cuMemSetAccess",
      "cuMemGetAccess",  "cuLaunchKernel",      "cuLaunchHostFunc",   "cuStreamCreate",
      "cuStreamQuery",   "cuStreamWaitEvent",   "cuStreamIsCapturing", "cuEventCreate",
      "cuEventRecord",   "cuEventQuery",        "cuEventSynchronize", "cuGraphCreate",
      "cuGraphLaunch",   "cuGraphDestroy",      "cuGraphExecDestroy", "cuFuncSetAttribute",
      "cuPointerGetAttribute", "cuPointerGetAttributes", "cuGetErrorName", "cuGetErrorString",
      "cuMemAllocAsync", "cuMemFreeAsync",      "cuDevicePrimaryCtxRetain", "cuGetExportTable",
      "cuDriverGetVersion", "cuDeviceGetAttribute", "cuLibraryLoadData", "cuLaunchKernelEx",
  };
  MUST(cuInit, 0);
  int missing = 0, differ = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *found, *exported = driver_symbol_if_any(names[i]);
    int status;
    if (ask(names[i], 12000, 0, &found, &status) || !found)
      missing++;
    else if (found != exported)
      differ++, say("differs", "%s", names[i]);
  }
  say("names", "%d", (int)(sizeof names / sizeof *names));
  say("not-found", "%d", missing);
  say("pointer-is-not-the-export", "%d", differ);
}

static void odd_questions(void) {
  MUST(cuInit, 0);
  void *found;
  int status, driver = 0;
  MUST(cuDriverGetVersion, &driver);
  say_code("empty-name", ask("", 0, 0, &found, &status));
  say("empty-name-answer", "%s status %d", found ? "found" : "null", status);
  say_code("unknown-name", ask("cuNoSuchThing", 12000, 0, &found, &status));
  say("unknown-name-answer", "%s status %d", found ? "found" : "null", status);
  say_code("suffixed-name", ask("cuMemAlloc_v2", 12000, 0, &found, &status));
  say("suffixed-name-answer", "%s status %d", found ? "found" : "null", status);
  say_code("too-old", ask("cuMemCreate", 9000, 0, &found, &status));
  say("too-old-answer", "%s status %d", found ? "found" : "null", status);
  say_code("newer-than-driver", ask("cuMemAlloc", driver + 1000, 0, &found, &status));
  say_code("flags-unknown", ask("cuMemAlloc", 12000, 64, &found, &status));
  say_code("name-null", ask(NULL, 12000, 0, &found, &status));
  FIND("status-null", cuGetProcAddress_v2, "cuMemAlloc", &found, 12000, 0, NULL);
  say_if("status-null-found", found != NULL);
  FIND("status-null-unknown", cuGetProcAddress_v2, "cuNoSuchThing", &found, 12000, 0, NULL);
  found = (void *)1;
  FIND("first-form", cuGetProcAddress, "cuMemAlloc", &found, 12000, 0);
  say_if("first-form-is-the-export", found == driver_symbol_if_any("cuMemAlloc_v2"));
  FIND("first-form-unknown", cuGetProcAddress, "cuNoSuchThing", &found, 12000, 0);
}

static void resolved_works(void) {
  MUST(cuInit, 0);
  void *found;
  int status;
  need(ask("cuGetProcAddress", 12000, 0, &found, &status), "cuGetProcAddress");
  resolver again = (resolver)found;
  CUdriverProcAddressQueryResult result;
  say_code("asked-through-itself", again("cuDeviceGetCount", &found, 12000, 0, &result));
  int count = 0;
  say_code("count", ((CUresult(*)(int *))found)(&count));
  say_if("at-least-one-device", count >= 1);
}

static void export_table(void) {
  MUST(cuInit, 0);
  const void *table = (void *)1;
  CUuuid unknown;
  memset(&unknown, 0x5E, sizeof unknown);
  FIND("unknown-table", cuGetExportTable, &table, &unknown);
  FIND("result-null", cuGetExportTable, NULL, &unknown);
}

static void devices(void) {
  MUST(cuInit, 0);
  CUdevice device = 7;
  int value = 0;
  FIND("first", cuDeviceGet, &device, 0);
  say("first-is", "%d", device);
  FIND("negative", cuDeviceGet, &device, -1);
  FIND("beyond", cuDeviceGet, &device, 4096);
  FIND("attribute-unknown", cuDeviceGetAttribute, &value, (CUdevice_attribute)100000, 0);
  FIND("attribute-device-unknown", cuDeviceGetAttribute, &value,
       CU_DEVICE_ATTRIBUTE_WARP_SIZE, 4096);
  static const struct {
    const char *finding;
    int attribute;
  } rows[] = {
      {"warp-size", CU_DEVICE_ATTRIBUTE_WARP_SIZE},
      {"threads-per-block", CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK},
      {"block-z", CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z},
      {"vmm", CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED},
      {"unified-addressing", CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING},
      {"map-host", CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY},
      {"concurrent-kernels", CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS},
      {"compute-mode", CU_DEVICE_ATTRIBUTE_COMPUTE_MODE},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    value = -1;
    MUST(cuDeviceGetAttribute, &value, (CUdevice_attribute)rows[i].attribute, 0);
    say(rows[i].finding, "%d", value);
  }
  CUuuid first, again;
  char name[4] = "xxx";
  MUST(cuDeviceGetUuid_v2, &first, 0);
  MUST(cuDeviceGetUuid_v2, &again, 0);
  say_if("uuid-stays", !memcmp(&first, &again, sizeof first));
  FIND("short-name", cuDeviceGetName, name, 4, 0);
  say_if("short-name-ends", name[3] == 0);
  FIND("name-length-zero", cuDeviceGetName, name, 0, 0);
}

const struct probe resolver_probes[] = {
    {"init-before", before_init},
    {"resolver-versions", versions},
    {"resolver-exports", exports},
    {"resolver-odd-questions", odd_questions},
    {"resolver-resolved-works", resolved_works},
    {"export-table", export_table},
    {"device-questions", devices},
    {NULL, NULL},
};

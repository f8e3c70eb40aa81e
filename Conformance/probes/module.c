// Modules: what loads, what is refused and how.
#include <string.h>

#include "kernels.h"
#include "probe.h"

#define HEAD ".version 7.0\n.target sm_75\n.address_size 64\n"

static void refused(void) {
  begin();
  CUmodule module;
  FIND("garbage", cuModuleLoadData, &module, "this is no program at all");
  FIND("empty", cuModuleLoadData, &module, "");
  FIND("bad-statement", cuModuleLoadData, &module,
       HEAD ".visible .entry k() {\n  frobnicate.u32 %r1, %r2;\n  ret;\n}\n");
  FIND("undeclared-register", cuModuleLoadData, &module,
       HEAD ".visible .entry k() {\n  mov.u32 %r1, 5;\n  ret;\n}\n");
  FIND("no-target", cuModuleLoadData, &module, ".version 7.0\n.visible .entry k() { ret; }\n");
  FIND("isa-99", cuModuleLoadData, &module,
       ".version 99.0\n.target sm_75\n.address_size 64\n.visible .entry k() { ret; }\n");
  FIND("file-missing", cuModuleLoad, &module, "/nonexistent/no.ptx");
  FIND("context-works-afterwards", cuCtxSynchronize, );
}

static void functions(void) {
  begin();
  CUmodule module;
  CUfunction function, again;
  MUST(cuModuleLoadData, &module, probe_kernels);
  FIND("known", cuModuleGetFunction, &function, module, "put");
  FIND("known-again", cuModuleGetFunction, &again, module, "put");
  say_if("same-handle", function == again);
  FIND("unknown", cuModuleGetFunction, &function, module, "absent");
  FIND("name-null", cuModuleGetFunction, &function, module, NULL);
  int value = 0;
  FIND("attribute", cuFuncGetAttribute, &value, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, again);
  say("threads-per-block", "%d", value);
  FIND("shared", cuFuncGetAttribute, &value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, again);
  say("shared-bytes", "%d", value);
  FIND("set-dynamic-shared", cuFuncSetAttribute, again,
       CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 32768);
  FIND("unload", cuModuleUnload, module);
  FIND("unload-null", cuModuleUnload, NULL);
}

static void globals(void) {
  begin();
  CUmodule module, second;
  CUdeviceptr address = 0, other = 0;
  size_t bytes = 0;
  const char *text = HEAD
      ".visible .global .align 4 .u32 seed = 77;\n"
      ".visible .global .align 8 .b8 table[24];\n"
      ".visible .entry k() { ret; }\n";
  MUST(cuModuleLoadData, &module, text);
  FIND("find", cuModuleGetGlobal_v2, &address, &bytes, module, "seed");
  say("bytes", "%zu", bytes);
  say("first-value", "%u", word_at(address));
  FIND("find-table", cuModuleGetGlobal_v2, &other, &bytes, module, "table");
  say("table-bytes", "%zu", bytes);
  say("table-starts-with", "%u", word_at(other));
  FIND("unknown", cuModuleGetGlobal_v2, &other, &bytes, module, "absent");
  MUST(cuMemsetD32_v2, address, 5, 1);
  MUST(cuModuleLoadData, &second, text);
  MUST(cuModuleGetGlobal_v2, &other, &bytes, second, "seed");
  say_if("a-second-load-has-its-own", other != address && word_at(other) == 77);
  FIND("unload", cuModuleUnload, module);
  uint32_t word;
  FIND("copy-after-unload", cuMemcpyDtoH_v2, &word, address, 4);
}

static void options(void) {
  begin();
  CUmodule module;
  FIND("no-options", cuModuleLoadDataEx, &module, probe_kernels, 0, NULL, NULL);
  FIND("image-null", cuModuleLoadData, &module, NULL);
}

static void library(void) {
  begin();
  CUlibrary library;
  CUkernel kernel_handle;
  CUfunction function;
  CUresult status = drv(cuLibraryLoadData)(&library, probe_kernels, NULL, NULL, 0, NULL, NULL, 0);
  if (say_code("load", status)) return;
  FIND("kernel", cuLibraryGetKernel, &kernel_handle, library, "put");
  FIND("function", cuKernelGetFunction, &function, kernel_handle);
  CUdeviceptr address = device_memory(4096, 0);
  uint32_t value = 3;
  void *values[] = {&address, &value};
  say_code("launch-function", launch(function, 1, 4, NULL, values));
  say_code("launch-kernel", launch((CUfunction)kernel_handle, 1, 8, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  say("value-7", "%u", word_at(address + 28));
  FIND("absent", cuLibraryGetKernel, &kernel_handle, library, "absent");
  FIND("unload", cuLibraryUnload, library);
}

static void of_other_context(void) {
  begin();
  CUfunction nothing = kernel("nothing");
  CUcontext other;
  MUST(cuCtxCreate_v2, &other, 0, 0);
  say_code("launch-in-other-context", launch(nothing, 1, 1, NULL, NULL));
}

const struct probe module_probes[] = {
    {"module-refused", refused},
    {"module-functions", functions},
    {"module-globals", globals},
    {"module-options", options},
    {"module-library", library},
    {"module-of-other-context", of_other_context},
    {NULL, NULL},
};

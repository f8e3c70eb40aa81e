// Copies and sets.
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static void edges(void) {
  begin();
  CUdeviceptr address = device_memory(4 * MIB, 1);
  uint8_t bytes[16] = {0};
  FIND("in-zero-bytes", cuMemcpyHtoD_v2, address, bytes, 0);
  FIND("out-zero-bytes", cuMemcpyDtoH_v2, bytes, address, 0);
  FIND("in-host-null", cuMemcpyHtoD_v2, address, NULL, 16);
  FIND("in-device-null", cuMemcpyHtoD_v2, 0, bytes, 16);
  FIND("synchronise", cuCtxSynchronize, );
  say_if("untouched", holds(address, 4096, 1));
}

static void beyond_end(void) {
  begin();
  size_t bytes = 4 * MIB;
  CUdeviceptr address = device_memory(bytes, 1);
  uint8_t *host = calloc(1, 64 * MIB);
  FIND("in-32-mib-too-many", cuMemcpyHtoD_v2, address, host, bytes + 32 * MIB);
  FIND("out-32-mib-too-many", cuMemcpyDtoH_v2, host, address, bytes + 32 * MIB);
  FIND("set-32-mib-too-many", cuMemsetD8_v2, address, 0, bytes + 32 * MIB);
  FIND("synchronise", cuCtxSynchronize, );
  free(host);
}

static void within_device(void) {
  begin();
  CUdeviceptr address = device_memory(8192, 0);
  MUST(cuMemsetD8_v2, address, 0x11, 4096);
  FIND("copy", cuMemcpyDtoD_v2, address + 4096, address, 4096);
  FIND("synchronise", cuCtxSynchronize, );
  say_if("copied", holds(address + 4096, 4096, 0x11));
  FIND("onto-itself", cuMemcpyDtoD_v2, address, address, 4096);
}

static void unified(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint8_t in[4096], out[4096];
  memset(in, 0x42, sizeof in);
  FIND("host-to-device", cuMemcpy, address, (CUdeviceptr)in, 4096);
  FIND("device-to-host", cuMemcpy, (CUdeviceptr)out, address, 4096);
  say_if("round-trip", !memcmp(in, out, sizeof in));
  memset(out, 0, sizeof out);
  FIND("host-to-host", cuMemcpy, (CUdeviceptr)out, (CUdeviceptr)in, 4096);
  say_if("host-copied", !memcmp(in, out, sizeof in));
}

static void async_pageable(void) {
  begin();
  size_t bytes = 4 * MIB;
  CUdeviceptr address = device_memory(bytes, 0);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  uint8_t *host = malloc(bytes);
  memset(host, 0x21, bytes);
  FIND("copy-in", cuMemcpyHtoDAsync_v2, address, host, bytes, stream);
  memset(host, 0x22, bytes);
  FIND("synchronise", cuStreamSynchronize, stream);
  say_if("source-taken-before-return", holds(address, bytes, 0x21));
  FIND("copy-out", cuMemcpyDtoHAsync_v2, host, address, bytes, stream);
  FIND("synchronise-again", cuStreamSynchronize, stream);
  say_if("arrived-after-synchronise", host[0] == 0x21 && host[bytes - 1] == 0x21);
  free(host);
}

static void async_behind_kernel(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  void *pinned;
  MUST(cuMemHostAlloc, &pinned, 4096, 0);
  memset(pinned, 0x33, 4096);
  struct latch latch = new_latch();
  hold(latch, stream);
  FIND("copy-from-pinned", cuMemcpyHtoDAsync_v2, address, pinned, 4096, stream);
  say_if("returned-before-it-ran", !*latch.host);
  FIND("query", cuStreamQuery, stream);
  memset(pinned, 0x34, 4096);
  open_latch(latch);
  FIND("synchronise", cuStreamSynchronize, stream);
  say_if("source-read-late", holds(address, 4096, 0x34));
}

static void sets(void) {
  begin();
  CUdeviceptr address = device_memory(64, 0);
  FIND("d8", cuMemsetD8_v2, address, 0xAB, 3);
  FIND("d16", cuMemsetD16_v2, address + 4, 0xBEEF, 2);
  FIND("d32", cuMemsetD32_v2, address + 8, 0xCAFEF00D, 2);
  FIND("d16-odd-address", cuMemsetD16_v2, address + 17, 1, 1);
  FIND("d32-odd-address", cuMemsetD32_v2, address + 18, 1, 1);
  FIND("d8-none", cuMemsetD8_v2, address, 1, 0);
  MUST(cuCtxSynchronize, );
  say("words", "%08x %08x %08x %08x %08x", word_at(address), word_at(address + 4),
      word_at(address + 8), word_at(address + 12), word_at(address + 16));
}

static void set_rows(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  FIND("d2d8", cuMemsetD2D8_v2, address, 64, 7, 16, 4);
  FIND("d2d32", cuMemsetD2D32_v2, address + 1024, 64, 9, 4, 4);
  FIND("pitch-below-width", cuMemsetD2D8_v2, address, 8, 7, 16, 4);
  MUST(cuCtxSynchronize, );
  say("words", "%08x %08x %08x %08x", word_at(address + 64), word_at(address + 64 + 16),
      word_at(address + 3 * 64 + 12), word_at(address + 1024 + 64 + 12));
}

static void rows(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  uint8_t host[256];
  for (int i = 0; i < 256; i++) host[i] = (uint8_t)i;
  CUDA_MEMCPY2D copy;
  memset(&copy, 0, sizeof copy);
  copy.srcMemoryType = CU_MEMORYTYPE_HOST;
  copy.srcHost = host;
  copy.srcPitch = 16;
  copy.srcXInBytes = 4;
  copy.srcY = 1;
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = address;
  copy.dstPitch = 64;
  copy.WidthInBytes = 8;
  copy.Height = 3;
  FIND("copy", cuMemcpy2D_v2, &copy);
  MUST(cuCtxSynchronize, );
  say("words", "%08x %08x %08x", word_at(address), word_at(address + 64 + 4),
      word_at(address + 128));
  copy.dstPitch = 4;
  FIND("pitch-below-width", cuMemcpy2D_v2, &copy);
  copy.Height = 0;
  copy.dstPitch = 64;
  FIND("no-rows", cuMemcpy2D_v2, &copy);
}

static void pitched(void) {
  begin();
  CUdeviceptr address;
  size_t pitch = 0;
  FIND("allocate", cuMemAllocPitch_v2, &address, &pitch, 1000, 10, 4);
  say("pitch-of-1000-bytes", "%zu", pitch);
  FIND("element-3", cuMemAllocPitch_v2, &address, &pitch, 1000, 10, 3);
  FIND("width-zero", cuMemAllocPitch_v2, &address, &pitch, 0, 10, 4);
}

static void set_in_order(void) {
  begin();
  CUdeviceptr address = device_memory(4 * MIB, 0);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  bool right = true;
  for (int i = 1; i <= 50; i++) {
    MUST(cuMemsetD8Async, address, (unsigned char)i, 4 * MIB, stream);
    uint8_t last = 0;
    MUST(cuMemcpyDtoHAsync_v2, &last, address + 4 * MIB - 1, 1, stream);
    MUST(cuStreamSynchronize, stream);
    right = right && last == i;
  }
  say_if("copy-sees-the-set-before-it", right);
}

const struct probe copy_probes[] = {
    {"copy-edges", edges},
    {"copy-beyond-end", beyond_end},
    {"copy-within-device", within_device},
    {"copy-unified", unified},
    {"copy-async-pageable", async_pageable},
    {"copy-async-behind-kernel", async_behind_kernel},
    {"copy-rows", rows},
    {"set-patterns", sets},
    {"set-rows", set_rows},
    {"set-in-order", set_in_order},
    {"alloc-pitch", pitched},
    {NULL, NULL},
};

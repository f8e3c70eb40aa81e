// Host memory: pinned allocations, registration, memory files.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe.h"

static void *pages(size_t bytes) {
  return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void *memory_file(size_t bytes) {
  int file = memfd_create("probe", 0);
  if (file < 0 || ftruncate(file, (off_t)bytes)) return NULL;
  void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  close(file);
  return place;
}

static void pinned(void) {
  begin();
  void *host = NULL;
  CUdeviceptr device = 0;
  unsigned flags = 99, type = 0;
  FIND("allocate", cuMemHostAlloc, &host, 5000, CU_MEMHOSTALLOC_DEVICEMAP);
  say_if("page-aligned", (uintptr_t)host % 4096 == 0);
  FIND("get-flags", cuMemHostGetFlags, &flags, host);
  say("flags", "%u", flags);
  FIND("device-address", cuMemHostGetDevicePointer_v2, &device, host, 0);
  say_if("device-address-is-host-address", device == (CUdeviceptr)host);
  FIND("type", cuPointerGetAttribute, &type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, (CUdeviceptr)host);
  say("type-value", "%u", type);
  FIND("free", cuMemFreeHost, host);
  FIND("free-again", cuMemFreeHost, host);
  FIND("size-zero", cuMemHostAlloc, &host, 0, 0);
  FIND("flags-unknown", cuMemHostAlloc, &host, 4096, 0x100);
  void *heap = malloc(64);
  FIND("free-heap", cuMemFreeHost, heap);
  FIND("flags-of-heap", cuMemHostGetFlags, &flags, heap);
  free(heap);
}

static void registered(void) {
  begin();
  char *host = pages(16 * 4096);
  CUdeviceptr device = 0;
  FIND("register", cuMemHostRegister_v2, host, 8 * 4096, CU_MEMHOSTREGISTER_DEVICEMAP);
  FIND("device-address", cuMemHostGetDevicePointer_v2, &device, host, 0);
  say_if("device-address-is-host-address", device == (CUdeviceptr)host);
  FIND("twice", cuMemHostRegister_v2, host, 8 * 4096, 0);
  FIND("overlap", cuMemHostRegister_v2, host + 4 * 4096, 8 * 4096, 0);
  FIND("neighbour", cuMemHostRegister_v2, host + 8 * 4096, 8 * 4096, 0);
  FIND("unregister-inside", cuMemHostUnregister, host + 4096);
  FIND("unregister", cuMemHostUnregister, host);
  FIND("unregister-again", cuMemHostUnregister, host);
  FIND("unregister-unknown", cuMemHostUnregister, (void *)0x10000);
  FIND("synchronise", cuCtxSynchronize, );
}

static void register_arguments(void) {
  begin();
  char *host = pages(16 * 4096);
  FIND("null", cuMemHostRegister_v2, NULL, 4096, 0);
  FIND("size-zero", cuMemHostRegister_v2, host, 0, 0);
  FIND("flags-unknown", cuMemHostRegister_v2, host, 4096, 0x100);
  FIND("address-not-aligned", cuMemHostRegister_v2, host + 100, 1000, 0);
  munmap(host + 8 * 4096, 8 * 4096);
  FIND("nothing-mapped", cuMemHostRegister_v2, host + 8 * 4096, 4096, 0);
  CUdeviceptr address;
  FIND("context-works-afterwards", cuMemAlloc_v2, &address, 4096);
}

static void register_memory_file(void) {
  begin();
  size_t bytes = 8 * MIB;
  uint8_t *host = memory_file(bytes);
  CUdeviceptr address = device_memory(bytes, 0);
  FIND("register", cuMemHostRegister_v2, host, bytes, CU_MEMHOSTREGISTER_PORTABLE);
  memset(host, 0x61, bytes);
  FIND("copy-in", cuMemcpyHtoDAsync_v2, address, host, bytes, NULL);
  FIND("synchronise", cuCtxSynchronize, );
  say_if("arrived", holds(address, bytes, 0x61));
  MUST(cuMemsetD8_v2, address, 0x62, bytes);
  FIND("copy-out", cuMemcpyDtoHAsync_v2, host, address, bytes, NULL);
  MUST(cuCtxSynchronize, );
  say_if("came-back", host[0] == 0x62 && host[bytes - 1] == 0x62);
  FIND("unregister", cuMemHostUnregister, host);
}

static void register_read_only(void) {
  begin();
  int file = memfd_create("probe", 0);
  if (ftruncate(file, 16 * 4096)) return;
  void *host = mmap(NULL, 16 * 4096, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  FIND("plain", cuMemHostRegister_v2, host, 16 * 4096, 0);
}

static void crossing(void) {
  begin();
  uint8_t *host = memory_file(16 * 4096);
  CUdeviceptr address = device_memory(16 * 4096, 0);
  memset(host, 0x31, 16 * 4096);
  MUST(cuMemHostRegister_v2, host, 8 * 4096, 0);
  MUST(cuMemHostRegister_v2, host + 8 * 4096, 8 * 4096, 0);
  FIND("copy-across-two-registrations", cuMemcpyHtoDAsync_v2, address, host, 16 * 4096, NULL);
  FIND("synchronise", cuCtxSynchronize, );
  MUST(cuMemHostUnregister, host + 8 * 4096);
  FIND("copy-half-registered", cuMemcpyHtoDAsync_v2, address, host, 16 * 4096, NULL);
  FIND("synchronise-again", cuCtxSynchronize, );
}

static void kernel_writes(void) {
  begin();
  uint32_t *host;
  CUdeviceptr device;
  MUST(cuMemHostAlloc, (void **)&host, 4096, CU_MEMHOSTALLOC_DEVICEMAP);
  memset(host, 0, 4096);
  MUST(cuMemHostGetDevicePointer_v2, &device, host, 0);
  uint32_t value = 70;
  void *values[] = {&device, &value};
  say_code("launch", launch(kernel("put"), 1, 32, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  say("value-31", "%u", host[31]);
}

static void kernel_reads_heap(void) {
  begin();
  uint32_t *heap = malloc(4096);
  CUdeviceptr to = device_memory(4096, 0), from = (CUdeviceptr)heap;
  heap[0] = 5;
  void *values[] = {&from, &to};
  int pageable = 0;
  MUST(cuDeviceGetAttribute, &pageable, CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS, 0);
  say("pageable-access", "%d", pageable);
  say_code("launch", launch(kernel("get"), 1, 1, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
}

const struct probe host_probes[] = {
    {"host-pinned", pinned},
    {"host-registered", registered},
    {"host-register-arguments", register_arguments},
    {"host-register-memory-file", register_memory_file},
    {"host-register-read-only", register_read_only},
    {"host-crossing-registrations", crossing},
    {"host-kernel-writes", kernel_writes},
    {"host-kernel-reads-heap", kernel_reads_heap},
    {NULL, NULL},
};

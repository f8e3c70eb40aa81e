// Virtual memory management: who may read and write a mapping, and what an access without a right
// does. Each stray access has a process of its own: it may cost the context.
#include "probe.h"

static CUdeviceptr mapped_without_access(void) {
  CUdeviceptr address = reservation(CHUNK);
  CUmemGenericAllocationHandle handle = physical_memory(CHUNK);
  MUST(cuMemMap, address, CHUNK, 0, handle, 0);
  return address;
}

static void touch(CUdeviceptr address) {
  CUfunction put = kernel("put");
  CUdeviceptr fine = device_memory(4096, 0);
  uint32_t value = 1;
  void *values[] = {&address, &value}, *other[] = {&fine, &value};
  say_code("launch", launch(put, 1, 32, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  say_code("next-launch", launch(put, 1, 32, NULL, other));
  CUdeviceptr more;
  FIND("next-allocation", cuMemAlloc_v2, &more, 4096);
}

static void none_kernel(void) {
  begin();
  touch(mapped_without_access());
}

static void none_copy(void) {
  begin();
  CUdeviceptr address = mapped_without_access();
  uint32_t word = 1;
  FIND("copy-in", cuMemcpyHtoD_v2, address, &word, 4);
  FIND("copy-out", cuMemcpyDtoH_v2, &word, address, 4);
  FIND("synchronise", cuCtxSynchronize, );
}

static void none_set(void) {
  begin();
  CUdeviceptr address = mapped_without_access();
  FIND("set", cuMemsetD8_v2, address, 1, 4096);
  FIND("synchronise", cuCtxSynchronize, );
}

static void unmapped_kernel(void) {
  begin();
  touch(reservation(CHUNK));
}

static void unmapped_copy(void) {
  begin();
  CUdeviceptr address = reservation(CHUNK);
  uint32_t word = 1;
  FIND("copy-in", cuMemcpyHtoD_v2, address, &word, 4);
  FIND("copy-out", cuMemcpyDtoH_v2, &word, address, 4);
  FIND("synchronise", cuCtxSynchronize, );
}

static void read_only(void) {
  begin();
  CUdeviceptr address = mapped_memory(CHUNK, NULL);
  MUST(cuMemsetD8_v2, address, 3, CHUNK);
  MUST(cuCtxSynchronize, );
  say_code("make-read-only", grant(address, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READ));
  say_if("can-be-read", holds(address, CHUNK, 3));
  touch(address);
}

static void revoked(void) {
  begin();
  CUdeviceptr address = mapped_memory(CHUNK, NULL);
  say_code("revoke", grant(address, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_NONE));
  touch(address);
}

static void asked(void) {
  begin();
  CUdeviceptr address = mapped_without_access();
  CUmemLocation location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
  unsigned long long flags = 99;
  FIND("before", cuMemGetAccess, &flags, &location, address);
  say("flags-before", "%llu", flags);
  need(grant(address, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READWRITE), "cuMemSetAccess");
  flags = 99;
  FIND("after", cuMemGetAccess, &flags, &location, address);
  say("flags-after", "%llu", flags);
  MUST(cuMemUnmap, address, CHUNK);
  FIND("unmapped", cuMemGetAccess, &flags, &location, address);
}

static void ranges(void) {
  begin();
  CUdeviceptr address = reservation(6 * CHUNK);
  for (int i = 0; i < 2; i++) {
    CUmemGenericAllocationHandle handle = physical_memory(2 * CHUNK);
    MUST(cuMemMap, address + (CUdeviceptr)i * 2 * CHUNK, 2 * CHUNK, 0, handle, 0);
  }
  CUmemAccess_flags both = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
  say_code("part-of-a-mapping", grant(address, CHUNK, both));
  say_code("two-mappings-at-once", grant(address, 4 * CHUNK, both));
  say_code("mapped-and-unmapped", grant(address, 6 * CHUNK, both));
  say_code("unmapped", grant(address + 4 * CHUNK, 2 * CHUNK, both));
  say_code("size-zero", grant(address, 0, both));
  say_code("write-only", grant(address, 4 * CHUNK, (CUmemAccess_flags)2));
}

static void lost_on_unmap(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle);
  MUST(cuMemUnmap, address, CHUNK);
  MUST(cuMemMap, address, CHUNK, 0, handle, 0);
  CUmemLocation location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
  unsigned long long flags = 99;
  FIND("ask", cuMemGetAccess, &flags, &location, address);
  say("flags-after-remap", "%llu", flags);
}

static void unmap_waits(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle);
  CUstream stream;
  MUST(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  struct latch latch = new_latch();
  CUfunction put = kernel("put");
  uint32_t value = 5;
  void *values[] = {&address, &value};
  hold(latch, stream);
  need(launch(put, 1, 32, stream, values), "launch put");
  open_latch_later(latch, 300);
  FIND("unmap", cuMemUnmap, address, CHUNK);
  say_if("returned-before-the-work-ended", !*latch.host);
  join_latch();
  FIND("synchronise", cuCtxSynchronize, );
}

const struct probe vmm_access_probes[] = {
    {"access-none-kernel", none_kernel},
    {"access-none-copy", none_copy},
    {"access-none-set", none_set},
    {"access-unmapped-kernel", unmapped_kernel},
    {"access-unmapped-copy", unmapped_copy},
    {"access-read-only", read_only},
    {"access-revoked", revoked},
    {"access-asked", asked},
    {"access-ranges", ranges},
    {"access-lost-on-unmap", lost_on_unmap},
    {"vmm-unmap-waits", unmap_waits},
    {NULL, NULL},
};

// Virtual memory management: reservations, physical handles, mappings.
#include <string.h>

#include "probe.h"

static void granularity(void) {
  begin();
  CUmemAllocationProp property = device_property();
  size_t minimum = 0, recommended = 0;
  MUST(cuMemGetAllocationGranularity, &minimum, &property, CU_MEM_ALLOC_GRANULARITY_MINIMUM);
  MUST(cuMemGetAllocationGranularity, &recommended, &property,
       CU_MEM_ALLOC_GRANULARITY_RECOMMENDED);
  say("minimum-bytes", "%zu", minimum);
  say("recommended-bytes", "%zu", recommended);
}

static void create_arguments(void) {
  begin();
  CUmemAllocationProp property = device_property();
  CUmemGenericAllocationHandle handle;
  FIND("size-zero", cuMemCreate, &handle, 0, &property, 0);
  FIND("size-below-granularity", cuMemCreate, &handle, 4096, &property, 0);
  FIND("size-not-a-multiple", cuMemCreate, &handle, CHUNK + 4096, &property, 0);
  FIND("flags-not-zero", cuMemCreate, &handle, CHUNK, &property, 1);
  property.location.id = 4711;
  FIND("device-unknown", cuMemCreate, &handle, CHUNK, &property, 0);
  property = device_property();
  property.type = 0;
  FIND("type-invalid", cuMemCreate, &handle, CHUNK, &property, 0);
  FIND("property-null", cuMemCreate, &handle, CHUNK, NULL, 0);
}

static void map_offset(void) {
  begin();
  CUdeviceptr address = reservation(2 * CHUNK);
  CUmemGenericAllocationHandle handle = physical_memory(2 * CHUNK);
  FIND("offset-one-granule", cuMemMap, address, CHUNK, CHUNK, handle, 0);
  FIND("first-part-of-handle", cuMemMap, address, CHUNK, 0, handle, 0);
  FIND("longer-than-handle", cuMemMap, address, 4 * CHUNK, 0, handle, 0);
  FIND("flags-not-zero", cuMemMap, address, 2 * CHUNK, 0, handle, 1);
}

static void map_where(void) {
  begin();
  CUmemGenericAllocationHandle handle = physical_memory(CHUNK);
  CUdeviceptr address = reservation(2 * CHUNK);
  FIND("address-not-aligned", cuMemMap, address + 4096, CHUNK, 0, handle, 0);
  FIND("beyond-reservation", cuMemMap, address + 2 * CHUNK, CHUNK, 0, handle, 0);
  FIND("address-zero", cuMemMap, 0, CHUNK, 0, handle, 0);
  FIND("first", cuMemMap, address, CHUNK, 0, handle, 0);
  CUmemGenericAllocationHandle other = physical_memory(CHUNK);
  FIND("again-same-address", cuMemMap, address, CHUNK, 0, other, 0);
  FIND("neighbour", cuMemMap, address + CHUNK, CHUNK, 0, other, 0);
  FIND("handle-unknown", cuMemMap, address, CHUNK, 0, 0, 0);
}

static void alias(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr first = mapped_memory(CHUNK, &handle);
  CUdeviceptr second = reservation(CHUNK);
  if (FIND("second-mapping", cuMemMap, second, CHUNK, 0, handle, 0)) return;
  say_code("second-access", grant(second, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READWRITE));
  MUST(cuMemsetD32_v2, first, 0x12345678, 16);
  MUST(cuCtxSynchronize, );
  say_if("write-seen-through-other", word_at(second) == 0x12345678);
}

static void unmap_part(void) {
  begin();
  CUdeviceptr address = mapped_memory(2 * CHUNK, NULL);
  FIND("first-half", cuMemUnmap, address, CHUNK);
  FIND("second-half", cuMemUnmap, address + CHUNK, CHUNK);
  FIND("size-zero", cuMemUnmap, address, 0);
  FIND("whole", cuMemUnmap, address, 2 * CHUNK);
  FIND("whole-again", cuMemUnmap, address, 2 * CHUNK);
}

static void unmap_several(void) {
  begin();
  CUdeviceptr address = reservation(4 * CHUNK);
  for (int i = 0; i < 4; i++) {
    if (i == 2) continue;
    CUmemGenericAllocationHandle handle = physical_memory(CHUNK);
    MUST(cuMemMap, address + (CUdeviceptr)i * CHUNK, CHUNK, 0, handle, 0);
    MUST(cuMemRelease, handle);
  }
  FIND("two-neighbours-at-once", cuMemUnmap, address, 2 * CHUNK);
  FIND("with-a-hole", cuMemUnmap, address + 2 * CHUNK, 2 * CHUNK);
}

static void release_while_mapped(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle);
  FIND("release", cuMemRelease, handle);
  FIND("write-after", cuMemsetD8_v2, address, 0x5A, CHUNK);
  say_if("holds-after", holds(address, CHUNK, 0x5A));
  FIND("unmap", cuMemUnmap, address, CHUNK);
}

static void release_twice(void) {
  begin();
  CUmemGenericAllocationHandle handle = physical_memory(CHUNK);
  FIND("first", cuMemRelease, handle);
  FIND("second", cuMemRelease, handle);
  FIND("never-created", cuMemRelease, 0);
  CUdeviceptr address = reservation(CHUNK);
  FIND("map-released", cuMemMap, address, CHUNK, 0, handle, 0);
}

static void contents_kept(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle);
  MUST(cuMemsetD8_v2, address, 0x77, CHUNK);
  MUST(cuCtxSynchronize, );
  MUST(cuMemUnmap, address, CHUNK);
  CUdeviceptr other = reservation(CHUNK);
  FIND("map-elsewhere", cuMemMap, other, CHUNK, 0, handle, 0);
  need(grant(other, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READ), "cuMemSetAccess");
  say_if("bytes-kept-across-unmap", holds(other, CHUNK, 0x77));
}

static void contents_new(void) {
  begin();
  CUdeviceptr address = mapped_memory(CHUNK, NULL);
  MUST(cuMemsetD8_v2, address, 0xA5, CHUNK);
  MUST(cuCtxSynchronize, );
  MUST(cuMemUnmap, address, CHUNK);
  CUdeviceptr again = mapped_memory(CHUNK, NULL);
  bool zero = holds(again, CHUNK, 0), old = holds(again, CHUNK, 0xA5);
  say("bytes-of-a-new-handle", "%s", zero ? "zero" : old ? "those freed before" : "other");
}

static void replace_at_address(void) {
  begin();
  CUmemGenericAllocationHandle handle;
  CUdeviceptr address = mapped_memory(CHUNK, &handle);
  MUST(cuMemUnmap, address, CHUNK);
  MUST(cuMemRelease, handle);
  CUmemGenericAllocationHandle fresh = physical_memory(CHUNK);
  FIND("map", cuMemMap, address, CHUNK, 0, fresh, 0);
  say_code("access", grant(address, CHUNK, CU_MEM_ACCESS_FLAGS_PROT_READWRITE));
  CUfunction put = kernel("put");
  uint32_t value = 7;
  void *values[] = {&address, &value};
  say_code("launch", launch(put, 4, 32, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  say_if("kernel-wrote", word_at(address + 4 * 100) == 107);
}

static void reserve_arguments(void) {
  begin();
  CUdeviceptr address;
  FIND("size-zero", cuMemAddressReserve, &address, 0, 0, 0, 0);
  FIND("size-not-a-multiple", cuMemAddressReserve, &address, CHUNK + 4096, 0, 0, 0);
  FIND("alignment-not-a-power", cuMemAddressReserve, &address, CHUNK, 3 << 20, 0, 0);
  FIND("alignment-4096", cuMemAddressReserve, &address, CHUNK, 4096, 0, 0);
  FIND("flags-not-zero", cuMemAddressReserve, &address, CHUNK, 0, 0, 1);
  if (!FIND("alignment-64-mib", cuMemAddressReserve, &address, CHUNK, 64 * MIB, 0, 0))
    say_if("alignment-64-mib-held", address % (64 * MIB) == 0);
  if (!FIND("alignment-none", cuMemAddressReserve, &address, CHUNK, 0, 0, 0))
    say_if("alignment-none-is-2-mib", address % CHUNK == 0);
}

static void reserve_hint(void) {
  begin();
  CUdeviceptr address = reservation(4 * CHUNK), again;
  FIND("free", cuMemAddressFree, address, 4 * CHUNK);
  if (!FIND("reserve-with-hint", cuMemAddressReserve, &again, 4 * CHUNK, 0, address, 0))
    say_if("free-hint-taken", again == address);
  if (!FIND("reserve-taken-hint", cuMemAddressReserve, &again, 4 * CHUNK, 0, address, 0))
    say_if("taken-hint-gives-other", again != address);
}

static void reserve_large(void) {
  begin();
  CUdeviceptr address;
  FIND("one-tib", cuMemAddressReserve, &address, (size_t)1 << 40, 0, 0, 0);
  FIND("sixteen-tib", cuMemAddressReserve, &address, (size_t)1 << 44, 0, 0, 0);
  FIND("two-pib", cuMemAddressReserve, &address, (size_t)1 << 51, 0, 0, 0);
}

static void address_free(void) {
  begin();
  CUdeviceptr address = reservation(4 * CHUNK);
  CUmemGenericAllocationHandle handle = physical_memory(CHUNK);
  FIND("half", cuMemAddressFree, address, 2 * CHUNK);
  FIND("inside", cuMemAddressFree, address + CHUNK, CHUNK);
  MUST(cuMemMap, address, CHUNK, 0, handle, 0);
  FIND("while-mapped", cuMemAddressFree, address, 4 * CHUNK);
  MUST(cuMemUnmap, address, CHUNK);
  FIND("whole", cuMemAddressFree, address, 4 * CHUNK);
  FIND("again", cuMemAddressFree, address, 4 * CHUNK);
}

static void out_of_memory(void) {
  begin();
  size_t total;
  MUST(cuDeviceTotalMem_v2, &total, 0);
  CUmemAllocationProp property = device_property();
  CUmemGenericAllocationHandle handle, kept[80];
  size_t piece = (total / 32 + CHUNK - 1) / CHUNK * CHUNK;
  FIND("more-than-the-device", cuMemCreate, &handle, total / CHUNK * CHUNK + CHUNK, &property, 0);
  int count = 0;
  CUresult status = CUDA_SUCCESS;
  while (count < 80 && !(status = drv(cuMemCreate)(&kept[count], piece, &property, 0))) count++;
  say_code("when-full", status);
  say_if("handles-fit-into-the-device", (size_t)count * piece <= total);
  say_if("three-quarters-can-be-had", (size_t)count * piece >= total / 4 * 3);
  FIND("release-one", cuMemRelease, kept[count - 1]);
  FIND("create-one-again", cuMemCreate, &handle, piece, &property, 0);
}

static void free_memory_counts(void) {
  begin();
  size_t before, during, after, total;
  MUST(cuMemGetInfo_v2, &before, &total);
  CUmemGenericAllocationHandle handle = physical_memory(4 * CHUNK);
  MUST(cuMemGetInfo_v2, &during, &total);
  MUST(cuMemRelease, handle);
  MUST(cuMemGetInfo_v2, &after, &total);
  say("create-takes-bytes", "%zu", before - during);
  say_if("release-gives-back", after == before);
  CUdeviceptr address = reservation(4 * CHUNK);
  (void)address;
  MUST(cuMemGetInfo_v2, &after, &total);
  say_if("reservation-is-free", after == before);
}

static void handle_questions(void) {
  begin();
  CUmemGenericAllocationHandle handle, found;
  CUdeviceptr address = mapped_memory(2 * CHUNK, &handle);
  CUmemAllocationProp property;
  memset(&property, 0, sizeof property);
  FIND("properties", cuMemGetAllocationPropertiesFromHandle, &property, handle);
  say("type", "%d", property.type);
  say("location", "%d %d", property.location.type, property.location.id);
  if (!FIND("retain-mapped", cuMemRetainAllocationHandle, &found, (void *)(address + 4096)))
    say_if("retain-gives-same-handle", found == handle);
  CUdeviceptr plain = device_memory(4096, 0);
  FIND("retain-of-cuMemAlloc", cuMemRetainAllocationHandle, &found, (void *)plain);
}

static void range_questions(void) {
  begin();
  CUdeviceptr reserved = reservation(8 * CHUNK), base = 0, start = 0;
  CUmemGenericAllocationHandle handle = physical_memory(2 * CHUNK);
  MUST(cuMemMap, reserved + 2 * CHUNK, 2 * CHUNK, 0, handle, 0);
  size_t size = 0, range = 0;
  CUdeviceptr inside = reserved + 3 * CHUNK;
  FIND("address-range", cuMemGetAddressRange_v2, &base, &size, inside);
  say_if("range-is-the-mapping", base == reserved + 2 * CHUNK && size == 2 * CHUNK);
  FIND("range-start", cuPointerGetAttribute, &start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, inside);
  FIND("range-size", cuPointerGetAttribute, &range, CU_POINTER_ATTRIBUTE_RANGE_SIZE, inside);
  say_if("attribute-is-the-reservation", start == reserved && range == 8 * CHUNK);
  FIND("unmapped-range", cuMemGetAddressRange_v2, &base, &size, reserved);
  FIND("cuMemFree", cuMemFree_v2, reserved + 2 * CHUNK);
}

const struct probe vmm_probes[] = {
    {"vmm-granularity", granularity},
    {"vmm-create-arguments", create_arguments},
    {"vmm-map-offset", map_offset},
    {"vmm-map-where", map_where},
    {"vmm-alias", alias},
    {"vmm-unmap-part", unmap_part},
    {"vmm-unmap-several", unmap_several},
    {"vmm-release-while-mapped", release_while_mapped},
    {"vmm-release-twice", release_twice},
    {"vmm-contents-kept", contents_kept},
    {"vmm-contents-new", contents_new},
    {"vmm-replace-at-address", replace_at_address},
    {"vmm-reserve-arguments", reserve_arguments},
    {"vmm-reserve-hint", reserve_hint},
    {"vmm-reserve-large", reserve_large},
    {"vmm-address-free", address_free},
    {"vmm-out-of-memory", out_of_memory},
    {"vmm-free-memory-counts", free_memory_counts},
    {"vmm-handle-questions", handle_questions},
    {"vmm-range-questions", range_questions},
    {NULL, NULL},
};

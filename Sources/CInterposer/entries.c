// Names of entry points, both ways, and our function for each.
#include "internal.h"

const char *tidelock_entry_name(uint32_t entry) {
  if (entry < ENTRY_COUNT) return tidelock_entry_text + tidelock_entry_text_offset[entry];
  return tidelock_unknown_name(entry - ENTRY_COUNT);
}

// The catalogue is sorted by bytes.
int32_t tidelock_entry_find(const char *name) {
  int32_t low = 0, high = ENTRY_COUNT - 1;
  while (low <= high) {
    int32_t middle = (low + high) / 2;
    const unsigned char *a = (const unsigned char *)name;
    const unsigned char *b = (const unsigned char *)tidelock_entry_name((uint32_t)middle);
    while (*a != 0 && *a == *b) a++, b++;
    if (*a == *b) return middle;
    if (*a < *b) high = middle - 1;
    else low = middle + 1;
  }
  return -1;
}

void *tidelock_wrapper(uint32_t entry) {
  return (char *)tidelock_wrapper_distance + tidelock_wrapper_distance[entry];
}

void *tidelock_gated(uint32_t entry) {
  if (entry >= ENTRY_COUNT || tidelock_gated_distance[entry] == 0) return NULL;
  return (char *)tidelock_wrapper_distance + tidelock_gated_distance[entry];
}

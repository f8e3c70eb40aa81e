// Tables written by Catalogue/generate.py, indexed by `enum tidelock_entry`.
#pragma once
#include "entry_index.h"

/// What cuGetProcAddress knows an entry point by.
struct tidelock_version {
  uint16_t base;       ///< index of the entry with the unversioned name
  uint16_t cuda;       ///< CUDA version it appeared in, as cuGetProcAddress counts (12.3 is 12030)
  uint8_t per_thread;  ///< 1: variant for per-thread default streams (_ptds, _ptsz)
};

extern const char tidelock_entry_text[];
extern const uint16_t tidelock_entry_text_offset[ENTRY_COUNT];
extern const uint8_t tidelock_entry_words[ENTRY_COUNT];
extern const struct tidelock_version tidelock_entry_version[ENTRY_COUNT];
extern const int32_t tidelock_wrapper_distance[ENTRY_COUNT + TIDELOCK_UNKNOWN_MAX];

/// From the same place as the wrappers; 0 for an entry point without a gate.
extern const int32_t tidelock_gated_distance[ENTRY_COUNT];

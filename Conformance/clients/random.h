#pragma once
// SplitMix64: every choice of a client follows from its seed.
#include <stdint.h>

struct random_source {
  uint64_t state;
};

static inline uint64_t draw(struct random_source *source) {
  uint64_t z = (source->state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// A number in 0 ..< bound.
static inline uint32_t below(struct random_source *source, uint32_t bound) {
  return (uint32_t)((draw(source) >> 32) * bound >> 32);
}

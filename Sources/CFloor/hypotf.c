// Our own hypotf, so that RHEL 9 and Ubuntu 22.04 (glibc 2.34 and 2.35) start what we ship.
#include "floor.h"

/// The squares of two floats and their sum neither overflow nor lose a bit that counts in a double.
float hypotf(float x, float y) {
  return (float)__builtin_sqrt((double)x * (double)x + (double)y * (double)y);
}

// Compiles the header once, so that it is known to stand alone.
#include "cuda_types.h"

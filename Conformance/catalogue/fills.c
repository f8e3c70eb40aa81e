// Sets of every width, by rows and not, in stream order and not.
#include "catalogue.h"

/// A part of a buffer that is a whole number of elements of any width.
static struct pair place(void) { return any_pair(); }

#define SET(entry, type, width, before)                                            \
  OPERATION(entry, ALONE) {                                                        \
    struct pair part = place();                                                    \
    type value = (type)draw(&world.random);                                        \
    before;                                                                        \
    DO(entry, part.to, value, part.bytes / width);                                 \
  }
SET(cuMemsetD8_v2, unsigned char, 1, queue_on(NULL))
SET(cuMemsetD8_v2_ptds, unsigned char, 1, PER_THREAD)
SET(cuMemsetD16_v2, unsigned short, 2, queue_on(NULL))
SET(cuMemsetD16_v2_ptds, unsigned short, 2, PER_THREAD)
SET(cuMemsetD32_v2, unsigned, 4, queue_on(NULL))
SET(cuMemsetD32_v2_ptds, unsigned, 4, PER_THREAD)

#define SET_ASYNC(entry, type, width, stream)                                      \
  OPERATION(entry, CAPTURABLE) {                                                   \
    struct pair part = place();                                                    \
    type value = (type)draw(&world.random);                                        \
    CUstream on = stream;                                                          \
    if (world.capturing) on = world.capturing;                                     \
    DO(entry, part.to, value, part.bytes / width, on);                             \
  }
SET_ASYNC(cuMemsetD8Async, unsigned char, 1, queue())
SET_ASYNC(cuMemsetD8Async_ptsz, unsigned char, 1, PER_THREAD)
SET_ASYNC(cuMemsetD16Async, unsigned short, 2, queue())
SET_ASYNC(cuMemsetD16Async_ptsz, unsigned short, 2, PER_THREAD)
SET_ASYNC(cuMemsetD32Async, unsigned, 4, queue())
SET_ASYNC(cuMemsetD32Async_ptsz, unsigned, 4, PER_THREAD)

#define SET_ROWS(entry, type, before)                                              \
  OPERATION(entry, ALONE) {                                                        \
    struct buffer *buffer = place().into;                                          \
    type value = (type)draw(&world.random);                                        \
    size_t width = 1 + any(128), height = 1 + any(128);                            \
    before;                                                                        \
    DO(entry, buffer->address, 1024, value, width, height);                        \
  }
SET_ROWS(cuMemsetD2D8_v2, unsigned char, queue_on(NULL))
SET_ROWS(cuMemsetD2D8_v2_ptds, unsigned char, PER_THREAD)
SET_ROWS(cuMemsetD2D16_v2, unsigned short, queue_on(NULL))
SET_ROWS(cuMemsetD2D16_v2_ptds, unsigned short, PER_THREAD)
SET_ROWS(cuMemsetD2D32_v2, unsigned, queue_on(NULL))
SET_ROWS(cuMemsetD2D32_v2_ptds, unsigned, PER_THREAD)

#define SET_ROWS_ASYNC(entry, type, stream)                                        \
  OPERATION(entry, CAPTURABLE) {                                                   \
    struct buffer *buffer = place().into;                                          \
    type value = (type)draw(&world.random);                                        \
    size_t width = 1 + any(128), height = 1 + any(128);                            \
    CUstream on = stream;                                                          \
    if (world.capturing) on = world.capturing;                                     \
    DO(entry, buffer->address, 1024, value, width, height, on);                    \
  }
SET_ROWS_ASYNC(cuMemsetD2D8Async, unsigned char, queue())
SET_ROWS_ASYNC(cuMemsetD2D8Async_ptsz, unsigned char, PER_THREAD)
SET_ROWS_ASYNC(cuMemsetD2D16Async, unsigned short, queue())
SET_ROWS_ASYNC(cuMemsetD2D16Async_ptsz, unsigned short, PER_THREAD)
SET_ROWS_ASYNC(cuMemsetD2D32Async, unsigned, queue())
SET_ROWS_ASYNC(cuMemsetD2D32Async_ptsz, unsigned, PER_THREAD)

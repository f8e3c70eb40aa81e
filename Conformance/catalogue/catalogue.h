#pragma once
// What the parts of catalogue-program share: the world a program lives in, and how a call is made,
// counted and noted.
//
// A program is a sequence of operations, one for each entry point, in an order and with arguments
// that follow from its seed. All its work is in one order whatever the streams: `queue` puts a
// stream behind the latest one. So every byte and every status follows from the seed alone, on any
// driver, whatever happened to the memory in between.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clients/random.h"
#include "../probes/driver.h"

enum {
  BUFFERS = 8,
  STREAMS = 4,
  BUFFER_BYTES = 256 << 10, // a power of two: kernels index by masks
  MAPPED_BYTES = 2 << 20,   // the least that can be mapped
  WORDS = BUFFER_BYTES / 4,
};

/// One place of memory, by one of the ways there are.
struct buffer {
  CUdeviceptr address;
  size_t bytes;
  enum { PLAIN, PITCHED, ORDERED, POOLED, MAPPED, FAMILIES } family;
  CUmemGenericAllocationHandle handle; // of MAPPED
};

extern struct world {
  struct random_source random;
  uint64_t digest;
  CUcontext context;
  CUmodule module;
  CUlibrary loaded;
  CUkernel kernel;
  CUfunction mix, turn;
  CUmemoryPool pool;
  CUstream streams[STREAMS];
  CUstream latest;     // the stream of the latest work
  CUstream capturing;  // while a capture is open all work goes here
  CUevent order, mark;
  struct buffer buffers[BUFFERS];
  CUdeviceptr zero; // eight bytes that stay 0
  uint8_t *pinned;   // BUFFER_BYTES
  uint8_t *pageable; // BUFFER_BYTES
} world;

/// An operation: what it calls first among the gated entry points is the one it is named after.
struct operation {
  const char *name;
  void (*run)(void);
  int kind;
};

/// What it may be part of. One that pins its program for life is the last of its program.
enum { ALONE = 0, CAPTURABLE = 1, PINNING = 2 };

/// `OPERATION(cuMemcpyHtoD_v2, ALONE) { ... }` is all it takes.
#define OPERATION(entry, how) NAMED_OPERATION(entry, entry, how)
#define NAMED_OPERATION(label, entry, how)                                         \
  static void label##_operation(void);                                             \
  static const struct operation label##_row                                        \
      __attribute__((used, section("operations"), aligned(8))) = {#entry, label##_operation, how}; \
  static void label##_operation(void)

/// Makes a call, counts it for its row of the catalogue, notes its status in the digest.
#define DO(entry, ...)                                                             \
  ({                                                                               \
    static int row = -1;                                                           \
    if (row < 0) row = row_of(#entry);                                             \
    about_to_call(row);                                                            \
    noted(row, drv(entry)(__VA_ARGS__));                                           \
  })

int row_of(const char *name);
void about_to_call(int row);
CUresult noted(int row, CUresult status);
void digest(const void *bytes, size_t count);
/// Digests an answer, if there was one.
#define SEE(status, value) see((status), &(value), sizeof(value))
void see(CUresult status, const void *value, size_t bytes);

/// Ends the program when `status` is an error: what follows would mean nothing.
void need(CUresult status, const char *what);
#define MUST(entry, ...) need(DO(entry, __VA_ARGS__), #entry)

uint32_t any(uint32_t bound);
/// A stream behind all work so far.
CUstream queue(void);
/// The same for a stream that is given; NULL is the legacy stream.
CUstream queue_on(CUstream stream);
/// None: the forms with a suffix mean the per-thread default stream, which is put behind all work.
CUstream per_thread(void);
#define PER_THREAD per_thread()

/// Two different buffers, and a part inside both of them, of whole words.
struct pair {
  CUdeviceptr to, from;
  struct buffer *into;
  size_t bytes;
};
struct pair any_pair(void);
/// Fills host memory with what follows from the seed.
void fill_host(uint8_t *bytes, size_t count);
/// Reads a buffer back and digests it.
void look_at(struct buffer *buffer);
/// All work so far is done.
void finish_work(void);

/// Arguments of the kernel `mix`, for two buffers.
struct mixing {
  CUdeviceptr p, q;
  uint32_t words, qwords, stride, k;
  void *values[6];
};
void describe(struct mixing *mixing);

/// A batch of stream operations: one wait that is fulfilled, two writes.
void any_values(CUstreamBatchMemOpParams list[3]);

void make_buffer(struct buffer *buffer, int family);
void drop_buffer(struct buffer *buffer);
void make_graphs(void);
void refresh_graphs(void);
void drop_graphs(void);
void make_nodes(void);
void drop_nodes(void);

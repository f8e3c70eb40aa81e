// catalogue-program CATALOGUE FIRST COUNT [pinning [ENTRY] | TURN_IN TURN_OUT first|second]
//
// Runs COUNT programs over the entry points of CATALOGUE (Catalogue/entry-points.csv); program n
// follows from seed FIRST + n. Prints `op SEED NUMBER ENTRY DIGEST` for every operation, and at the
// end, for every entry point called, `row ENTRY CALLS SUCCESSES SWAPPED`.
//
// Operations that pin their program for life are left out, or are all there is (`pinning`), or
// one of them is.
//
// With two FIFOs it takes turns with another such program on the same GPU, before each operation
// that concerns memory, and both together do not fit. While the other has its turn this one does
// nothing, and the other makes a gated call, for which all its memory is there: some of this one's
// is not. So this one's calls up to its first gated one are counted as made while swapped out.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "../clients/random_kernels.h"
#include "catalogue.h"

enum { ROWS_MAX = 1024, BALLAST_PIECES = 12, BALLAST_BYTES = 3 << 20 };

struct world world;

static struct row {
  char name[64];
  bool is_gated;
  bool concerns_memory; // gated or virtualised
  uint64_t calls, successes, swapped;
} rows[ROWS_MAX];
static int row_count;

static bool only_pinning;
static const char *only; // the one entry point to call
static int turn_in = -1, turn_out = -1;
static bool is_out; // nothing gated was called yet in this turn
static CUdeviceptr ballast[BALLAST_PIECES];

extern const struct operation __start_operations[], __stop_operations[];

static void read_catalogue(const char *path) {
  FILE *file = fopen(path, "r");
  char line[256];
  if (!file || !fgets(line, sizeof line, file)) {
    fprintf(stderr, "no catalogue: %s\n", path);
    exit(2);
  }
  while (row_count < ROWS_MAX && fgets(line, sizeof line, file)) {
    char gated[8], virtualised[8];
    struct row *row = &rows[row_count];
    if (sscanf(line, "%63[^,],%*[^,],%7[^,],%7[^,]", row->name, gated, virtualised) != 3) continue;
    row->is_gated = !strcmp(gated, "yes");
    row->concerns_memory = row->is_gated || !strcmp(virtualised, "yes");
    row_count++;
  }
  fclose(file);
}

int row_of(const char *name) {
  for (int i = 0; i < row_count; i++)
    if (!strcmp(rows[i].name, name)) return i;
  fprintf(stderr, "not in the catalogue: %s\n", name);
  exit(2);
}

void about_to_call(int row) {
  if (!is_out) return;
  rows[row].swapped++;
  is_out = !rows[row].is_gated;
}

CUresult noted(int row, CUresult status) {
  rows[row].calls++;
  if (!status) rows[row].successes++;
  uint32_t number = (uint32_t)status;
  digest(&row, sizeof row);
  digest(&number, sizeof number);
  return status;
}

void digest(const void *bytes, size_t count) {
  const uint8_t *place = bytes;
  uint64_t hash = world.digest;
  for (; count >= 8; count -= 8, place += 8) {
    uint64_t word;
    memcpy(&word, place, 8);
    hash = (hash ^ word) * 0x9FB21C651E98DF25u;
    hash ^= hash >> 32;
  }
  for (; count; count--, place++) hash = (hash ^ *place) * 0x100000001B3u;
  world.digest = hash;
}

void see(CUresult status, const void *value, size_t bytes) {
  if (status == CUDA_SUCCESS) digest(value, bytes);
}

void need(CUresult status, const char *what) {
  if (status == CUDA_SUCCESS) return;
  printf("failed: %s %d\n", what, (int)status);
  exit(1);
}

uint32_t any(uint32_t bound) { return below(&world.random, bound); }

CUstream queue_on(CUstream stream) {
  if (world.capturing) return world.capturing;
  if (stream != world.latest) {
    DO(cuEventRecord, world.order, world.latest);
    DO(cuStreamWaitEvent, stream, world.order, 0);
    world.latest = stream;
  }
  return stream;
}

CUstream queue(void) { return queue_on(world.streams[any(STREAMS)]); }

CUstream per_thread(void) {
  queue_on(CU_STREAM_PER_THREAD);
  return NULL;
}

void finish_work(void) { DO(cuCtxSynchronize, ); }

struct pair any_pair(void) {
  struct buffer *to = &world.buffers[any(BUFFERS)], *from = to;
  while (from == to) from = &world.buffers[any(BUFFERS)];
  size_t bytes = 4 * (1 + any(WORDS / 4));
  size_t room = BUFFER_BYTES - bytes;
  return (struct pair){to->address + any((uint32_t)room / 4 + 1) * 4,
                       from->address + any((uint32_t)room / 4 + 1) * 4, to, bytes};
}

void fill_host(uint8_t *bytes, size_t count) {
  uint64_t word = draw(&world.random);
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(word >> (i % 8 * 8)) ^ (uint8_t)(i >> 8);
}

void look_at(struct buffer *buffer) {
  queue_on(NULL);
  CUresult status = DO(cuMemcpyDtoH_v2, world.pageable, buffer->address, BUFFER_BYTES);
  see(status, world.pageable, BUFFER_BYTES);
}

void describe(struct mixing *mixing) {
  struct pair pair = any_pair();
  mixing->p = pair.into->address;
  mixing->q = pair.from & ~(CUdeviceptr)255;
  mixing->words = WORDS;
  mixing->qwords = 1 << any(12);
  mixing->stride = any(1 << 16) * 2 + 1;
  mixing->k = (uint32_t)draw(&world.random);
  // The words read must not be among those written, and must lie inside their buffer.
  if (mixing->q + 4ull * mixing->qwords > pair.from + pair.bytes) mixing->qwords = 1;
  void *values[6] = {&mixing->p,      &mixing->words,  &mixing->q,
                     &mixing->qwords, &mixing->stride, &mixing->k};
  memcpy(mixing->values, values, sizeof values);
}

/// Waits for this program's turn.
static void take_turn(void) {
  char byte;
  if (turn_in < 0) return;
  if (read(turn_in, &byte, 1) != 1) turn_in = -1; // the other one has ended: no more turns
  is_out = turn_in >= 0;
}

/// So that the other's next gated call finds this one resident, and has to send it out.
static void come_in(void) {
  if (is_out) need(drv(cuMemsetD8_v2)(world.zero, 0, 8), "cuMemsetD8_v2");
}

static void give_turn(void) {
  if (turn_out < 0) return;
  if (write(turn_out, "t", 1) != 1) turn_out = -1;
}

static void *run_in_thread(void *argument) {
  need(drv(cuCtxSetCurrent)(world.context), "cuCtxSetCurrent");
  ((const struct operation *)argument)->run();
  return NULL;
}

static void run_operation(const struct operation *operation) {
  if (any(8)) return operation->run();
  // A thread of its own: it has no place in the gate yet.
  pthread_t thread;
  finish_work();
  world.latest = NULL;
  if (pthread_create(&thread, NULL, run_in_thread, (void *)operation)) exit(1);
  pthread_join(thread, NULL);
  finish_work();
  world.latest = NULL;
}

static void run_program(uint64_t seed) {
  const int count = (int)(__stop_operations - __start_operations);
  int order[count];
  // Mixed first: neighbouring states of this source give one sequence, shifted.
  struct random_source mixer = {seed};
  world.random.state = draw(&mixer);
  world.digest = 0xCBF29CE484222325u;
  for (int i = 0; i < count; i++) order[i] = i;
  for (int i = count - 1; i > 0; i--) {
    int other = (int)any((uint32_t)i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (int i = 0; i < BUFFERS; i++) make_buffer(&world.buffers[i], (int)any(FAMILIES));
  make_graphs();
  make_nodes();
  for (int i = 0; i < count; i++) {
    const struct operation *operation = &__start_operations[order[i]];
    if ((operation->kind == PINNING) != only_pinning) continue;
    if (only && strcmp(operation->name, only)) continue;
    if (rows[row_of(operation->name)].concerns_memory) {
      come_in();
      give_turn();
      take_turn();
    }
    run_operation(operation);
    if (any(2)) look_at(&world.buffers[any(BUFFERS)]);
    printf("op %llu %d %s %016llx\n", (unsigned long long)seed, i, operation->name,
           (unsigned long long)world.digest);
  }
  for (int i = 0; i < BUFFERS; i++) look_at(&world.buffers[i]);
  drop_graphs();
  drop_nodes();
  for (int i = 0; i < BUFFERS; i++) drop_buffer(&world.buffers[i]);
  finish_work();
  printf("op %llu %d end %016llx\n", (unsigned long long)seed, count,
         (unsigned long long)world.digest);
  fflush(stdout);
}

static void prepare(void) {
  CUdevice device;
  MUST(cuInit, 0);
  MUST(cuDeviceGet, &device, 0);
  MUST(cuCtxCreate_v2, &world.context, 0, device);
  MUST(cuModuleLoadData, &world.module, random_kernels);
  MUST(cuModuleGetFunction, &world.mix, world.module, "mix");
  MUST(cuModuleGetFunction, &world.turn, world.module, "turn");
  MUST(cuLibraryLoadData, &world.loaded, random_kernels, NULL, NULL, 0, NULL, NULL, 0);
  MUST(cuLibraryGetKernel, &world.kernel, world.loaded, "mix");
  for (int i = 0; i < STREAMS; i++)
    MUST(cuStreamCreate, &world.streams[i], i % 2 ? CU_STREAM_DEFAULT : CU_STREAM_NON_BLOCKING);
  MUST(cuEventCreate, &world.order, CU_EVENT_DISABLE_TIMING);
  MUST(cuEventCreate, &world.mark, CU_EVENT_DEFAULT);
  CUmemPoolProps properties = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  MUST(cuMemPoolCreate, &world.pool, &properties);
  MUST(cuMemAlloc_v2, &world.zero, 8);
  MUST(cuMemsetD8_v2, world.zero, 0, 8);
  void *pinned;
  MUST(cuMemHostAlloc, &pinned, BUFFER_BYTES, 0);
  world.pinned = pinned;
  world.pageable = malloc(BUFFER_BYTES);
  for (int i = 0; i < BALLAST_PIECES; i++) MUST(cuMemAlloc_v2, &ballast[i], BALLAST_BYTES);
}

/// How far the other program is does not matter, nor whether it comes at all.
static void join_turns(char **words) {
  bool is_first = !strcmp(words[2], "first");
  // In this order on both sides, or each would wait for the other's end.
  if (is_first) turn_out = open(words[1], O_WRONLY);
  turn_in = open(words[0], O_RDONLY);
  if (!is_first) turn_out = open(words[1], O_WRONLY);
}

int main(int count, char **words) {
  only_pinning = (count == 5 || count == 6) && !strcmp(words[4], "pinning");
  if (only_pinning) only = words[5];
  if (count != 4 && count != 7 && !only_pinning) {
    fprintf(stderr, "usage: catalogue-program CATALOGUE FIRST COUNT [pinning [ENTRY] | IN OUT "
                    "first|second]\n");
    return 2;
  }
  read_catalogue(words[1]);
  uint64_t first = strtoull(words[2], NULL, 10), programs = strtoull(words[3], NULL, 10);
  bool is_second = count == 7 && !strcmp(words[6], "second");
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count == 7) join_turns(words + 4);
  if (is_second) take_turn();
  prepare();
  for (uint64_t i = 0; i < programs; i++) run_program(first + i);
  for (int i = 0; i < row_count; i++)
    if (rows[i].calls)
      printf("row %s %llu %llu %llu\n", rows[i].name, (unsigned long long)rows[i].calls,
             (unsigned long long)rows[i].successes, (unsigned long long)rows[i].swapped);
  return 0;
}

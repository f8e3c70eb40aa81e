// Calls every gated trampoline through its real code with a recorder in place of the driver, and
// checks what arrives, what returns, and where the thread's slot stands. Linked with the
// interposer's own C and assembly; the runtime's part of the contract (gate.h) is played here.
//
//   trampolines <case>      prints what is wrong and exits 1, or exits 0
#include <execinfo.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

typedef uint64_t word;
enum { REGISTERS = 6, WORDS_MAX = 18, THREADS = 8, CALLS_PER_THREAD = 200000 };

// MARK: the runtime's part

static struct tidelock_slot slots[THREADS + 1];
static unsigned slots_used;
static __thread int slow_calls, memory_calls, pin_calls, last_attempt;
static int allow_retries, open_on_slow, refuse_with;
static uint32_t last_entry, last_class, last_pinned;

uint32_t tidelock_gate_slow(uint32_t entry, uint32_t call_class, uint64_t stack) {
  slow_calls++;
  last_entry = entry, last_class = call_class;
  struct tidelock_slot *slot = tidelock_slot_get();
  if (slot == NULL) {
    tidelock_slot_set(&slots[__atomic_fetch_add(&slots_used, 1, __ATOMIC_RELAXED)]);
    return 0;
  }
  if (slot->counter & 1) {
    if (stack < slot->entry_stack) return 1;
    slot->counter++;
    return 0;
  }
  if (refuse_with != 0) return 0x100u + (unsigned)refuse_with;
  if (open_on_slow) tidelock_gate.word[call_class] = (unsigned)open_on_slow;
  return 0;
}

uint32_t tidelock_out_of_memory(uint32_t entry, uint32_t attempts) {
  (void)entry;
  memory_calls++;
  last_attempt = (int)attempts;
  return attempts < (uint32_t)allow_retries;
}

uint32_t tidelock_unswappable(uint32_t entry, const uint64_t *arguments) {
  (void)arguments;
  pin_calls++;
  last_pinned = entry;
  return refuse_with != 0 ? 0x100u + (unsigned)refuse_with : 0;
}

// MARK: the driver's part

#define WORDS_18                                                                              \
  word a0, word a1, word a2, word a3, word a4, word a5, word a6, word a7, word a8, word a9,   \
    word a10, word a11, word a12, word a13, word a14, word a15, word a16, word a17
typedef int any_function(WORDS_18);

static __thread word seen[WORDS_MAX];
static __thread int inside_when_called, driver_calls;
static int answer, answer_out_of_memory_times;

static int recorder(WORDS_18) {
  word arguments[WORDS_MAX] = {a0, a1, a2,  a3,  a4,  a5,  a6,  a7,  a8,
                               a9, a10, a11, a12, a13, a14, a15, a16, a17};
  memcpy(seen, arguments, sizeof seen);
  driver_calls++;
  struct tidelock_slot *slot = tidelock_slot_get();
  inside_when_called = slot != NULL && (slot->counter & 1);
  return answer_out_of_memory_times > 0 && answer_out_of_memory_times-- > 0 ? 2 : answer;
}

static int scribbling(WORDS_18) {
  int result = recorder(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16,
                        a17);
  // A function owns its stack arguments: a retry must not see what the driver left there.
  volatile word *stack = (volatile word *)__builtin_frame_address(0) + 2;
  for (int i = 0; i < 5; i++) stack[i] = 0xdead;
  return result;
}

// MARK: checks

static int wrong;
#define CHECK(condition, ...)                                  \
  do {                                                         \
    if (!(condition) && wrong++ < 20) {                        \
      printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);   \
      printf(__VA_ARGS__);                                     \
      printf("\n");                                            \
    }                                                          \
  } while (0)

static word argument(uint32_t entry, int i) { return 0x1000000000000ull * (i + 1) + entry; }

static int call(void *function, uint32_t entry) {
  any_function *f = (any_function *)function;
#define A(i) argument(entry, i)
  return f(A(0), A(1), A(2), A(3), A(4), A(5), A(6), A(7), A(8), A(9), A(10), A(11), A(12), A(13),
           A(14), A(15), A(16), A(17));
}

static void check_arguments(uint32_t entry) {
  for (int i = 0; i < REGISTERS + tidelock_entry_words[entry]; i++)
    CHECK(seen[i] == argument(entry, i), "%s argument %d is %lx", tidelock_entry_name(entry), i,
          seen[i]);
}

static void open_gate(int value) {
  tidelock_gate.word[0] = tidelock_gate.word[1] = (unsigned)value;
}

static int for_each_gated(void (*body)(uint32_t entry, void *gated)) {
  int count = 0;
  for (uint32_t entry = 0; entry < ENTRY_COUNT; entry++) {
    void *gated = tidelock_gated(entry);
    if (gated == NULL) continue;
    count++;
    tidelock_real[entry] = (void *)recorder;
    body(entry, gated);
  }
  return count;
}

static void body_open(uint32_t entry, void *gated) {
  slow_calls = memory_calls = driver_calls = 0;
  answer = (int)entry + 1000;
  word before = tidelock_slot_get()->counter;
  CHECK(call(gated, entry) == answer, "%s result", tidelock_entry_name(entry));
  check_arguments(entry);
  CHECK(inside_when_called && driver_calls == 1, "%s", tidelock_entry_name(entry));
  CHECK(slow_calls == 0 && memory_calls == 0, "%s", tidelock_entry_name(entry));
  CHECK(tidelock_slot_get()->counter == before + 2, "%s", tidelock_entry_name(entry));
  CHECK(tidelock_slot_get()->entry_index == entry, "%s", tidelock_entry_name(entry));
}

static void case_open(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_gate(TIDELOCK_GATE_OPEN);
  CHECK(for_each_gated(body_open) >= 173, "gated rows");
}

static void body_closed(uint32_t entry, void *gated) {
  open_gate(TIDELOCK_GATE_CLOSED);
  slow_calls = driver_calls = 0;
  answer = 77;
  word before = tidelock_slot_get()->counter;
  CHECK(call(gated, entry) == 77, "%s result", tidelock_entry_name(entry));
  check_arguments(entry);
  CHECK(slow_calls == 1 && driver_calls == 1 && inside_when_called, "%s %d",
        tidelock_entry_name(entry), slow_calls);
  CHECK(last_entry == entry, "%s", tidelock_entry_name(entry));
  CHECK(last_class == tidelock_slot_get()->call_class, "%s", tidelock_entry_name(entry));
  // In, out for the closed gate; in, out for the call; nothing left over.
  CHECK((tidelock_slot_get()->counter - before) % 2 == 0, "%s", tidelock_entry_name(entry));
  open_gate(TIDELOCK_GATE_CLOSED);
  refuse_with = 709;
  driver_calls = 0;
  CHECK(call(gated, entry) == 709 && driver_calls == 0, "%s", tidelock_entry_name(entry));
  refuse_with = 0;
}

static void case_closed(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_on_slow = TIDELOCK_GATE_OPEN;
  for_each_gated(body_closed);
}

static void case_windowed(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_on_slow = TIDELOCK_GATE_WINDOWED;
  for_each_gated(body_closed);
  open_gate(TIDELOCK_GATE_WINDOWED);
  for (int i = 0; i < 3; i++) {
    slow_calls = 0;
    CHECK(call(tidelock_gated(ENTRY_cuLaunchKernel), ENTRY_cuLaunchKernel) == answer, "windowed");
    CHECK(slow_calls == 1, "each call passes the slow path, not %d", slow_calls);
  }
}

static void body_memory(uint32_t entry, void *gated) {
  slow_calls = memory_calls = driver_calls = 0;
  tidelock_real[entry] = (void *)(tidelock_entry_words[entry] >= 5 ? scribbling : recorder);
  answer = 5, allow_retries = 3, answer_out_of_memory_times = 2;
  word before = tidelock_slot_get()->counter;
  CHECK(call(gated, entry) == 5, "%s result", tidelock_entry_name(entry));
  check_arguments(entry);
  CHECK(driver_calls == 3 && memory_calls == 2 && last_attempt == 1, "%s %d %d %d",
        tidelock_entry_name(entry), driver_calls, memory_calls, last_attempt);
  CHECK(tidelock_slot_get()->counter == before + 6, "%s", tidelock_entry_name(entry));
  answer_out_of_memory_times = 100, driver_calls = memory_calls = 0;
  CHECK(call(gated, entry) == 2, "%s result", tidelock_entry_name(entry));
  CHECK(driver_calls == 4 && memory_calls == 4, "%s", tidelock_entry_name(entry));
  answer_out_of_memory_times = 0;
}

static void case_memory(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_gate(TIDELOCK_GATE_OPEN);
  for_each_gated(body_memory);
}

// MARK: calls within calls, and calls never returned from

static jmp_buf back;

static int nesting(WORDS_18) {
  recorder(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17);
  word counter = tidelock_slot_get()->counter;
  int result = call(tidelock_gated(ENTRY_cuMemcpyHtoD_v2), ENTRY_cuMemcpyHtoD_v2);
  check_arguments(ENTRY_cuMemcpyHtoD_v2);
  CHECK(tidelock_slot_get()->counter == counter, "a nested call leaves the counter alone");
  CHECK(slow_calls == 1, "%d", slow_calls);
  return result + 1;
}

static int leaping(WORDS_18) {
  (void)a0, (void)a17;
  longjmp(back, 1);
}

static void case_nested(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_gate(TIDELOCK_GATE_OPEN);
  tidelock_real[ENTRY_cuLaunchKernel] = (void *)nesting;
  tidelock_real[ENTRY_cuMemcpyHtoD_v2] = (void *)recorder;
  answer = 40;
  CHECK(call(tidelock_gated(ENTRY_cuLaunchKernel), ENTRY_cuLaunchKernel) == 41, "result");
  CHECK(tidelock_slot_get()->counter == 2, "%lu", tidelock_slot_get()->counter);
}

static void case_abandoned(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_gate(TIDELOCK_GATE_OPEN);
  tidelock_real[ENTRY_cuLaunchKernel] = (void *)leaping;
  void *gated = tidelock_gated(ENTRY_cuLaunchKernel);
  if (setjmp(back) == 0) call(gated, ENTRY_cuLaunchKernel);
  CHECK(tidelock_slot_get()->counter == 1, "still marked inside");
  tidelock_real[ENTRY_cuLaunchKernel] = (void *)recorder;
  answer = 9, slow_calls = 0;
  CHECK(call(gated, ENTRY_cuLaunchKernel) == 9, "result");
  check_arguments(ENTRY_cuLaunchKernel);
  CHECK(slow_calls == 1 && tidelock_slot_get()->counter == 4, "%lu",
        tidelock_slot_get()->counter);
}

// MARK: unwinding, which exceptions and cancellation do, through either path

static void *main_returns_to;
static int unwound;

static int unwinding(WORDS_18) {
  void *frames[64];
  int count = backtrace(frames, 64);
  unwound = 0;
  for (int i = 0; i < count; i++) unwound += frames[i] == main_returns_to;
  return recorder(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17);
}

static void body_unwind(uint32_t entry, void *gated) {
  tidelock_real[entry] = (void *)unwinding;
  open_gate(TIDELOCK_GATE_OPEN);
  call(gated, entry);
  CHECK(unwound == 1, "%s open", tidelock_entry_name(entry));
  open_gate(TIDELOCK_GATE_CLOSED);
  call(gated, entry);
  CHECK(unwound == 1, "%s closed", tidelock_entry_name(entry));
}

static void case_unwind(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_on_slow = TIDELOCK_GATE_OPEN;
  for_each_gated(body_unwind);
}

// MARK: many threads, a gate that opens and shuts

static int stop;

static void *caller(void *result) {
  static uint32_t entries[] = {ENTRY_cuLaunchKernel, ENTRY_cuMemcpyHtoDAsync_v2, ENTRY_cuMemcpy};
  for (int i = 0; i < CALLS_PER_THREAD; i++) {
    uint32_t entry = entries[i % 3];
    if (call(tidelock_gated(entry), entry) != 7 || seen[5] != argument(entry, 5)
        || !inside_when_called)
      *(int *)result = 1;
  }
  if (driver_calls != CALLS_PER_THREAD || (tidelock_slot_get()->counter & 1)) *(int *)result = 2;
  return NULL;
}

static void *flapper(void *unused) {
  (void)unused;
  for (unsigned i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
    open_gate(i & 1 ? TIDELOCK_GATE_OPEN : TIDELOCK_GATE_CLOSED);
    for (volatile int spin = 0; spin < 1000; spin++) {}
  }
  return NULL;
}

static void case_threads(void) {
  pthread_t thread[THREADS], other;
  int results[THREADS] = {0};
  answer = 7, open_on_slow = TIDELOCK_GATE_OPEN;
  for (uint32_t entry = 0; entry < ENTRY_COUNT; entry++) tidelock_real[entry] = (void *)recorder;
  pthread_create(&other, NULL, flapper, NULL);
  for (int i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, caller, &results[i]);
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  pthread_join(other, NULL);
  for (int i = 0; i < THREADS; i++) CHECK(results[i] == 0, "thread %d: %d", i, results[i]);
}

// MARK: pinning, and by-value and floating-point arguments on the way to a driver not loaded yet

struct handle {
  char bytes[64];
};
static struct handle handle_seen;
static float float_seen;

static int open_handle(word *address, struct handle handle, unsigned flags) {
  handle_seen = handle;
  *address = flags;
  return 3;
}

static int set_float(void *function, int offset, float value) {
  (void)function;
  float_seen = value;
  return offset;
}

static void body_pinned(uint32_t entry) {
  void *wrapper = tidelock_wrapper(entry);
  tidelock_real[entry] = (void *)recorder;
  pin_calls = 0, answer = 12;
  int result = call(wrapper, entry);
  if (pin_calls == 0) return;
  CHECK(result == 12 && last_pinned == entry, "%s", tidelock_entry_name(entry));
  check_arguments(entry);
  refuse_with = 46, driver_calls = 0;
  CHECK(call(wrapper, entry) == 46 && driver_calls == 0, "%s", tidelock_entry_name(entry));
  refuse_with = 0;
}

// Entry points the runtime answers lead to the runtime, which is not here. The build of this
// program defines their functions and lists their names.
extern const char *const answered[];

static int is_answered(const char *name) {
  for (int i = 0; answered[i] != NULL; i++)
    if (strcmp(answered[i], name) == 0) return 1;
  return 0;
}

static void case_pinned(void) {
  tidelock_slot_set(&slots[THREADS]);
  open_gate(TIDELOCK_GATE_OPEN);
  for (uint32_t entry = 0; entry < ENTRY_COUNT; entry++)
    if (!is_answered(tidelock_entry_name(entry))) body_pinned(entry);
  any_function *unknown = (any_function *)tidelock_unknown_bind("cuNew", (void *)recorder);
  CHECK(call((void *)unknown, 0) == 12 && last_pinned >= ENTRY_COUNT, "%u", last_pinned);
  CHECK(strcmp(tidelock_entry_name(last_pinned), "cuNew") == 0, "%u", last_pinned);
  CHECK(tidelock_unknown_bind("cuNew", (void *)recorder) == (void *)unknown, "bound once");
  int bound = 1;
  while (tidelock_unknown_bind("cuMore", (char *)recorder + bound) != NULL) bound++;
  CHECK(bound == TIDELOCK_UNKNOWN_MAX, "%d", bound);
}

static void case_values(void) {
  struct handle handle;
  for (int i = 0; i < 64; i++) handle.bytes[i] = (char)(i * 7);
  word address = 0;
  tidelock_real[ENTRY_cuIpcOpenMemHandle_v2] = (void *)open_handle;
  if (!is_answered("cuIpcOpenMemHandle_v2")) {
    int (*open)(word *, struct handle, unsigned) =
      (int (*)(word *, struct handle, unsigned))tidelock_wrapper(ENTRY_cuIpcOpenMemHandle_v2);
    CHECK(open(&address, handle, 9) == 3 && address == 9, "%lu", address);
    CHECK(memcmp(&handle, &handle_seen, sizeof handle) == 0, "by value");
  }
  int (*set)(void *, int, float) = (int (*)(void *, int, float))tidelock_wrapper(ENTRY_cuParamSetf);
  tidelock_real[ENTRY_cuParamSetf] = (void *)set_float;
  CHECK(set(NULL, 4, 2.5f) == 4 && float_seen == 2.5f, "%g", (double)float_seen);
}

int main(int count, char **names) {
  main_returns_to = __builtin_return_address(0);
  static const struct {
    const char *name;
    void (*body)(void);
  } cases[] = {
    {"open", case_open},         {"closed", case_closed},       {"windowed", case_windowed},
    {"memory", case_memory},     {"nested", case_nested},       {"abandoned", case_abandoned},
    {"threads", case_threads},   {"pinned", case_pinned},       {"values", case_values},
    {"unwind", case_unwind},
  };
  for (size_t i = 0; count == 2 && i < sizeof cases / sizeof cases[0]; i++) {
    if (strcmp(cases[i].name, names[1]) != 0) continue;
    cases[i].body();
    return wrong != 0;
  }
  return 2;
}

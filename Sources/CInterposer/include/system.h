#pragma once
/// System calls without libc: the object refers to no libc symbol for what it does all the time, so
/// it loads everywhere, is not itself interposed, and every call of ours can be counted.
/// Results are the kernel's: negative errno on failure. x86-64 Linux.
#include <stddef.h>
#include <stdint.h>

/// System calls made by Tidelock's own code in this process (goal N3 counts them).
extern volatile uint64_t tidelock_system_calls;

static inline long tidelock_syscall(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __atomic_fetch_add(&tidelock_system_calls, 1, __ATOMIC_RELAXED);
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline const void *tidelock_system_calls_place(void) {
  return (const void *)&tidelock_system_calls;
}

enum {
  TIDELOCK_SYS_OPEN = 2,
  TIDELOCK_SYS_POLL = 7,
  TIDELOCK_SYS_IOCTL = 16,
  TIDELOCK_SYS_MMAP = 9,
  TIDELOCK_SYS_MUNMAP = 11,
  TIDELOCK_SYS_MADVISE = 28,
  TIDELOCK_SYS_NANOSLEEP = 35,
  TIDELOCK_SYS_GETPID = 39,
  TIDELOCK_SYS_SOCKET = 41,
  TIDELOCK_SYS_CONNECT = 42,
  TIDELOCK_SYS_SENDMSG = 46,
  TIDELOCK_SYS_RECVMSG = 47,
  TIDELOCK_SYS_SETSOCKOPT = 54,
  TIDELOCK_SYS_WRITE = 1,
  TIDELOCK_SYS_CLOSE = 3,
  TIDELOCK_SYS_FSTAT = 5,
  TIDELOCK_SYS_SIGACTION = 13,
  TIDELOCK_SYS_SIGPROCMASK = 14,
  TIDELOCK_SYS_FCNTL = 72,
  TIDELOCK_SYS_GETRLIMIT = 97,
  TIDELOCK_SYS_GETTID = 186,
  TIDELOCK_SYS_FUTEX = 202,
  TIDELOCK_SYS_CLOCK_GETTIME = 228,
  TIDELOCK_SYS_TGKILL = 234,
  TIDELOCK_SYS_MEMBARRIER = 324,
};

struct tidelock_timespec {
  int64_t seconds;
  int64_t nanoseconds;
};

/// The kernel's own `struct sigaction` on x86-64; its set of signals is one word.
struct tidelock_sigaction {
  uint64_t handler;  ///< 0 default, 1 ignored
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};

struct tidelock_pollfd {
  int32_t fd;
  int16_t events;
  int16_t revents;
};

/// The prefix of the kernel's `struct stat` on x86-64 that tells two files apart.
struct tidelock_stat {
  uint64_t device;
  uint64_t inode;
  uint8_t rest[128];
};

struct tidelock_iovec {
  void *base;
  size_t length;
};

struct tidelock_msghdr {
  void *name;
  uint32_t name_length;
  uint32_t padding;
  struct tidelock_iovec *iov;
  size_t iov_length;
  void *control;
  size_t control_length;
  int32_t flags;
  int32_t padding2;
};

struct tidelock_cmsg2 {
  size_t length;
  int32_t level;
  int32_t type;
  int32_t fds[2];
};

struct tidelock_sockaddr_un {
  uint16_t family;
  char path[108];
};

/// Calls a function of one to four pointer-sized arguments found at run time.
static inline long tidelock_call(void *function, long a, long b, long c, long d) {
  return ((long (*)(long, long, long, long))function)(a, b, c, d);
}

/// Copies without libc; the caller guarantees that the ranges do not overlap.
static inline void tidelock_copy_bytes(void *to, const void *from, size_t count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

/// Words shared between the runtime's threads; all zero at load. Named in `Words.swift`.
extern uint64_t tidelock_words[512];

static inline uint64_t *tidelock_words_base(void) { return tidelock_words; }

// Fields of the control page, which another process maps too.
static inline uint64_t tidelock_load64(const void *at) {
  return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
}
static inline uint32_t tidelock_load32(const void *at) {
  return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
}
static inline void tidelock_store64(void *at, uint64_t value) {
  __atomic_store_n((uint64_t *)at, value, __ATOMIC_RELEASE);
}
static inline void tidelock_add64(void *at, uint64_t value) {
  __atomic_fetch_add((uint64_t *)at, value, __ATOMIC_RELAXED);
}
static inline void tidelock_store32(void *at, uint32_t value) {
  __atomic_store_n((uint32_t *)at, value, __ATOMIC_SEQ_CST);
}

/// Entry addresses of the two threads, of the exit handler and of the handler in a forked child;
/// defined in Swift.
long tidelock_listener_entry(void);
long tidelock_mover_entry(void);
long tidelock_exit_entry(void);
long tidelock_forked_entry(void);

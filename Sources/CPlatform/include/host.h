#pragma once
/// System calls that glibc hides behind macros or has no name for, one small function each.
/// Each returns its result, or the negated errno. None allocates; all are safe on any thread.
#include <stdint.h>

/// Sends one datagram with up to `TIDELOCK_RIGHTS_MAX` descriptors. Never raises SIGPIPE, never
/// waits.
long tidelock_send(int socket, const void *bytes, long count, const int *rights, int rightsCount);

/// Receives one datagram. Descriptors are close-on-exec; those beyond `rightsCapacity` are closed.
/// `truncated` becomes 1 when the datagram or its descriptors did not fit. Never waits.
long tidelock_receive(int socket, void *bytes, long capacity, int *rights, int rightsCapacity,
                      int *rightsCount, int *truncated);

enum { TIDELOCK_RIGHTS_MAX = 4 };

/// A listening or connected `SOCK_SEQPACKET` Unix socket, close-on-exec and non-blocking.
int tidelock_socket(void);
int tidelock_bind(int socket, const char *path);
int tidelock_listen(int socket, int backlog);
int tidelock_connect(int socket, const char *path);
int tidelock_accept(int socket);
/// Makes a listening `SOCK_SEQPACKET` Unix socket that was handed to us close-on-exec and
/// non-blocking, and writes its path, not terminated: the length, `-EPROTOTYPE` for any other
/// socket, `-EADDRNOTAVAIL` for one without a path.
long tidelock_listener_path(int socket, void *path, long capacity);

/// Process id and user id of the other end, as its kernel saw them at connect.
int tidelock_peer_credentials(int socket, int *pid, unsigned *uid);
/// A pidfd of the other end's process: `SO_PEERPIDFD`, where the kernel lacks it `-ENOPROTOOPT`.
int tidelock_peer_pidfd(int socket);
int tidelock_pidfd_open(int pid);
/// Sends SIGKILL to the process, which may be dead already.
int tidelock_process_kill(int pidfd);

/// An anonymous file of `bytes` bytes, sparse, then sealed against growing, shrinking and more
/// seals.
int tidelock_memory_create(const char *name, int64_t bytes);
/// 1 when the file is sealed against growing, shrinking and more seals, and not against writing; 0
/// when not.
int tidelock_memory_is_sealed(int file);
/// 1 when the file is of huge pages set aside (`MFD_HUGETLB`), 0 when not.
int tidelock_memory_is_huge(int file);
int tidelock_memory_populate(int file, int64_t offset, int64_t bytes);
int tidelock_memory_punch(int file, int64_t offset, int64_t bytes);
/// Shared, readable and writable, not inherited by forked children and absent from core dumps.
/// 0 with the address in `address`.
int tidelock_memory_map(int file, int64_t bytes, void **address);
int tidelock_memory_unmap(void *address, int64_t bytes);

/// Gives this process and what it starts mounts of their own: what is mounted from here on nobody
/// else sees; what others mount later still shows. Without the right to that (`CAP_SYS_ADMIN`) in a
/// user namespace, where this user and group are themselves and no others exist. One thread only.
int tidelock_private_mounts(void);
/// `target` shows the file that `source` is now. Both are there; links are followed.
int tidelock_bind_mount(const char *source, const char *target);

int tidelock_futex_wake(void *word);
/// Sleeps while the word is `expected`, at most so long: what programs do on their control page.
int tidelock_futex_wait(void *word, uint32_t expected, int milliseconds);

int tidelock_epoll_create(void);
/// `operation`: 1 add, 2 delete, 3 modify; `events`: 1 readable, 4 writable.
int tidelock_epoll_control(int epoll, int operation, int file, uint32_t events, uint64_t token);
/// Up to `capacity` (at most 64) ready tokens and their events; waits at most `milliseconds`.
int tidelock_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int capacity,
                        int milliseconds);

/// Blocks SIGINT, SIGTERM and SIGHUP for the process and yields a descriptor that tells them.
/// SIGPIPE is ignored from then on: a reader of our output may leave.
int tidelock_signals_open(void);
/// The number of one pending signal, 0 when none is.
int tidelock_signals_read(int file);

/// Takes the file's exclusive lock without waiting; `-EWOULDBLOCK` when another holds it.
int tidelock_lock(int file);
/// Each of the two names has what the other had, in one step; both are there.
int tidelock_exchange(const char *one, const char *other);

/// Splits the process: 0 in a child in a session of its own, without terminal, with default
/// signals, `/` as its directory and no descriptor but `log` as output and errors and `*report`, a
/// pipe to the parent. The parent gets the child's process id and in `*report` the pipe's other
/// end. Only for a process with one thread.
int tidelock_detach(int log, int *report);

/// Starts a program with nothing but `/dev/null` as input and a pipe as output and errors, whose
/// other end is `*report`. Its process id.
int tidelock_spawn(const char *path, char *const arguments[], char *const environment[],
                   int *report);

/// What `membarrier(MEMBARRIER_CMD_QUERY)` says.
int tidelock_membarrier_query(void);

/// Whether the file gives capabilities to who starts it.
int tidelock_file_has_capabilities(const char *path);
/// Like "2.36".
const char *tidelock_libc_version(void);
/// The path of the loaded object that holds `address`, 0 when none does.
const char *tidelock_object_path(const void *address);
/// Lets this process open as many files as it is allowed to; how many that are.
long tidelock_raise_open_files(void);
/// Bytes this process may lock; `UINT64_MAX` for no limit.
uint64_t tidelock_lockable_bytes(void);

/// Counts one system call of the calling thread; how many were counted on it so far.
void tidelock_count_call(void);
uint64_t tidelock_calls_counted(void);

/// Flat access to memory that another process writes at the same time.
static inline uint64_t tidelock_load64(const void *address) {
  return __atomic_load_n((const uint64_t *)address, __ATOMIC_ACQUIRE);
}
static inline void tidelock_store64(void *address, uint64_t value) {
  __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}
static inline void tidelock_store32(void *address, uint32_t value) {
  __atomic_store_n((uint32_t *)address, value, __ATOMIC_RELEASE);
}
static inline uint32_t tidelock_load32(const void *address) {
  return __atomic_load_n((const uint32_t *)address, __ATOMIC_ACQUIRE);
}
static inline void tidelock_raise32(void *address) {
  __atomic_fetch_add((uint32_t *)address, 1, __ATOMIC_RELEASE);
}

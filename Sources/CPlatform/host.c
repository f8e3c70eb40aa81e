// System calls for the agent, each returning its result or the negated errno.

#define _GNU_SOURCE
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

static long checked(long result) { return result < 0 ? -(long)errno : result; }

long tidelock_send(int socket, const void *bytes, long count, const int *rights, int rightsCount) {
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = (size_t)count};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(TIDELOCK_RIGHTS_MAX * sizeof(int))];
  } control;
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (rightsCount > TIDELOCK_RIGHTS_MAX) return -EINVAL;
  if (rightsCount > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE((size_t)rightsCount * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)rightsCount * sizeof(int));
    memcpy(CMSG_DATA(header), rights, (size_t)rightsCount * sizeof(int));
  }
  return checked(sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

long tidelock_receive(int socket, void *bytes, long capacity, int *rights, int rightsCapacity,
                      int *rightsCount, int *truncated) {
  struct iovec vector = {.iov_base = bytes, .iov_len = (size_t)capacity};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(TIDELOCK_RIGHTS_MAX * sizeof(int))];
  } control;
  struct msghdr message = {.msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  *rightsCount = 0;
  *truncated = 0;
  long result = checked(recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
  if (result < 0) return result;
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) *truncated = 1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; index++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
      if (*rightsCount < rightsCapacity) {
        rights[(*rightsCount)++] = descriptor;
      } else {
        close(descriptor);
        *truncated = 1;
      }
    }
  }
  return result;
}

int tidelock_socket(void) {
  return (int)checked(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int address(const char *path, struct sockaddr_un *result) {
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof result->sun_path) return -ENAMETOOLONG;
  memset(result, 0, sizeof *result);
  result->sun_family = AF_UNIX;
  memcpy(result->sun_path, path, length);
  return 0;
}

int tidelock_bind(int socket, const char *path) {
  struct sockaddr_un name;
  int failed = address(path, &name);
  return failed ? failed : (int)checked(bind(socket, (struct sockaddr *)&name, sizeof name));
}

int tidelock_connect(int socket, const char *path) {
  struct sockaddr_un name;
  int failed = address(path, &name);
  return failed ? failed : (int)checked(connect(socket, (struct sockaddr *)&name, sizeof name));
}

int tidelock_listen(int socket, int backlog) { return (int)checked(listen(socket, backlog)); }

int tidelock_accept(int socket) {
  return (int)checked(accept4(socket, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

static int is_option(int socket, int option, int expected) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 && value == expected;
}

long tidelock_listener_path(int socket, void *path, long capacity) {
  struct sockaddr_un name;
  socklen_t length = sizeof name;
  memset(&name, 0, sizeof name);
  if (!is_option(socket, SO_DOMAIN, AF_UNIX) || !is_option(socket, SO_TYPE, SOCK_SEQPACKET) ||
      !is_option(socket, SO_ACCEPTCONN, 1))
    return -EPROTOTYPE;
  long failed = checked(getsockname(socket, (struct sockaddr *)&name, &length));
  if (failed < 0) return failed;
  size_t bytes = strnlen(name.sun_path, sizeof name.sun_path);
  if (bytes == 0 || (long)bytes > capacity) return -EADDRNOTAVAIL;
  failed = checked(fcntl(socket, F_SETFD, FD_CLOEXEC));
  if (failed >= 0) failed = checked(fcntl(socket, F_SETFL, O_NONBLOCK));
  if (failed < 0) return failed;
  memcpy(path, name.sun_path, bytes);
  return (long)bytes;
}

int tidelock_peer_credentials(int socket, int *pid, unsigned *uid) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  long result = checked(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
  if (result < 0) return (int)result;
  *pid = credentials.pid;
  *uid = credentials.uid;
  return 0;
}

int tidelock_peer_pidfd(int socket) {
  int descriptor = -1;
  socklen_t length = sizeof descriptor;
  long result = checked(getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &descriptor, &length));
  return result < 0 ? (int)result : descriptor;
}

int tidelock_pidfd_open(int pid) { return (int)checked(syscall(SYS_pidfd_open, pid, 0)); }

int tidelock_process_kill(int pidfd) {
  return (int)checked(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, 0, 0));
}

int tidelock_memory_create(const char *name, int64_t bytes) {
  int file = (int)checked(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file < 0) return file;
  long failed = checked(ftruncate(file, bytes));
  int seals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (!failed) failed = checked(fcntl(file, F_ADD_SEALS, seals));
  if (failed < 0) {
    close(file);
    return (int)failed;
  }
  return file;
}

int tidelock_memory_is_sealed(int file) {
  long seals = checked(fcntl(file, F_GET_SEALS));
  if (seals < 0) return (int)seals;
  const long wanted = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  return (seals & wanted) == wanted && !(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE));
}

int tidelock_memory_is_huge(int file) {
  struct statfs facts;
  long failed = checked(fstatfs(file, &facts));
  return failed < 0 ? (int)failed : facts.f_type == HUGETLBFS_MAGIC;
}

int tidelock_memory_populate(int file, int64_t offset, int64_t bytes) {
  return (int)checked(fallocate(file, 0, offset, bytes));
}

int tidelock_memory_punch(int file, int64_t offset, int64_t bytes) {
  return (int)checked(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes));
}

int tidelock_memory_map(int file, int64_t bytes, void **address) {
  void *mapped = mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) return -errno;
  madvise(mapped, (size_t)bytes, MADV_DONTFORK);
  madvise(mapped, (size_t)bytes, MADV_DONTDUMP);
  *address = mapped;
  return 0;
}

int tidelock_memory_unmap(void *address, int64_t bytes) {
  return (int)checked(munmap(address, (size_t)bytes));
}

int tidelock_futex_wake(void *word) {
  return (int)checked(syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, 0, 0, 0));
}

int tidelock_futex_wait(void *word, uint32_t expected, int milliseconds) {
  struct timespec limit = {.tv_sec = milliseconds / 1000,
                           .tv_nsec = milliseconds % 1000 * 1000000L};
  return (int)checked(syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, 0, 0));
}

int tidelock_epoll_create(void) { return (int)checked(epoll_create1(EPOLL_CLOEXEC)); }

int tidelock_epoll_control(int epoll, int operation, int file, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return (int)checked(epoll_ctl(epoll, operation, file, &event));
}

int tidelock_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int capacity,
                        int milliseconds) {
  struct epoll_event ready[64];
  int count = (int)checked(epoll_wait(epoll, ready, capacity < 64 ? capacity : 64, milliseconds));
  if (count == -EINTR) return 0;
  for (int index = 0; index < count; index++) {
    tokens[index] = ready[index].data.u64;
    events[index] = ready[index].events;
  }
  return count;
}

int tidelock_signals_open(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  long failed = checked(sigprocmask(SIG_BLOCK, &set, 0));
  if (failed < 0) return (int)failed;
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
  return (int)checked(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int tidelock_signals_read(int file) {
  struct signalfd_siginfo info;
  long result = checked(read(file, &info, sizeof info));
  if (result == -EAGAIN) return 0;
  return result < 0 ? (int)result : (int)info.ssi_signo;
}

int tidelock_lock(int file) { return (int)checked(flock(file, LOCK_EX | LOCK_NB)); }

int tidelock_exchange(const char *one, const char *other) {
  return (int)checked(renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE));
}

/// What the parent left open or set is nothing to a process that outlives it.
static void leave_everything(int log, int report) {
  const int kept = 3, above = 10;
  sigset_t none;
  setsid();
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, 0);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  umask(077);
  if (chdir("/")) _exit(1);
  // Out of the way of the numbers they shall have.
  int nothing = fcntl(open("/dev/null", O_RDONLY), F_DUPFD, above);
  log = fcntl(log, F_DUPFD, above);
  report = fcntl(report, F_DUPFD, above);
  if (dup2(nothing, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) _exit(1);
  if (dup2(report, kept) < 0) _exit(1);
  fcntl(kept, F_SETFD, FD_CLOEXEC);
  closefrom(kept + 1);
}

int tidelock_detach(int log, int *report) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return -errno;
  long child = checked(fork());
  if (child == 0) {
    leave_everything(log, ends[1]);
    *report = 3;
    return 0;
  }
  close(ends[1]);
  if (child < 0) close(ends[0]);
  *report = ends[0];
  return (int)child;
}

int tidelock_spawn(const char *path, char *const arguments[], char *const environment[],
                   int *report) {
  int ends[2];
  pid_t child = 0;
  posix_spawn_file_actions_t actions;
  if (pipe2(ends, O_CLOEXEC)) return -errno;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  int failed = posix_spawn(&child, path, &actions, 0, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *report = ends[0];
  if (failed) close(ends[0]);
  return failed ? -failed : child;
}

int tidelock_membarrier_query(void) {
  return (int)checked(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0));
}

int tidelock_file_has_capabilities(const char *path) {
  return getxattr(path, "security.capability", NULL, 0) > 0;
}

const char *tidelock_libc_version(void) { return gnu_get_libc_version(); }

const char *tidelock_object_path(const void *address) {
  Dl_info info;
  return dladdr(address, &info) ? info.dli_fname : 0;
}

long tidelock_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) return -errno;
  rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  // Where a filter forbids it, what it is must do.
  if (before < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit)) limit.rlim_cur = before;
  return limit.rlim_cur > LONG_MAX ? LONG_MAX : (long)limit.rlim_cur;
}

uint64_t tidelock_lockable_bytes(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  return limit.rlim_cur;
}

static _Thread_local uint64_t calls;

void tidelock_count_call(void) { calls++; }

uint64_t tidelock_calls_counted(void) { return calls; }

static int write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  long written = checked(write(file, text, strlen(text)));
  close(file);
  return written < 0 ? (int)written : 0;
}

// In a new user namespace this user and group go on being themselves.
static int map_ids(unsigned user, unsigned group) {
  char map[64];
  int failed = write_text("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "%u %u 1", user, user);
  if (!failed) failed = write_text("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "%u %u 1", group, group);
  return failed ? failed : write_text("/proc/self/gid_map", map);
}

int tidelock_private_mounts(void) {
  unsigned user = geteuid(), group = getegid();
  int failed = (int)checked(unshare(CLONE_NEWNS));
  if (failed == -EPERM) {
    failed = (int)checked(unshare(CLONE_NEWUSER | CLONE_NEWNS));
    if (!failed) failed = map_ids(user, group);
  }
  return failed ? failed : (int)checked(mount("none", "/", 0, MS_REC | MS_SLAVE, 0));
}

int tidelock_bind_mount(const char *source, const char *target) {
  return (int)checked(mount(source, target, 0, MS_BIND, 0));
}

internal import Glibc

/// The one lock of a driver, and the one condition under which its threads wait for progress.
final class Monitor: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let progress: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private let memory: UnsafeMutablePointer<pthread_rwlock_t> = .allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(progress, nil)
    pthread_rwlock_init(memory, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(progress)
    pthread_rwlock_destroy(memory)
    mutex.deallocate()
    progress.deallocate()
    memory.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }

  /// Waits for the next announcement; the lock is free meanwhile.
  func wait() { pthread_cond_wait(progress, mutex) }

  func wait(on signal: Signal) { pthread_cond_wait(signal.condition, mutex) }

  func announce() { pthread_cond_broadcast(progress) }

  /// Runs device work: mappings stay as they are meanwhile.
  func accessingMemory<T>(_ body: () -> T) -> T {
    pthread_rwlock_rdlock(memory)
    defer { pthread_rwlock_unlock(memory) }
    return body()
  }

  /// Changes mappings: no device work runs meanwhile.
  func changingMemory<T>(_ body: () -> T) -> T {
    pthread_rwlock_wrlock(memory)
    defer { pthread_rwlock_unlock(memory) }
    return body()
  }
}

/// A condition of one waiter, under the monitor's lock.
final class Signal: @unchecked Sendable {
  fileprivate let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)

  init() { pthread_cond_init(condition, nil) }

  deinit {
    pthread_cond_destroy(condition)
    condition.deallocate()
  }

  func raise() { pthread_cond_signal(condition) }
}

/// Starts a thread that takes no signals: they are for the program's own.
enum Worker {
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let box = Unmanaged.passRetained(WorkerBody(body))
    let code = pthread_create(
      &thread, &attributes,
      { argument in
        Unmanaged<WorkerBody>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    if code != 0 { box.release() }
    return code == 0
  }
}

private final class WorkerBody: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

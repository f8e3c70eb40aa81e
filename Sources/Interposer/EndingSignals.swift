// SIGTERM and SIGINT, by which people and schedulers end programs. A program that handles one while
// it waits at the gate may want to save its work, so it comes first, once. The kernel does not say
// which handler interrupted a wait; what it does say is taken: which of the two have a handler, and
// whether that handler was installed to interrupt (without SA_RESTART), as Python's are.

internal import CInterposer
internal import Faults

enum EndingSignals {
  private static let restarts: UInt64 = 0x1000_0000
  private static let lookAgainNanoseconds: UInt64 = 1_000_000_000

  /// Whether one of them has a handler. Asks the kernel.
  static var areHandled: Bool {
    handlerFlags().count > 0
  }

  /// Every one that is handled interrupts. Then a wait without a time is enough to hear of it, from
  /// which the kernel keeps all handlers that restart (of profilers, of language runtimes). Looked
  /// up once a second.
  static var interrupt: Bool {
    let now = Clock.nanoseconds()
    if now &- Words.signalsSeenAt.value > lookAgainNanoseconds {
      let flags = handlerFlags()
      Words.signalsInterrupt.value = flags.count > 0 && !flags.anyRestarts ? 1 : 0
      Words.signalsSeenAt.value = now
    }
    return Words.signalsInterrupt.value != 0
  }

  private static func handlerFlags() -> (count: Int, anyRestarts: Bool) {
    var count = 0
    var anyRestarts = false
    var index = 0
    while index < 2 {
      defer { index &+= 1 }
      var action = tidelock_sigaction()
      let answer = withUnsafeMutablePointer(to: &action) { pointer in
        System.call(
          TIDELOCK_SYS_SIGACTION, index == 0 ? 2 : 15, 0, System.address(pointer), 8)
      }
      guard answer == 0, action.handler > 1 else { continue }
      count &+= 1
      if action.flags & restarts != 0 { anyRestarts = true }
    }
    return (count, anyRestarts)
  }
}

internal import Host

/// Processes that asked how to reach this agent's GPUs: `tidelock run`, which then is the program.
/// It may compute for an hour before it first needs the GPU; an agent that ends when nobody needs
/// it stays for it.
struct Launches {
  /// A class, for dictionaries hold no values that cannot be copied.
  private final class Launch {
    let process: Descriptor
    init(_ process: consuming Descriptor) { self.process = process }
  }

  private var living: [UInt64: Launch] = [:]
  private var nextNumber: UInt64 = 1

  var isEmpty: Bool { living.isEmpty }

  /// Watches the process behind a pidfd until it ends. Of those beyond `Bounds.launchesMax` at a
  /// time the agent learns as of what daemons start: by their environment.
  mutating func watch(_ process: consuming Descriptor, _ poller: borrowing Poller) {
    guard living.count < Bounds.launchesMax else { return }
    let launch = Launch(process)
    guard (try? poller.add(launch.process, token: Agent.launchToken | nextNumber)) != nil else {
      return
    }
    living[nextNumber] = launch
    nextNumber += 1
  }

  mutating func ended(_ number: UInt64, _ poller: borrowing Poller) {
    guard let launch = living.removeValue(forKey: number) else { return }
    try? poller.remove(launch.process)
  }
}

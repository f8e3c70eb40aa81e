/// What `tidelock doctor -- CMD` saw of a program: how much of its memory can be swapped, what
/// keeps the rest where it is, and whether it comes to rest when others want the GPU.
public struct ProgramFindings: Equatable, Sendable {
  /// A call of the driver that made memory stay.
  public struct Call: Equatable, Sendable {
    public var name: String
    public var count: UInt64
    /// What these calls asked for together; nil where the calls do not tell.
    public var askedBytes: UInt64?
    /// Newer than this Tidelock: nothing is known of what it does.
    public var isUnknown: Bool

    public init(name: String, count: UInt64, askedBytes: UInt64? = nil, isUnknown: Bool) {
      self.name = name
      self.count = count
      self.askedBytes = askedBytes
      self.isUnknown = isUnknown
    }
  }

  /// Why a program did not come to rest.
  public enum Obstacle: Int, CaseIterable, Sendable {
    case noProgress
    case capture
    case callInside
    case driverError

    var text: String {
      switch self {
      case .noProgress: "GPU work made no progress: a kernel that runs on, or waits for the CPU"
      case .capture: "a stream was capturing"
      case .callInside: "a thread stayed in a call of the driver"
      case .driverError: "the driver reported an error"
      }
    }
  }

  /// Processes that used a GPU.
  public var processCount: UInt64 = 0
  /// The most that one process had allocated of what can move.
  public var movableBytes: UInt64 = 0
  /// The most that one of them held besides, contexts and modules above all; nil: not seen.
  public var residueBytes: UInt64?
  /// By name, each once.
  public var calls: [Call] = []
  /// How often they were made to come to rest, and could.
  public var restCount: UInt64 = 0
  public var restMillisecondsMax: UInt64 = 0
  /// How often they could not, by `Obstacle`.
  public var obstacleCounts: [UInt64] = Obstacle.allCases.map { _ in 0 }

  public init() {}

  public var isMovable: Bool { calls.isEmpty }

  /// In hundredths, of the memory that was seen; nil when none was.
  public var swappablePercent: UInt64? {
    let all = movableBytes + (residueBytes ?? 0)
    guard all > 0 else { return nil }
    return isMovable ? movableBytes * 100 / all : 0
  }

  /// For people.
  public var text: String {
    guard processCount > 0 else {
      return "GPU        not used: no process of this program started the driver through Tidelock\n"
    }
    let users = count(processCount, "process", "processes")
    var lines: [(String, String)] = [("GPU", "used by \(users)")]
    let all = Quantity.binary(movableBytes + (residueBytes ?? 0))
    let movable = Quantity.binary(isMovable ? movableBytes : 0)
    let percent = swappablePercent.map { " (\($0) %)" } ?? ""
    lines.append(("swappable", "\(movable) of \(all)\(percent)"))
    if let residueBytes {
      lines.append(("stays", "\(Quantity.binary(residueBytes)) of contexts, modules and the like"))
    }
    for call in calls {
      let why = call.isUnknown ? "newer than this Tidelock" : "makes memory that cannot move"
      let times = count(call.count, "call", "calls")
      let size = call.askedBytes.map { " for \(Quantity.binary($0))" } ?? ""
      lines.append(
        ("pinned by", "\(call.name), \(times)\(size): \(why); all memory of its process stays"))
    }
    lines.append(("rest", restText))
    for (obstacle, number) in zip(Obstacle.allCases, obstacleCounts) where number > 0 {
      lines.append(("no rest", "\(count(number, "time", "times")): \(obstacle.text)"))
    }
    return lines.map { subject, detail in
      "\(subject)\(String(repeating: " ", count: 11 - subject.count))\(detail)\n"
    }.joined()
  }

  private var restText: String {
    let tries = restCount + obstacleCounts.reduce(0, +)
    guard tries > 0 else { return "not tried: it ran too short, or its memory stays" }
    return "came \(restCount) of \(count(tries, "time", "times")), within"
      + " \(restMillisecondsMax) ms"
  }

  private func count(_ number: UInt64, _ one: String, _ many: String) -> String {
    "\(number) \(number == 1 ? one : many)"
  }

  public var json: JSON {
    .object([
      JSON.Member("processes", JSON(processCount)),
      JSON.Member("swappableBytes", JSON(isMovable ? movableBytes : 0)),
      JSON.Member("movableBytes", JSON(movableBytes)),
      JSON.Member("residueBytes", JSON(residueBytes)),
      JSON.Member("swappablePercent", JSON(swappablePercent)),
      JSON.Member(
        "pinnedBy",
        .array(
          calls.map { call in
            .object([
              JSON.Member("name", .string(call.name)), JSON.Member("calls", JSON(call.count)),
              JSON.Member("askedBytes", JSON(call.askedBytes)),
              JSON.Member("unknown", .bool(call.isUnknown)),
            ])
          })),
      JSON.Member("rests", JSON(restCount)),
      JSON.Member("restMillisecondsMax", JSON(restMillisecondsMax)),
      JSON.Member(
        "noRest",
        .object(
          zip(Obstacle.allCases, obstacleCounts).map { JSON.Member("\($0)", JSON($1)) })),
    ])
  }
}

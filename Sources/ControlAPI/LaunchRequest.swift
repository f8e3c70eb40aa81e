/// What `tidelock run` was asked: the part before CMD, and CMD.
public struct LaunchRequest: Equatable, Sendable {
  public enum Promise: String, CaseIterable, Sendable {
    case atStart = "at-start"
    case onDemand = "on-demand"
  }

  public enum WorkloadClass: String, CaseIterable, Sendable {
    case interactive
    case inference
    case training
  }

  public var requestBytes: UInt64?
  public var limitBytes: UInt64?
  /// Never swapped, that much and no more.
  public var staticBytes: UInt64?
  public var promise: Promise
  public var workloadClass: WorkloadClass
  /// Shown in status; unless given, the notebook's name or the command's last path component, empty
  /// without a command.
  public var name: String
  /// Where the agent is, when said.
  public var socket: String?
  /// The driver's files show the interposer to the program.
  public var isReplacing: Bool
  /// Program and arguments; empty only where there is none to run, as in `tidelock env`.
  public var command: [String]

  /// Longest name carried to the agent, in UTF-8 bytes.
  public static let nameBytesMax = 48
}

/// Why the words after `tidelock run` make no request. Each names the word and the remedy.
public enum LaunchFault: Error, Equatable, Sendable, CustomStringConvertible {
  case helpWanted
  case unknownOption(String)
  case valueMissing(String)
  case repeated(String)
  case quantity(option: String, QuantityFault)
  case choice(option: String, text: String, accepted: [String])
  case commandMissing
  case requestAlone(UInt64)
  case requestAboveLimit(requestBytes: UInt64, limitBytes: UInt64)
  case staticWithOthers
  case zero(String)
  case nameTooLong(byteCount: Int)

  public var description: String {
    switch self {
    case .helpWanted: "help"
    case .unknownOption(let word):
      "unknown option ‘\(word)’; options of the command itself come after it, or after ‘--’"
    case .valueMissing(let option): "\(option) needs a value after it"
    case .repeated(let option): "\(option) is given twice"
    case .quantity(let option, let fault): "\(option): \(fault.description)"
    case .choice(let option, let text, let accepted):
      "\(option): ‘\(text)’ is none of \(accepted.joined(separator: ", "))"
    case .commandMissing: "no command to run: tidelock run [options] [--] CMD …"
    case .requestAlone(let bytes):
      "--request alone does not say how much the program may use in all: add --limit"
        + " (swapped out when others need the GPU; at least \(Quantity.binary(bytes))), or say"
        + " --static instead (never swapped)"
    case .requestAboveLimit(let request, let limit):
      "--request \(Quantity.binary(request)) is above --limit \(Quantity.binary(limit)); raise the"
        + " limit or lower the request"
    case .staticWithOthers:
      "--static is a fixed share that is never swapped; it goes with neither --request, --limit nor"
        + " --promise"
    case .zero(let option): "\(option) must be more than zero"
    case .nameTooLong(let byteCount):
      "--name has \(byteCount) bytes, at most \(LaunchRequest.nameBytesMax) are shown"
    }
  }
}

extension LaunchRequest {
  static let options = [
    "--request", "--limit", "--static", "--promise", "--class", "--name", "--socket",
  ]
  /// Options without a value.
  static let flags = ["--replace"]

  /// Reads the words after `run`. CMD begins at the first word that is no option of ours, or after
  /// `--`; an unknown word that begins with `-` before it is an error.
  /// - Parameter notebook: path of the notebook that CMD is the kernel of, as Jupyter tells it in
  ///   `JPY_SESSION_NAME`; what else runs in a notebook inherits it, so only an interactive
  ///   program is called after it.
  public init(words: [String], notebook: String? = nil) throws(LaunchFault) {
    var values: [String: String] = [:]
    var index = 0
    while index < words.count {
      let word = words[index]
      if word == "--" {
        index += 1
        break
      }
      guard word.hasPrefix("-") else { break }
      if word == "-h" || word == "--help" { throw .helpWanted }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let option = String(parts[0])
      guard values[option] == nil else { throw .repeated(option) }
      if LaunchRequest.flags.contains(word) {
        values[word] = ""
        index += 1
        continue
      }
      guard LaunchRequest.options.contains(option) else { throw .unknownOption(word) }
      if parts.count == 2 {
        values[option] = String(parts[1])
      } else {
        index += 1
        guard index < words.count, words[index] != "--" else { throw .valueMissing(option) }
        values[option] = words[index]
      }
      index += 1
    }
    guard index < words.count else { throw .commandMissing }
    try self.init(values: values, command: Array(words[index...]), notebook: notebook)
  }

  /// The same without a command.
  /// - Parameter options: what follows each option that is given, as in `["--limit": "8Gi"]`.
  public init(options: [String: String]) throws(LaunchFault) {
    try self.init(values: options, command: [], notebook: nil)
  }

  private init(
    values: [String: String], command: [String], notebook: String?
  ) throws(LaunchFault) {
    requestBytes = try LaunchRequest.quantity("--request", values)
    limitBytes = try LaunchRequest.quantity("--limit", values)
    staticBytes = try LaunchRequest.quantity("--static", values)
    let promised: Promise? = try LaunchRequest.choice("--promise", values)
    workloadClass = try LaunchRequest.choice("--class", values) ?? .inference
    socket = values["--socket"]
    isReplacing = values["--replace"] != nil
    self.command = command
    if staticBytes != nil {
      guard requestBytes == nil, limitBytes == nil, promised == nil else { throw .staticWithOthers }
    }
    if let requestBytes {
      guard let limitBytes else { throw .requestAlone(requestBytes) }
      guard requestBytes <= limitBytes else {
        throw .requestAboveLimit(requestBytes: requestBytes, limitBytes: limitBytes)
      }
    }
    let isBounded = limitBytes != nil || staticBytes != nil
    promise = promised ?? (isBounded ? .atStart : .onDemand)
    if let given = values["--name"] {
      guard given.utf8.count <= LaunchRequest.nameBytesMax else {
        throw .nameTooLong(byteCount: given.utf8.count)
      }
      name = given
    } else {
      let program = command.first ?? ""
      let path = workloadClass == .interactive ? notebook ?? program : program
      let last = path.split(separator: "/").last.map(String.init) ?? path
      name = LaunchRequest.shortened(last)
    }
  }

  private static func shortened(_ text: String) -> String {
    var name = text
    while name.utf8.count > nameBytesMax { name.removeLast() }
    return name
  }

  private static func quantity(
    _ option: String, _ values: [String: String]
  ) throws(LaunchFault) -> UInt64? {
    guard let text = values[option] else { return nil }
    let bytes: UInt64
    do {
      bytes = try Quantity.bytes(text)
    } catch {
      throw .quantity(option: option, error)
    }
    guard bytes > 0 else { throw .zero(option) }
    return bytes
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ option: String, _ values: [String: String]
  ) throws(LaunchFault) -> Choice? where Choice.RawValue == String {
    guard let text = values[option] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .choice(option: option, text: text, accepted: Choice.allCases.map(\.rawValue))
    }
    return choice
  }
}

extension LaunchRequest {
  /// The variables the interposer reads, in a fixed order.
  /// - Parameter workload: names all processes of this run, random per run; nil where each process
  ///   is a workload of its own.
  public func environment(workload: UInt64?) -> [(name: String, value: String)] {
    var variables = name.isEmpty ? [] : [("TIDELOCK_NAME", name)]
    variables.append(("TIDELOCK_CLASS", workloadClass.rawValue))
    variables.append(("TIDELOCK_PROMISE", promise.rawValue))
    if let workload { variables.append(("TIDELOCK_WORKLOAD", String(workload))) }
    if let requestBytes { variables.append(("TIDELOCK_REQUEST_BYTES", String(requestBytes))) }
    if let limitBytes { variables.append(("TIDELOCK_LIMIT_BYTES", String(limitBytes))) }
    if let staticBytes { variables.append(("TIDELOCK_STATIC_BYTES", String(staticBytes))) }
    return variables
  }
}

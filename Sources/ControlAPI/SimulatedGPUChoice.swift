/// What `--simulated-gpu` says: where the GPU's file is and what a new one shall be like.
public struct SimulatedGPUChoice: Equatable, Sendable {
  /// nil: the standard place.
  public var path: String?
  /// `name=value`, in the order given, amounts in plain bytes.
  public var parameters: [String]

  /// Reads `memory=96MiB,count=1,link=12GB/s,path=FILE`; every part is optional, and the simulated
  /// GPU's further parameters are passed on as they are.
  public init(parsing text: String) throws {
    path = nil
    parameters = []
    var seen: [String] = []
    for word in text.split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw SimulatedGPUFault(text: String(word), reason: "it is not of the form name=value")
      }
      let name = String(parts[0])
      guard !seen.contains(name) else {
        throw SimulatedGPUFault(text: String(word), reason: "it is given twice")
      }
      seen.append(name)
      switch name {
      case "path": path = String(parts[1])
      default:
        parameters.append(
          "\(name)=\(try SimulatedGPUChoice.value(name, String(parts[1])))")
      }
    }
  }

  /// What `TIDELOCK_SIMULATED_GPU` says, as `init(parsing:)` reads it: a program's form
  /// (`PATH,memory=…`) or already that of the option; `1` stands for the standard one. What is to
  /// befall its calls (`fault=…`, `hold=…`, `handles=…`) is the program's own affair.
  public static func text(fromEnvironment value: String) -> String {
    if value == "1" { return "memory=96MiB" }
    var words = value.split(separator: ",").map(String.init).filter { word in
      !["fault=", "hold=", "handles="].contains { word.hasPrefix($0) }
    }
    if let first = words.first, !first.contains("=") { words[0] = "path=\(first)" }
    return words.joined(separator: ",")
  }

  private static let granularityBytes: UInt64 = 2 << 20

  private static func value(_ name: String, _ text: String) throws -> String {
    switch name {
    case "memory":
      let bytes = try Quantity.bytes(text)
      guard bytes % granularityBytes == 0, bytes >= 4 * granularityBytes else {
        throw SimulatedGPUFault(
          text: "memory=\(text)", reason: "it must be a multiple of 2MiB, at least 8MiB")
      }
      return String(bytes)
    case "link", "link-in", "link-out": return "\(try Quantity.bytesPerSecond(text))/s"
    case "context", "module", "lazy-load", "window": return String(try Quantity.bytes(text))
    case "count", "pinning", "kernel", "delayed-release", "api", "capability": return text
    default:
      throw SimulatedGPUFault(
        text: name,
        reason: "a simulated GPU has memory, count, link, path; further: link-in, link-out,"
          + " context, module, lazy-load, window, pinning, kernel, delayed-release, api, capability"
      )
    }
  }
}

public struct SimulatedGPUFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let text: String
  public let reason: String

  public var description: String { "‘\(text)’: \(reason)" }
}

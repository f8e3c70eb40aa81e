/// What `tidelock env` prints: variables in the words of whoever is to set them.
public enum EnvironmentText: String, CaseIterable, Sendable {
  /// `export` lines for `eval "$(tidelock env)"` and shell scripts.
  case shell
  /// What a Slurm TaskProlog prints: everything after `=` is the value, nothing is quoted.
  case slurm
  /// `ENV` lines of a Dockerfile.
  case dockerfile
  /// Lines for `docker run --env-file` and podman's, unquoted too.
  case envFile = "env-file"

  public struct Variable: Equatable, Sendable {
    public var name: String
    public var value: String
    /// Goes in front of what the variable has, with a colon, where that can be said or is known.
    public var isPrepended: Bool

    public init(_ name: String, _ value: String, isPrepended: Bool = false) {
      self.name = name
      self.value = value
      self.isPrepended = isPrepended
    }
  }

  /// One line for each variable.
  /// - Parameter existing: what a variable has where `env` runs; asked for prepended ones in forms
  ///   that cannot say "what it has".
  /// - Throws: where a value cannot be written in this form.
  public func lines(
    _ variables: [Variable], existing: (String) -> String? = { _ in nil }
  ) throws(EnvironmentTextFault) -> String {
    var text = ""
    for variable in variables { text += try line(variable, existing: existing) + "\n" }
    return text
  }

  private func line(
    _ variable: Variable, existing: (String) -> String?
  ) throws(EnvironmentTextFault) -> String {
    let name = variable.name
    switch self {
    case .shell:
      let rest = variable.isPrepended ? "${\(name):+:$\(name)}" : ""
      return "export \(name)=\(Self.shellQuoted(variable.value))\(rest)"
    case .slurm:
      let rest = variable.isPrepended ? existing(name).map { $0.isEmpty ? "" : ":\($0)" } : nil
      return "export \(name)=\(try oneLine(variable.value + (rest ?? ""), of: name))"
    case .dockerfile:
      let rest = variable.isPrepended ? "${\(name):+:$\(name)}" : ""
      let value = Self.dockerfileQuoted(try oneLine(variable.value, of: name))
      return "ENV \(name)=\"\(value)\(rest)\""
    case .envFile:
      return "\(name)=\(try oneLine(variable.value, of: name))"
    }
  }

  private func oneLine(_ value: String, of name: String) throws(EnvironmentTextFault) -> String {
    // Not `contains("\n")`: CR LF is one Character.
    guard !value.utf8.contains(0x0A), !value.utf8.contains(0x0D) else {
      throw EnvironmentTextFault(name: name, form: self)
    }
    return value
  }

  /// As a shell reads it back unchanged: plain words as they are, all else in single quotes.
  public static func shellQuoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "/._-+=:,@%".utf8.contains(byte)
      }
    }
    if isPlain, !text.isEmpty { return text }
    var quoted = "'"
    for scalar in text.unicodeScalars {
      if scalar == "'" { quoted += "'\\''" } else { quoted.unicodeScalars.append(scalar) }
    }
    return quoted + "'"
  }

  private static func dockerfileQuoted(_ text: String) -> String {
    var quoted = ""
    for scalar in text.unicodeScalars {
      if "\\\"$".unicodeScalars.contains(scalar) { quoted += "\\" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted
  }
}

/// A value that needs more than one line where a form has only one.
public struct EnvironmentTextFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let name: String
  public let form: EnvironmentText

  public var description: String {
    "\(name) has a line break in it, which the form ‘\(form.rawValue)’ cannot carry; choose another"
      + " value"
  }
}

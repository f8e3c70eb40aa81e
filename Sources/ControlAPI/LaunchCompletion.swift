/// What may come next in the words after `tidelock run`, for a shell that completes them.
public enum LaunchCompletion: Equatable, Sendable {
  /// One of these.
  case choices([String])
  /// An option of ours, or the program.
  case optionOrProgram(options: [String])
  case program
  /// An argument of the program's, or a path.
  case file

  /// - Parameter index: of the word to be completed in `words`, which are those after `run`.
  public init(words: [String], at index: Int) {
    var position = 0
    while position < index {
      let word = words[position]
      if word == "--" {
        self = position + 1 == index ? .program : .file
        return
      }
      guard word.hasPrefix("-") else {
        self = .file
        return
      }
      position += 1
      if word.contains("=") || LaunchRequest.flags.contains(word) { continue }
      if word == "--help" || word == "-h" { continue }
      if position == index {
        self = LaunchCompletion.value(of: word)
        return
      }
      position += 1
    }
    self = .optionOrProgram(
      options: LaunchRequest.options + LaunchRequest.flags + ["--help"])
  }

  private static func value(of option: String) -> LaunchCompletion {
    switch option {
    case "--class": .choices(LaunchRequest.WorkloadClass.allCases.map(\.rawValue))
    case "--promise": .choices(LaunchRequest.Promise.allCases.map(\.rawValue))
    case "--socket": .file
    default: .choices([])
    }
  }
}

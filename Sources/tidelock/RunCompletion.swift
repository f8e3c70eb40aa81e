internal import ControlAPI
internal import SystemPackage

/// Completes the words after `tidelock run`, which the command reads itself.
enum RunCompletion {
  /// - Parameters: all words as the shell has them, and the place of the one to be completed.
  static func candidates(_ words: [String], _ index: Int) -> [String] {
    guard let run = words.firstIndex(of: "run"), run < index, index <= words.count else {
      return []
    }
    let own = Array(words[(run + 1)...])
    let prefix = words.indices.contains(index) ? words[index] : ""
    switch LaunchCompletion(words: own, at: index - run - 1) {
    case .choices(let choices): return choices
    case .optionOrProgram(let options):
      return prefix.hasPrefix("-") ? options : options + programs(prefix)
    case .program: return programs(prefix)
    case .file: return files(prefix)
    }
  }

  private static func programs(_ prefix: String) -> [String] {
    if prefix.contains("/") { return files(prefix) }
    let folders = (Environment.value("PATH") ?? "").split(separator: ":")
    return folders.flatMap { folder in
      Folder(String(folder)).names().filter { $0.hasPrefix(prefix) }
    }
  }

  /// As the prefix names them: with its folder in front.
  private static func files(_ prefix: String) -> [String] {
    let slash = prefix.lastIndex(of: "/").map { prefix.index(after: $0) } ?? prefix.startIndex
    let folder = prefix[..<slash]
    let begin = prefix[slash...]
    return Folder(folder.isEmpty ? "." : String(folder)).names()
      .filter { $0.hasPrefix(begin) && (!$0.hasPrefix(".") || begin.hasPrefix(".")) }
      .map { "\(folder)\($0)" }
  }
}

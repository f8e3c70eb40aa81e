/// What the command ends with; `docs/exit-status.md` says it to people, a test compares the two.
/// `tidelock run` otherwise ends as its program does.
enum ExitStatus {
  /// What was asked could not be done; standard error says why.
  static let failure: Int32 = 1
  /// The words make no sense.
  static let misuse: Int32 = 64
  /// `tidelock run`: Tidelock could not do its part; the program was not started.
  static let runFailed: Int32 = 125
  /// `tidelock run`: the program is there and cannot be run.
  static let notRunnable: Int32 = 126
  /// `tidelock run`: there is no such program.
  static let notFound: Int32 = 127
}

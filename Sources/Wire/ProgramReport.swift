/// What the programs of a `tidelock doctor -- CMD` write down while they run: one file, which the
/// variable `TIDELOCK_REPORT` names and all of them map, of counters that only grow. It outlives
/// whoever wrote it, however that ended.
public enum ProgramReport {
  public static let magic: UInt32 = 0x5250_4454
  public static let version: UInt32 = 2
  public static let byteCount = 1 << 15

  public enum Offset {
    public static let magic = 0
    public static let version = 4
    /// 64-bit words from here on. Processes that came to use a GPU.
    public static let processes = 64
    /// The most that one process had allocated, of what can be swapped.
    public static let footprintBytesMax = 72
    /// How often a program was made to come to rest as for a swap, and could.
    public static let drains = 80
    public static let drainNanosecondsMax = 88
    /// How often it could not; four words, by `Frame.DrainFailure` less one.
    public static let drainFailures = 96
    /// Calls that make memory stay, from here on.
    public static let rows = 4096
  }

  public static let drainFailureKinds = 4

  /// A call: its name, whether the row is taken and written, how often it was made, and for how
  /// much memory as far as its arguments tell. Two processes may have taken a row each for the same
  /// name.
  public enum Row {
    public static let byteCount = 72
    public static let count = (ProgramReport.byteCount - Offset.rows) / byteCount
    public static let name = 0
    public static let nameByteCount = 48
    public static let state = 48
    public static let kind = 52
    public static let calls = 56
    public static let askedBytes = 64
  }

  public enum RowState {
    public static let free: UInt32 = 0
    public static let taken: UInt32 = 1
    public static let written: UInt32 = 2
  }

  public enum Kind: UInt32, Sendable {
    /// In the catalogue: makes the memory of its process stay.
    case pinning = 1
    /// Of a driver newer than the catalogue; does so because nothing is known of it.
    case unknown = 2
  }
}

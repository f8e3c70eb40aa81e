/// The page that a program and the agent share (a sealed memfd of 4096 bytes). Every field has one
/// writer; counters only ever grow, so neither side can lose the other's update. The agent believes
/// none of the program's fields beyond what its own grants allow.
///
/// Credit is permission, not memory: the program may hold `creditGranted - creditReturned` bytes of
/// device memory in chunks. The agent alone grants; the program alone returns, and only after the
/// memory is released in the driver. The same pair of counters bounds the footprint.
///
/// | offset | bytes | field                     | writer  |
/// |-------:|------:|---------------------------|---------|
/// |      0 |     4 | magic                     | agent   |
/// |      4 |     4 | version                   | agent   |
/// |     64 |     8 | creditGrantedBytes        | agent   |
/// |     72 |     8 | footprintApprovedBytes    | agent   |
/// |     80 |     8 | leaseBytes                | agent   |
/// |     88 |     4 | agentWake (futex)         | agent   |
/// |     96 |     8 | totalBytes                | agent   |
/// |    104 |     4 | processID                 | agent   |
/// |    128 |     8 | creditReturnedBytes       | program |
/// |    136 |     8 | footprintWaivedBytes      | program |
/// |    144 |     8 | footprintBytes            | program |
/// |    152 |     8 | residentBytes             | program |
/// |    168 |     8 | waitNanoseconds           | program |
/// |    176 |     8 | swapsOut                  | program |
/// |    184 |     8 | swapsIn                   | program |
/// |    192 |     8 | bytesOut                  | program |
/// |    200 |     8 | bytesIn                   | program |
public enum ControlPage {
  public static let byteCount = 4096
  public static let magic: UInt32 = 0x5047_4454
  public static let version: UInt32 = 1

  public enum Offset {
    public static let magic = 0
    public static let version = 4
    public static let creditGrantedBytes = 64
    /// Sum of all approvals; what the program may have allocated is this less
    /// `footprintWaivedBytes`.
    public static let footprintApprovedBytes = 72
    /// Populated bytes of the lease, from its start. Never shrinks while the program lives unless
    /// the program agreed.
    public static let leaseBytes = 80
    /// Raised, then woken, after the agent changed any counter.
    public static let agentWake = 88
    /// The total bytes the program was shown in `welcome`, so that a later agent shows the same.
    public static let totalBytes = 96
    /// Whose page this is, as the agent sees process ids.
    public static let processID = 104
    public static let creditReturnedBytes = 128
    public static let footprintWaivedBytes = 136
    public static let footprintBytes = 144
    public static let residentBytes = 152
    public static let waitNanoseconds = 168
    public static let swapsOut = 176
    public static let swapsIn = 184
    public static let bytesOut = 192
    public static let bytesIn = 200
  }
}

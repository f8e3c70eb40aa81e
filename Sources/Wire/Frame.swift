internal import Faults

/// One message between a program's listener and the agent: a datagram of 128 bytes over a
/// `SOCK_SEQPACKET` socket, little endian, the same size for every kind, so that neither side ever
/// allocates or parses to receive one.
///
/// | offset | bytes | field                                                  |
/// |-------:|------:|--------------------------------------------------------|
/// |      0 |     4 | magic `0x4B4C4454` ("TDLK")                            |
/// |      4 |     2 | version, `Frame.version`                               |
/// |      6 |     2 | kind, `Frame.Kind`                                     |
/// |      8 |     4 | sequence, counts up from 1 per sender                  |
/// |     12 |     4 | reply to: the sequence this answers, 0 if none         |
/// |     16 |    64 | eight words; their meaning per kind is `Frame.Kind`    |
/// |     80 |    48 | text, UTF-8, padded with zeros                         |
public struct Frame {
  public static let byteCount = 128
  public static let magic: UInt32 = 0x4B4C_4454
  public static let version: UInt16 = 1
  public static let wordCount = 8
  public static let textByteCount = 48

  /// What a frame says. Words not named are zero. `bytes` are of device memory unless said
  /// otherwise.
  public enum Kind: UInt16 {
    // Program to agent.

    /// First frame. Words: 0 process id, 1 `Options` bits, 2 class (0 interactive, 1 inference,
    /// 2 training), 3 request bytes, 4 limit bytes (`UInt64.max`: none given), 5 device total bytes
    /// as the driver says, 6 workload id (same for all processes of one `tidelock run`), 7 device
    /// index. Text: name. A reconnecting program passes its control page and its lease (in this
    /// order) with this frame.
    case hello = 1
    /// The next frame's context: words 0..1 the device's UUID; sent right after `hello`.
    case device = 2
    /// A context is about to be made. Words: 0 estimated residue bytes. Answer: `approved`,
    /// `refused`.
    case contextWanted = 3
    /// Contexts, modules and arrays of this process now hold words 0 bytes that cannot move.
    case residueMeasured = 4
    /// The footprint shall grow to word 0 bytes in all. Answer: `approved` once
    /// `ControlPage.footprintApprovedBytes` covers it, or `refused`.
    case grow = 5
    /// A thread waits at the closed gate. Words: 0 is 1 when a SIGTERM or SIGINT is pending
    /// (urgent).
    case want = 6
    /// While `contended`: no gated call is running, none ran since the last report, the GPU is
    /// drained.
    case idle = 7
    /// While `contended`: it works again. Sent only after an `idle`, or once after an `undrained`
    /// for want of progress, when all that was submitted then is complete.
    case busy = 8
    /// The order `leave` (reply to) is fulfilled. Words: 0 resident bytes, 1 bytes copied out,
    /// 2 nanoseconds from the order to here, 3 of these spent draining, 4 system calls of
    /// Tidelock's own code in this process meanwhile.
    case left = 9
    /// The order `enter` (reply to) is fulfilled: all chunks resident, gate open. Words: 0 resident
    /// bytes, 1 bytes copied in, 2 nanoseconds from the order to here, 3 system calls of Tidelock's
    /// own code in this process meanwhile.
    case entered = 10
    /// The order `leave` (reply to) failed for now: the gate is open again. Words: 0
    /// `DrainFailure`, 1 consecutive failures, 2 nanoseconds without progress.
    case undrained = 11
    /// This process's memory can no longer move. Text: the entry point that made it so. Never taken
    /// back.
    case unswappable = 12
    /// `ControlPage.creditReturnedBytes` or `footprintWaivedBytes` moved on; look at the page.
    case returned = 13
    /// The driver itself ran out of memory. Words: 0 bytes of a chunk that it could not make, or
    /// 0 inside a call that takes memory of its own, then 1 how often the same call failed before.
    /// Answer: `approved` when room was made, `refused` when none can be.
    case roomWanted = 14

    // Agent to program.

    /// Answer to `hello`. Words: 0 total bytes the program is shown, 1 largest chunk bytes, 2 size
    /// of the lease memfd in bytes, 3 agent's process id, 4 milliseconds without progress after
    /// which a drain fails, 5 queue window in milliseconds. Descriptors: control page, lease
    /// (absent when the program handed its own over).
    case welcome = 64
    /// The request (reply to) is granted; the counters in the control page already say so.
    case approved = 65
    /// The request (reply to) is refused. Words: 0 `Refusal`, 1 wanted bytes, 2 available bytes,
    /// 3 the limit that was met in bytes. Text: one more word on the cause, may be empty.
    case refused = 66
    /// Come in: make every chunk resident as `ControlPage.creditGrantedBytes` allows, then open the
    /// gate. Answer: `entered`.
    case enter = 67
    /// Close the gate, drain, give up chunks until at most word 0 bytes are resident. Answer:
    /// `left` or `undrained`. Gate: stays closed if anything is swapped out; reopens at once when
    /// everything is still resident.
    case leave = 68
    /// Word 0 = 1: others wait for this GPU: report `idle`/`busy`, bound the queue. 0: nobody
    /// waits.
    case contended = 69
    /// Give back unused credit above word 0 resident bytes (slack). Nothing moves. Answer:
    /// `returned`.
    case trim = 70
    /// This program has been waiting for the GPU for a while, for the first time since it came.
    /// Words: 0 `WaitReason`. Text: the name of the program that has the room, may be empty.
    case waits = 71

    // Operator's command to agent: the first and only frame of its connection.

    /// How is the node? Answer: `status`.
    case statusWanted = 32
    /// Which environment does a program need to reach this agent's GPUs? Answer: `launch`.
    case launchWanted = 33
    /// From the agent's own user or root only. Words: 0 is 1 to pause (nobody leaves the GPU for
    /// another's sake, and what has room comes back), 0 to resume. Answer: `status`, or `refused`.
    case pauseWanted = 34

    // Agent to operator's command.

    /// Words: 0 bytes of text. Descriptor: a sealed memfd that begins with the text (JSON).
    case status = 96
    /// Words: 0 bytes of text, 1 agent's process id, 2 GPUs, 3 capacity less reserve of the
    /// largest. Descriptor: a sealed memfd that begins with the text: lines `NAME=value`.
    case launch = 97
  }

  /// Bits of `hello`'s word 1.
  public enum Options {
    public static let reconnect: UInt64 = 1
    /// Declared static: never swapped.
    public static let isStatic: UInt64 = 2
    /// Room for the whole limit is reserved before the program starts.
    public static let promiseAtStart: UInt64 = 4
    /// A request was given; without it word 3 is 0.
    public static let hasRequest: UInt64 = 8
  }

  public enum Refusal: UInt64 {
    case overLimit = 1
    case overCapacity = 2
    case poolExhausted = 3
    case reserveExhausted = 4
    case requestsExceedCapacity = 5
    case tooManyPrograms = 6
    case versionUnknown = 7
    case deviceUnknown = 8
    case malformed = 9
    case notPermitted = 10
  }

  /// What a waiting program waits for.
  public enum WaitReason: UInt64 {
    /// Its turn: the named program is on the GPU.
    case turn = 1
    /// The named program does not give way.
    case holder = 2
    /// Memory that cannot be swapped leaves too little.
    case room = 3
    /// The operator paused swapping.
    case paused = 4
  }

  public enum DrainFailure: UInt64 {
    case noProgress = 1
    case capture = 2
    case callInside = 3
    case driverError = 4
  }

  public var kind: Kind
  public var sequence: UInt32
  public var replyTo: UInt32
  public var words: InlineArray<8, UInt64>
  public var text: InlineArray<48, UInt8>

  public init(_ kind: Kind, sequence: UInt32 = 0, replyTo: UInt32 = 0) {
    self.kind = kind
    self.sequence = sequence
    self.replyTo = replyTo
    words = InlineArray(repeating: 0)
    text = InlineArray(repeating: 0)
  }
}

/// Why 128 bytes are not a frame.
public enum WireFault: Error {
  case length(Int)
  case magic(UInt32)
  case version(UInt16)
  case kind(UInt16)
}

extension Frame {
  /// Reads a frame; checks length, magic, version and kind. Values inside words are the receiver's
  /// to judge: they come from a tenant.
  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireFault) {
    guard bytes.count == Frame.byteCount || (fault(130) && bytes.count > Frame.byteCount) else {
      throw WireFault.length(bytes.count)
    }
    let magic = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    guard magic == Frame.magic else { throw WireFault.magic(magic) }
    let version = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
    guard version == Frame.version || fault(131) else { throw WireFault.version(version) }
    let rawKind = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
    guard let kind = Kind(rawValue: rawKind) else { throw WireFault.kind(rawKind) }
    self.init(
      kind,
      sequence: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)),
      replyTo: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
    var index = 0
    while index < Frame.wordCount {
      words[unchecked: index] = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: 16 &+ 8 &* index, as: UInt64.self))
      index &+= 1
    }
    index = fault(133) ? 1 : 0
    while index < Frame.textByteCount {
      text[unchecked: index] = bytes.loadUnaligned(fromByteOffset: 80 &+ index, as: UInt8.self)
      index &+= 1
    }
  }

  /// Writes all `Frame.byteCount` bytes; a shorter buffer is left untouched and 0 is returned.
  @discardableResult
  public func encode(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    guard bytes.count >= Frame.byteCount else { return 0 }
    bytes.storeBytes(of: Frame.magic.littleEndian, toByteOffset: 0, as: UInt32.self)
    bytes.storeBytes(of: Frame.version.littleEndian, toByteOffset: 4, as: UInt16.self)
    bytes.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 6, as: UInt16.self)
    bytes.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt32.self)
    bytes.storeBytes(of: replyTo.littleEndian, toByteOffset: 12, as: UInt32.self)
    var index = fault(132) ? 1 : 0
    while index < Frame.wordCount {
      bytes.storeBytes(
        of: words[unchecked: index].littleEndian, toByteOffset: 16 &+ 8 &* index, as: UInt64.self)
      index &+= 1
    }
    index = 0
    while index < Frame.textByteCount {
      bytes.storeBytes(of: text[unchecked: index], toByteOffset: 80 &+ index, as: UInt8.self)
      index &+= 1
    }
    return Frame.byteCount
  }
}

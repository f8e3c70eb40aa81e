/// A size or position in up to three dimensions, x fastest.
public struct Dimensions: Equatable, Sendable {
  public var x: UInt32
  public var y: UInt32
  public var z: UInt32

  public init(_ x: UInt32, _ y: UInt32 = 1, _ z: UInt32 = 1) {
    self.x = x
    self.y = y
    self.z = z
  }
}

/// Why a module's text was refused.
public struct PTXFault: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    /// The text breaks the grammar; the string says what was met or expected.
    case syntax(String)
    /// An instruction, directive or form this interpreter does not have; named with all modifiers.
    case unsupported(String)
    /// A name that no declaration in scope introduces.
    case undeclared(String)
    /// A name declared twice in one scope.
    case redeclared(String)
    /// An operand whose kind or width does not fit its instruction.
    case operand(String)
    /// One of ``Limits`` was exceeded; the string names what there is too much of.
    case limit(String)
  }

  public var reason: Reason
  /// The kernel the text was in, if any.
  public var kernel: String?
  /// Line in the text, from 1; 0 when no line applies.
  public var line: Int

  public var description: String {
    let what =
      switch reason {
      case .syntax(let text): "syntax: \(text)"
      case .unsupported(let text): "not supported: \(text)"
      case .undeclared(let text): "not declared: \(text)"
      case .redeclared(let text): "declared twice: \(text)"
      case .operand(let text): "operand: \(text)"
      case .limit(let text): "too much: \(text)"
      }
    let place = kernel.map { " in kernel \($0)" } ?? ""
    return "ptx line \(line)\(place): \(what)"
  }
}

/// Why a launch did not finish. Writes made before the fault stay made.
public struct ExecutionFault: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    /// No memory range holds these bytes, or a store met a range that is not writable.
    case illegalAddress(address: UInt64, byteCount: Int)
    /// The address is not a multiple of the access size.
    case misalignedAddress(address: UInt64, byteCount: Int)
    /// Every thread that is left waits for one that will not come.
    case deadlock
    /// The kernel executed `trap`.
    case trap
    /// The caller's cancellation check said so.
    case cancelled
    /// The launch itself cannot be: the string says why.
    case invalidLaunch(String)
    /// The launch needs more of the named resource than ``Limits`` allow.
    case outOfResources(String)
  }

  public var reason: Reason
  public var kernel: String
  /// Line in the module's text of the instruction, from 1; 0 when no line applies.
  public var line: Int
  /// Position of the block in the grid.
  public var block: Dimensions
  /// Position of the thread in its block.
  public var thread: Dimensions

  public var description: String {
    let what =
      switch reason {
      case .illegalAddress(let address, let bytes):
        "illegal address 0x\(String(address, radix: 16)) (\(bytes) bytes)"
      case .misalignedAddress(let address, let bytes):
        "misaligned address 0x\(String(address, radix: 16)) (\(bytes) bytes)"
      case .deadlock: "deadlock"
      case .trap: "trap"
      case .cancelled: "cancelled"
      case .invalidLaunch(let text): "invalid launch: \(text)"
      case .outOfResources(let text): "out of resources: \(text)"
      }
    return "kernel \(kernel) line \(line) block (\(block.x),\(block.y),\(block.z)) "
      + "thread (\(thread.x),\(thread.y),\(thread.z)): \(what)"
  }
}

/// One parameter of a kernel: where its bytes lie in the parameter buffer.
public struct Parameter: Equatable, Sendable {
  public var name: String
  public var offsetBytes: Int
  public var sizeBytes: Int
  public var alignmentBytes: Int
}

/// A variable at module scope in `.global` or `.const`.
public struct Variable: Equatable, Sendable {
  public var name: String
  public var byteCount: Int
  public var alignmentBytes: Int
  /// Initial contents, from the start; what is missing up to `byteCount` is zero.
  public var initial: [UInt8]
  /// True for `.const`: kernels only read it.
  public var isConstant: Bool
}

/// One launch of a kernel.
public struct Launch {
  /// Blocks along each dimension, each at least 1.
  public var grid: Dimensions
  /// Threads of a block along each dimension, each at least 1.
  public var block: Dimensions
  /// Bytes behind the kernel's `extern .shared` array.
  public var dynamicSharedBytes: Int
  /// The parameters, laid out as ``Kernel/parameters`` says, valid until the run returns.
  public var parameters: UnsafeRawBufferPointer
  /// Device address of each of ``Module/variables``, in that order; the caller allocates them and
  /// copies the initial contents.
  public var variables: [UInt64]
  /// The blocks to run, by linear index (x fastest); nil means all. Blocks are independent, so
  /// several threads may run disjoint ranges of one launch at the same time.
  public var blocks: Range<UInt64>?

  public init(
    grid: Dimensions, block: Dimensions, dynamicSharedBytes: Int = 0,
    parameters: UnsafeRawBufferPointer, variables: [UInt64] = [], blocks: Range<UInt64>? = nil
  ) {
    self.grid = grid
    self.block = block
    self.dynamicSharedBytes = dynamicSharedBytes
    self.parameters = parameters
    self.variables = variables
    self.blocks = blocks
  }
}

/// Device memory that is contiguous both for the kernel and in this process.
public struct DeviceRange {
  /// First device address.
  public var address: UInt64
  public var byteCount: UInt64
  /// Where the byte at `address` lies in this process.
  public var host: UnsafeMutableRawPointer
  public var isWritable: Bool

  public init(
    address: UInt64, byteCount: UInt64, host: UnsafeMutableRawPointer, isWritable: Bool = true
  ) {
    self.address = address
    self.byteCount = byteCount
    self.host = host
    self.isWritable = isWritable
  }
}

/// What a kernel's global and constant addresses mean.
public protocol DeviceMemory {
  /// The range that holds `address`, as large as the implementation can make it, or nil if nothing
  /// is mapped there. The executor remembers answers: a range must stay valid until the run
  /// returns. Called from the thread that runs the launch. Addresses from 2^60 on are never asked:
  /// the windows of shared and local memory lie there.
  func range(containing address: UInt64) -> DeviceRange?
}

/// Bounds of what the parser and the executor accept. Beyond one of them a named fault comes back;
/// nothing grows without limit on hostile text.
public enum Limits {
  /// Bytes of one module's text.
  public static let textBytes = 16 << 20
  /// Tokens of one module.
  public static let tokens = 8 << 20
  /// Kernels of one module.
  public static let kernels = 4096
  /// Module-scope variables of one module.
  public static let variables = 4096
  /// Bytes of one variable (initial contents are held in memory while the module lives).
  public static let variableBytes = 256 << 20
  /// Bytes of all variables of one module together.
  public static let moduleVariableBytes = 512 << 20
  /// Decoded instructions of one module.
  public static let instructions = 1 << 20
  /// Registers one kernel uses, distinct constants included.
  public static let registers = 1 << 16
  /// Depth of nested `{ }` scopes in a kernel's body.
  public static let scopes = 64
  /// Elements of one braced operand or address list.
  public static let vectorElements = 8
  /// Operands of one instruction.
  public static let operands = 16
  /// Bytes of one kernel's parameters (the ISA's own figure for recent targets).
  public static let parameterBytes = 32_764
  /// Threads of one block.
  public static let threadsPerBlock = 1024
  /// Shared memory of one block, static and dynamic together.
  public static let sharedBytes = 228 << 10
  /// Local memory of one thread.
  public static let localBytes = 512 << 10
  /// Bytes of one block's register file in this interpreter.
  public static let registerFileBytes = 1 << 30
  /// Bytes of one block's local memory, all threads together.
  public static let blockLocalBytes = 512 << 20
  /// Blocks along x; y and z are bounded by 65 535.
  public static let gridX = UInt32(Int32.max)
  /// Blocks along y and along z.
  public static let gridYZ = UInt32(65_535)
  /// Calls between functions are not interpreted: every call is refused by name.
  public static let callDepth = 0
  /// Thread-instructions between two looks at the caller's cancellation check.
  public static let cancellationInterval: UInt64 = 1 << 20
}

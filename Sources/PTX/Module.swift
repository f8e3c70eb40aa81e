/// A parsed and decoded PTX module: immutable, so threads may share it.
public struct Module: Sendable {
  public internal(set) var kernels: [Kernel] = []
  /// Module-scope `.global` and `.const` variables, in the order of their declarations.
  public internal(set) var variables: [Variable] = []
  /// First argument of `.target`, such as `sm_80`; empty if there is none.
  public internal(set) var target = ""
  /// `.version`, such as `7.5`; empty if there is none.
  public internal(set) var version = ""

  public func kernel(named name: String) -> Kernel? {
    kernels.first { $0.name == name }
  }

  public func variable(named name: String) -> (index: Int, variable: Variable)? {
    variables.firstIndex { $0.name == name }.map { ($0, variables[$0]) }
  }
}

/// One `.entry` of a module, decoded for ``Executor``.
public struct Kernel: Sendable {
  public internal(set) var name: String
  public internal(set) var parameters: [Parameter] = []
  /// Bytes of the parameter buffer up to the end of the last parameter.
  public internal(set) var parameterBytes = 0
  /// Bytes of shared memory with a size in the text.
  public internal(set) var staticSharedBytes = 0
  /// Bytes of local memory of one thread.
  public internal(set) var localBytes = 0
  /// Distinct registers the body uses.
  public internal(set) var registerCount = 0
  /// `.maxntid` or `.reqntid`, if given.
  public internal(set) var maximumBlock: Dimensions?
  var program = Program()

  init(name: String) {
    self.name = name
  }
}

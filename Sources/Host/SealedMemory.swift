internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// Memory shared with another process: an anonymous file whose size nobody can change, so that a
/// mapping of it can never fault past its end.
public struct SealedMemory: ~Copyable, Sendable {
  public let descriptor: Descriptor
  public let byteCount: Int64

  /// A new file, sparse: it has no memory until `populate`.
  public init(name: String, byteCount: Int64) throws(Errno) {
    let number = name.withCString { tidelock_memory_create($0, byteCount) }
    descriptor = Descriptor(owning: try Kernel.call(number))
    self.byteCount = byteCount
  }

  /// A file somebody else handed us: believed only when nobody can change its size or forbid us to
  /// empty it any more, when it is of ordinary pages, for huge ones may be nobody's to give, and
  /// when its size is in `range`.
  /// - Throws: `.notPermitted` unsealed or of huge pages, `.invalidArgument` for another size.
  public init(
    checking received: consuming Descriptor, sizeIn range: ClosedRange<Int64>
  ) throws(Errno) {
    let facts = try received.facts()
    let sealed = try Kernel.call(tidelock_memory_is_sealed(received.number))
    if sealed == 0, !fault(221) { throw .notPermitted }
    let isHuge = try Kernel.call(tidelock_memory_is_huge(received.number)) != 0
    if isHuge, !fault(413) { throw .notPermitted }
    guard range.contains(facts.sizeBytes) else { throw .invalidArgument }
    byteCount = facts.sizeBytes
    descriptor = received
  }

  /// Gives memory to `range`, zeroed, charged to this process's cgroup. Bounded work: keep the
  /// range small where others wait.
  /// - Throws: `.noMemory` or `.noSpace` when the machine has none.
  public borrowing func populate(_ range: Range<Int64>) throws(Errno) {
    try Kernel.call(
      tidelock_memory_populate(
        descriptor.number, range.lowerBound, range.upperBound - range.lowerBound))
  }

  /// Takes the memory of the whole file away, from every holder of a mapping; they read zeros
  /// after.
  public borrowing func punch() throws(Errno) {
    if fault(222) { return }
    try Kernel.call(tidelock_memory_punch(descriptor.number, 0, byteCount))
  }

  public borrowing func map() throws(Errno) -> Mapping {
    var address: UnsafeMutableRawPointer?
    try Kernel.call(tidelock_memory_map(descriptor.number, byteCount, &address))
    guard let address else { throw .badAddress }
    return Mapping(address: address, byteCount: byteCount)
  }
}

/// A shared mapping, absent from forked children and core dumps; unmapped when its owner lets go.
public struct Mapping: ~Copyable, @unchecked Sendable {
  public let address: UnsafeMutableRawPointer
  public let byteCount: Int64

  init(address: UnsafeMutableRawPointer, byteCount: Int64) {
    self.address = address
    self.byteCount = byteCount
  }

  deinit {
    _ = tidelock_memory_unmap(address, byteCount)
  }

  /// Reads a word that another process may write at this moment. `offset` must be aligned to 8.
  public borrowing func load64(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset % 8 == 0 && Int64(offset) + 8 <= byteCount)
    return tidelock_load64(address + offset)
  }

  public borrowing func store64(_ value: UInt64, at offset: Int) {
    precondition(offset >= 0 && offset % 8 == 0 && Int64(offset) + 8 <= byteCount)
    tidelock_store64(address + offset, value)
  }

  public borrowing func load32(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset % 4 == 0 && Int64(offset) + 4 <= byteCount)
    return tidelock_load32(address + offset)
  }

  public borrowing func store32(_ value: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset % 4 == 0 && Int64(offset) + 4 <= byteCount)
    tidelock_store32(address + offset, value)
  }

  /// Raises the word at `offset` and wakes everyone who waits for it to change.
  public borrowing func raiseAndWake(at offset: Int) throws(Errno) {
    precondition(offset >= 0 && offset % 4 == 0 && Int64(offset) + 4 <= byteCount)
    tidelock_raise32(address + offset)
    if fault(223) { return }
    try Kernel.call(tidelock_futex_wake(address + offset))
  }
}

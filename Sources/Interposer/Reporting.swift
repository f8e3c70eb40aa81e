// What `tidelock doctor -- CMD` wants to know of a program: calls that make its memory stay, the
// most it had, and whether it comes to rest when it should. Without a report file nothing of this
// happens.

internal import CInterposer
internal import Faults
internal import Synchronization
internal import Wire

nonisolated(unsafe) private var page: UnsafeMutableRawPointer? = nil
nonisolated(unsafe) private var rehearsedAt: UInt64 = 0

enum Reporting {
  /// How often a resident program is made to come to rest.
  static let rehearsalMilliseconds = 500

  static var isOn: Bool { page != nil }

  /// Maps the file that `TIDELOCK_REPORT` names, if it is one.
  static func prepare() {
    guard page == nil, let path = System.environment("TIDELOCK_REPORT") else { return }
    let readWriteNoFollow = 0x2_0000 | 0x8_0000 | 2
    let file = System.call(TIDELOCK_SYS_OPEN, Int(bitPattern: path), readWriteNoFollow)
    guard file >= 0 else { return }
    let descriptor = Int32(truncatingIfNeeded: file)
    let mapped = System.mapShared(descriptor: descriptor, byteCount: ProgramReport.byteCount)
    _ = System.call(TIDELOCK_SYS_CLOSE, file)
    guard let mapped else { return }
    let magic = mapped.load(fromByteOffset: ProgramReport.Offset.magic, as: UInt32.self)
    let version = mapped.load(fromByteOffset: ProgramReport.Offset.version, as: UInt32.self)
    guard magic == ProgramReport.magic, version == ProgramReport.version else { return }
    page = mapped
    add(ProgramReport.Offset.processes, 1)
  }

  @inline(__always)
  private static func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>>? {
    page.map { UnsafeMutablePointer(OpaquePointer($0 + offset)) }
  }

  private static func add(_ offset: Int, _ amount: UInt64) {
    word(offset)?.pointee.wrappingAdd(amount, ordering: .relaxed)
  }

  private static func raise(_ offset: Int, to value: UInt64) {
    word(offset)?.pointee.max(value, ordering: .relaxed)
  }

  static func footprint(_ bytes: UInt64) {
    if page != nil { raise(ProgramReport.Offset.footprintBytesMax, to: bytes) }
  }

  // MARK: calls

  /// A call that makes this process's memory stay was made.
  /// - Parameter askedBytes: what it asks for; 0 where it does not tell.
  static func count(_ entry: UInt32, askedBytes: UInt64) {
    guard let page, let name = tidelock_entry_name(entry) else { return }
    let isKnown = entry < UInt32(truncatingIfNeeded: ENTRY_COUNT)
    let kind: ProgramReport.Kind = isKnown ? .pinning : .unknown
    var index = 0
    while index < ProgramReport.Row.count {
      let row = ProgramReport.Offset.rows &+ index &* ProgramReport.Row.byteCount
      if claim(page + row, name, kind) || holds(page + row, name) {
        add(row &+ ProgramReport.Row.calls, 1)
        if !fault(365) { add(row &+ ProgramReport.Row.askedBytes, askedBytes) }
        return
      }
      index &+= 1
    }
  }

  private static func state(
    _ row: UnsafeMutableRawPointer
  ) -> UnsafeMutablePointer<Atomic<UInt32>> {
    UnsafeMutablePointer(OpaquePointer(row + ProgramReport.Row.state))
  }

  private static func claim(
    _ row: UnsafeMutableRawPointer, _ name: UnsafePointer<CChar>, _ kind: ProgramReport.Kind
  ) -> Bool {
    guard
      state(row).pointee.compareExchange(
        expected: ProgramReport.RowState.free, desired: ProgramReport.RowState.taken,
        ordering: .acquiring
      ).exchanged
    else { return false }
    var index = 0
    while index < ProgramReport.Row.nameByteCount &- 1, name[index] != 0 {
      row.storeBytes(of: name[index], toByteOffset: index, as: CChar.self)
      index &+= 1
    }
    row.storeBytes(of: kind.rawValue, toByteOffset: ProgramReport.Row.kind, as: UInt32.self)
    state(row).pointee.store(ProgramReport.RowState.written, ordering: .releasing)
    return true
  }

  private static func holds(_ row: UnsafeMutableRawPointer, _ name: UnsafePointer<CChar>) -> Bool {
    guard state(row).pointee.load(ordering: .acquiring) == ProgramReport.RowState.written else {
      return false
    }
    var index = 0
    while index < ProgramReport.Row.nameByteCount &- 1 {
      let byte = row.load(fromByteOffset: index, as: CChar.self)
      if byte != name[index] { return false }
      if byte == 0 { return true }
      index &+= 1
    }
    return true
  }

  // MARK: coming to rest

  /// Whether it is time to see if this program comes to rest.
  static func isRehearsalDue() -> Bool {
    guard page != nil else { return false }
    let now = Clock.nanoseconds()
    let interval = UInt64(truncatingIfNeeded: rehearsalMilliseconds) &* 1_000_000
    guard now &- rehearsedAt >= interval else { return false }
    rehearsedAt = now
    return true
  }

  static func rehearsed(_ failure: Frame.DrainFailure?, nanoseconds: UInt64) {
    // The next one as long after the end of this one.
    rehearsedAt = Clock.nanoseconds()
    guard let failure else {
      add(ProgramReport.Offset.drains, 1)
      raise(ProgramReport.Offset.drainNanosecondsMax, to: nanoseconds)
      return
    }
    let kind = Int(truncatingIfNeeded: failure.rawValue &- 1)
    if kind < ProgramReport.drainFailureKinds {
      add(ProgramReport.Offset.drainFailures &+ 8 &* kind, 1)
    }
  }
}

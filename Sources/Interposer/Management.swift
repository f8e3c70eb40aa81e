// What a program is told by NVML about memory and processes: as by the driver, its own share, which
// no neighbour moves. Signatures and layouts: `nvml.h` of CUDA 13.5.

internal import CInterposer
internal import Faults

enum Management {
  /// `nvmlReturn_t`.
  enum Answer {
    static let success: Int32 = 0
    static let invalidArgument: Int32 = 2
    static let insufficientSize: Int32 = 7
  }

  enum Offset {
    /// In `nvmlMemory_t` and, behind its version, `nvmlMemory_v2_t`: 64-bit words.
    static let total = 0
    static let free = 1
    static let used = 2
    static let total2 = 1
    static let reserved2 = 2
    static let free2 = 3
    static let used2 = 4
    /// In an entry of a process list.
    static let usedBytes = 8
    static let instances = 16
    /// In `nvmlProcessDetailList_v1_t`.
    static let mode = 4
    static let count = 8
    static let entries = 16
  }

  /// Of a process list's entry: without instances, with them, and with protected memory.
  enum Entry {
    static let short = 16
    static let long = 24
    static let detailed = 32
  }

  struct View {
    var totalBytes: UInt64
    var usedBytes: UInt64
    /// Counts among those that use the device.
    var isListed: Bool
    var freeBytes: UInt64 { totalBytes > usedBytes ? totalBytes &- usedBytes : 0 }
  }

  /// What this program sees of a device; nil: what the driver says. A process that does not use the
  /// driver, like `nvidia-smi`, sees what its environment allows a program.
  static func view(_ device: UnsafeMutableRawPointer?, deviceBytes: UInt64) -> View? {
    let state = Words.startState.value
    if state == Start.State.unmanaged || state == Start.State.failed { return nil }
    if Start.isBound && !Start.isForkedChild {
      guard isOurs(device) else { return nil }
      let total = Start.viewBytes
      let free = Memory.freeBytes
      return View(
        totalBytes: total, usedBytes: total > free ? total &- free : 0,
        isListed: Words.contextCount.value > 0)
    }
    guard System.environment("TIDELOCK_SOCKET") != nil else { return nil }
    let allowed =
      System.environmentNumber("TIDELOCK_STATIC_BYTES")
      ?? System.environmentNumber("TIDELOCK_LIMIT_BYTES")
    let offered = System.environmentNumber("TIDELOCK_OFFERED_BYTES")
    return View(
      totalBytes: min(deviceBytes, min(allowed ?? UInt64.max, offered ?? UInt64.max)),
      usedBytes: 0, isListed: false)
  }

  /// Whether NVML means the device that this process is bound to: their UUIDs are the same.
  private static func isOurs(_ device: UnsafeMutableRawPointer?) -> Bool {
    var text = InlineArray<96, UInt8>(repeating: 0)
    let answer = withUnsafeMutablePointer(to: &text) {
      call("nvmlDeviceGetUUID", device, UInt64(UInt(bitPattern: $0)), 96)
    }
    // `GPU-` and sixteen bytes in hexadecimal, with hyphens; that of a part begins otherwise.
    guard answer == Answer.success, text[unchecked: 0] == 0x47 else { return false }
    let uuid = Start.uuid
    var nibbles = 0
    var index = 4
    while index < 96 && text[unchecked: index] != 0 && nibbles < 32 {
      let byte = text[unchecked: index]
      index &+= 1
      if byte == 0x2D { continue }
      let value = byte >= 0x61 ? byte &- 0x57 : byte &- 0x30
      let word = nibbles < 16 ? uuid.0 : uuid.1
      let own = UInt8(truncatingIfNeeded: word &>> UInt64((nibbles & 15) / 2 &* 8))
      if value != (nibbles & 1 == 0 ? own &>> 4 : own & 15) { return false }
      nibbles &+= 1
    }
    return nibbles == 32
  }

  @inline(__always)
  static func call(
    _ name: StaticString, _ device: UnsafeMutableRawPointer?, _ b: UInt64, _ c: UInt64 = 0
  ) -> Int32 {
    tidelock_management_call(
      UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
      UInt64(UInt(bitPattern: device)), b, c)
  }

  @inline(__always)
  static func word(_ pointer: UnsafeRawPointer?) -> UInt64 { UInt64(UInt(bitPattern: pointer)) }

  /// A list of those that use the device: this process, or nobody. The driver is asked first how
  /// many there are, for it knows whether the question makes sense.
  @inline(__always)
  static func list(
    _ name: StaticString, _ device: UnsafeMutableRawPointer?,
    _ count: UnsafeMutablePointer<UInt32>?, _ entries: UnsafeMutableRawPointer?, stride: Int,
    isCompute: Bool
  ) -> Int32 {
    var none: UInt32 = 0
    let asked = withUnsafeMutablePointer(to: &none) { call(name, device, word($0)) }
    guard asked == Answer.success || asked == Answer.insufficientSize, let count,
      let view = view(device, deviceBytes: 0), !fault(301)
    else { return call(name, device, word(count), word(entries)) }
    return fill(view, &count.pointee, entries, stride: stride, isCompute: isCompute)
  }

  static func fill(
    _ view: View, _ count: inout UInt32, _ entries: UnsafeMutableRawPointer?, stride: Int,
    isCompute: Bool
  ) -> Int32 {
    let listed: UInt32 = isCompute && view.isListed ? 1 : 0
    let room = count
    count = listed
    if room < listed { return Answer.insufficientSize }
    if listed == 0 { return Answer.success }
    guard let entries else { return Answer.invalidArgument }
    var index = 0
    while index < stride {
      entries.storeBytes(of: 0, toByteOffset: index, as: UInt64.self)
      index &+= 8
    }
    let process = UInt32(truncatingIfNeeded: System.processId)
    entries.storeBytes(of: process, as: UInt32.self)
    entries.storeBytes(of: view.usedBytes, toByteOffset: Offset.usedBytes, as: UInt64.self)
    // On no instance of a divided GPU.
    if stride > Entry.short {
      entries.storeBytes(of: UInt64.max, toByteOffset: Offset.instances, as: UInt64.self)
    }
    return Answer.success
  }
}

#if hasFeature(Embedded)
  @c(tidelock_nvmlDeviceGetMemoryInfo)
  public func nvmlDeviceGetMemoryInfo(
    _ device: UnsafeMutableRawPointer?, _ words: UnsafeMutablePointer<UInt64>?
  ) -> Int32 {
    let answer = Management.call(
      "nvmlDeviceGetMemoryInfo", device, Management.word(words))
    guard answer == Management.Answer.success, let words, !fault(300),
      let view = Management.view(device, deviceBytes: words[Management.Offset.total])
    else { return answer }
    words[Management.Offset.total] = view.totalBytes
    words[Management.Offset.free] = view.freeBytes
    words[Management.Offset.used] = view.usedBytes
    return answer
  }

  @c(tidelock_nvmlDeviceGetMemoryInfo_v2)
  public func nvmlDeviceGetMemoryInfo2(
    _ device: UnsafeMutableRawPointer?, _ words: UnsafeMutablePointer<UInt64>?
  ) -> Int32 {
    let answer = Management.call(
      "nvmlDeviceGetMemoryInfo_v2", device, Management.word(words))
    guard answer == Management.Answer.success, let words,
      let view = Management.view(device, deviceBytes: words[Management.Offset.total2])
    else { return answer }
    words[Management.Offset.total2] = view.totalBytes
    words[Management.Offset.reserved2] = 0
    words[Management.Offset.free2] = view.freeBytes
    words[Management.Offset.used2] = view.usedBytes
    return answer
  }

  @c(tidelock_nvmlDeviceGetComputeRunningProcesses)
  public func nvmlDeviceGetComputeRunningProcesses(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetComputeRunningProcesses", device, count, entries,
      stride: Management.Entry.short, isCompute: true)
  }

  @c(tidelock_nvmlDeviceGetComputeRunningProcesses_v2)
  public func nvmlDeviceGetComputeRunningProcesses2(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetComputeRunningProcesses_v2", device, count, entries,
      stride: Management.Entry.long, isCompute: true)
  }

  @c(tidelock_nvmlDeviceGetComputeRunningProcesses_v3)
  public func nvmlDeviceGetComputeRunningProcesses3(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetComputeRunningProcesses_v3", device, count, entries,
      stride: Management.Entry.long, isCompute: true)
  }

  @c(tidelock_nvmlDeviceGetGraphicsRunningProcesses)
  public func nvmlDeviceGetGraphicsRunningProcesses(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetGraphicsRunningProcesses", device, count, entries,
      stride: Management.Entry.short, isCompute: false)
  }

  @c(tidelock_nvmlDeviceGetGraphicsRunningProcesses_v2)
  public func nvmlDeviceGetGraphicsRunningProcesses2(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetGraphicsRunningProcesses_v2", device, count, entries,
      stride: Management.Entry.long, isCompute: false)
  }

  @c(tidelock_nvmlDeviceGetGraphicsRunningProcesses_v3)
  public func nvmlDeviceGetGraphicsRunningProcesses3(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetGraphicsRunningProcesses_v3", device, count, entries,
      stride: Management.Entry.long, isCompute: false)
  }

  @c(tidelock_nvmlDeviceGetMPSComputeRunningProcesses)
  public func nvmlDeviceGetMPSComputeRunningProcesses(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetMPSComputeRunningProcesses", device, count, entries,
      stride: Management.Entry.short, isCompute: false)
  }

  @c(tidelock_nvmlDeviceGetMPSComputeRunningProcesses_v2)
  public func nvmlDeviceGetMPSComputeRunningProcesses2(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetMPSComputeRunningProcesses_v2", device, count, entries,
      stride: Management.Entry.long, isCompute: false)
  }

  @c(tidelock_nvmlDeviceGetMPSComputeRunningProcesses_v3)
  public func nvmlDeviceGetMPSComputeRunningProcesses3(
    _ device: UnsafeMutableRawPointer?, _ count: UnsafeMutablePointer<UInt32>?,
    _ entries: UnsafeMutableRawPointer?
  ) -> Int32 {
    Management.list(
      "nvmlDeviceGetMPSComputeRunningProcesses_v3", device, count, entries,
      stride: Management.Entry.long, isCompute: false)
  }

  /// The kind of process and the room for entries are in the list.
  @c(tidelock_nvmlDeviceGetRunningProcessDetailList)
  public func nvmlDeviceGetRunningProcessDetailList(
    _ device: UnsafeMutableRawPointer?, _ list: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let list else {
      return Management.call("nvmlDeviceGetRunningProcessDetailList", device, 0)
    }
    let entries = list.load(
      fromByteOffset: Management.Offset.entries, as: UnsafeMutableRawPointer?.self)
    let room = list.load(fromByteOffset: Management.Offset.count, as: UInt32.self)
    func ask() -> Int32 {
      Management.call(
        "nvmlDeviceGetRunningProcessDetailList", device, Management.word(list))
    }
    list.storeBytes(of: 0, toByteOffset: Management.Offset.count, as: UInt32.self)
    let asked = ask()
    list.storeBytes(of: room, toByteOffset: Management.Offset.count, as: UInt32.self)
    guard asked == Management.Answer.success || asked == Management.Answer.insufficientSize,
      let view = Management.view(device, deviceBytes: 0)
    else { return ask() }
    var count = room
    let compute: UInt32 = 0
    let answer = Management.fill(
      view, &count, entries, stride: Management.Entry.detailed,
      isCompute: list.load(fromByteOffset: Management.Offset.mode, as: UInt32.self) == compute)
    list.storeBytes(of: count, toByteOffset: Management.Offset.count, as: UInt32.self)
    return answer
  }
#endif

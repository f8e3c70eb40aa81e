internal import CSimulatedGPU
internal import Glibc

/// Who holds how much of one device. A process that died holds nothing.
public struct DeviceUse: Equatable, Sendable {
  public var memoryBytes: UInt64
  /// Frames and unswappable bytes of living processes, and frames not yet free again.
  public var usedBytes: UInt64
  public var processes: [ProcessUse]
  /// Times the simulator found more resident than there is memory; anything but 0 is its own fault.
  public var violations: UInt64
  public var mostResidentBytes: UInt64
  /// Bytes copied so far from hosts to the device, by anybody, since the file was made.
  public var bytesIn: UInt64
  /// Bytes copied so far from the device to hosts.
  public var bytesOut: UInt64
  /// Bytes of frames that were given back so far; what the dead left behind is not counted.
  public var givenBackBytes: UInt64

  public var freeBytes: UInt64 { memoryBytes - min(memoryBytes, usedBytes) }
}

/// One process's part of a device.
public struct ProcessUse: Equatable, Sendable {
  public var pid: Int32
  public var frameBytes: UInt64
  /// Contexts and modules.
  public var unswappableBytes: UInt64

  public var usedBytes: UInt64 { frameBytes + unswappableBytes }
}

/// A process as the kernel tells it apart from a later one with the same number.
struct ProcessIdentity: Equatable {
  var pid: Int32
  var startTicks: UInt64
  /// Where its stack starts: changes when it executes another program, 0 if unreadable.
  var stackAddress: UInt64

  /// Reads `/proc`. Nil if there is no such process or only its corpse.
  init?(pid: Int32) {
    var text = [UInt8](repeating: 0, count: 2048)
    let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
    let count = read(descriptor, &text, text.count)
    close(descriptor)
    // The name in parentheses may hold anything, so fields count from the last ')'.
    guard count > 0, let end = text[..<count].lastIndex(of: 41) else { return nil }
    let fields = text[(end + 1)..<count].split(separator: 32)
    guard fields.count > 25, let state = fields[0].first else { return nil }
    // A zombie leader whose other threads still run is alive: they hold its memory.
    if state == 90 || state == 88, !Self.hasThreads(pid) { return nil }
    self.pid = pid
    startTicks = Self.number(fields[19])
    stackAddress = Self.number(fields[25])
  }

  private static func hasThreads(_ pid: Int32) -> Bool {
    guard let directory = opendir("/proc/\(pid)/task") else { return false }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    return entries > 3
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
    digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }
  }
}

extension DeviceFile {
  /// Takes a row of the process table for a living process. Nil when all are taken by the living.
  func register(pid: Int32 = getpid()) -> Int? {
    guard let identity = ProcessIdentity(pid: pid) else { return nil }
    return locked {
      reclaim()
      guard let index = (0..<Int(SIMULATED_GPU_PROCESSES)).first(where: { processes[$0].pid == 0 })
      else { return nil }
      processes[index] = simulated_gpu_process()
      processes[index].startTicks = identity.startTicks
      processes[index].stackAddress = identity.stackAddress
      processes[index].pid = identity.pid
      return index
    }
  }

  /// Takes `count` frames of a device for a process. Nil, and nothing taken, when there are fewer.
  func take(_ count: Int, device: Int, process: Int) -> [Int]? {
    locked {
      let needed = UInt64(count) * SIMULATED_GPU_FRAME_BYTES
      if freeBytesNow(device) < needed { reclaim() }
      if freeBytesNow(device) < needed { return nil }
      let table = frames + device * framesPerDevice
      var taken: [Int] = []
      taken.reserveCapacity(count)
      for frame in 0..<framesPerDevice where taken.count < count && isFree(table[frame]) {
        table[frame] = simulated_gpu_frame(
          owner: UInt32(process + 1), releasing: 0, readyNanoseconds: 0)
        taken.append(frame)
      }
      if taken.count < count {
        for frame in taken { table[frame] = simulated_gpu_frame() }
        return nil
      }
      note(device)
      return taken
    }
  }

  /// Gives frames back: free at once, or after the file's delay. Their bytes stay as they are.
  func give(_ list: [Int], device: Int) {
    locked {
      let table = frames + device * framesPerDevice
      for frame in list { release(table + frame) }
      devices[device].givenBackBytes += UInt64(list.count) * SIMULATED_GPU_FRAME_BYTES
    }
  }

  /// Takes unswappable bytes. False, and nothing taken, when there are fewer.
  func takeUnswappable(_ bytes: UInt64, device: Int, process: Int) -> Bool {
    locked {
      if freeBytesNow(device) < bytes { reclaim() }
      if freeBytesNow(device) < bytes { return false }
      unswappable(process)[device] += bytes
      note(device)
      return true
    }
  }

  func giveUnswappable(_ bytes: UInt64, device: Int, process: Int) {
    locked {
      let place = unswappable(process) + device
      place.pointee -= min(bytes, place.pointee)
    }
  }

  /// Counts what every living process holds, after giving back what the dead held.
  public func use(ofDevice device: Int) -> DeviceUse {
    locked {
      reclaim()
      let table = frames + device * framesPerDevice
      var owned: [UInt32: UInt64] = [:]
      for frame in 0..<framesPerDevice where table[frame].owner != 0 && !isFree(table[frame]) {
        owned[table[frame].releasing != 0 ? 0 : table[frame].owner, default: 0] += 1
      }
      var processUses: [ProcessUse] = []
      for index in 0..<Int(SIMULATED_GPU_PROCESSES) where processes[index].pid != 0 {
        let use = ProcessUse(
          pid: processes[index].pid,
          frameBytes: owned[UInt32(index + 1), default: 0] * SIMULATED_GPU_FRAME_BYTES,
          unswappableBytes: unswappable(index)[device])
        if use.usedBytes > 0 { processUses.append(use) }
      }
      return DeviceUse(
        memoryBytes: memoryBytes, usedBytes: memoryBytes - freeBytesNow(device),
        processes: processUses, violations: devices[device].violations,
        mostResidentBytes: devices[device].mostResidentBytes,
        bytesIn: devices[device].linkBytes.0, bytesOut: devices[device].linkBytes.1,
        givenBackBytes: devices[device].givenBackBytes)
    }
  }

  /// Notes bytes that crossed the link: direction 0 to the device, 1 to the host.
  func noteCrossed(_ bytes: Int, device: Int, direction: Int) {
    locked {
      if direction == 0 {
        devices[device].linkBytes.0 += UInt64(bytes)
      } else {
        devices[device].linkBytes.1 += UInt64(bytes)
      }
    }
  }

  /// Free bytes of a device, after giving back what the dead held.
  public func freeBytes(ofDevice device: Int) -> UInt64 {
    locked {
      reclaim()
      return freeBytesNow(device)
    }
  }

  private func unswappable(_ process: Int) -> UnsafeMutablePointer<UInt64> {
    (UnsafeMutableRawPointer(processes + process)
      + MemoryLayout<simulated_gpu_process>.offset(of: \.unswappableBytes)!)
      .assumingMemoryBound(to: UInt64.self)
  }

  private func isFree(_ frame: simulated_gpu_frame) -> Bool {
    frame.owner == 0
      || (frame.releasing != 0 && frame.readyNanoseconds <= Monotonic.nanoseconds())
  }

  private func release(_ frame: UnsafeMutablePointer<simulated_gpu_frame>) {
    let delay = self[.delayedRelease]
    if delay == 0 {
      frame.pointee = simulated_gpu_frame()
    } else {
      frame.pointee.readyNanoseconds = Monotonic.nanoseconds() + delay * 1_000_000
      frame.pointee.releasing = 1
    }
  }

  private func residentBytes(_ device: Int) -> UInt64 {
    let table = frames + device * framesPerDevice
    var count: UInt64 = 0
    for frame in 0..<framesPerDevice where !isFree(table[frame]) { count += 1 }
    var bytes = count * SIMULATED_GPU_FRAME_BYTES
    for index in 0..<Int(SIMULATED_GPU_PROCESSES) where processes[index].pid != 0 {
      bytes += unswappable(index)[device]
    }
    return bytes
  }

  private func freeBytesNow(_ device: Int) -> UInt64 {
    let resident = residentBytes(device)
    return resident > memoryBytes ? 0 : memoryBytes - resident
  }

  private func note(_ device: Int) {
    let resident = residentBytes(device)
    if resident > memoryBytes { devices[device].violations += 1 }
    devices[device].mostResidentBytes = max(devices[device].mostResidentBytes, resident)
  }

  /// Gives back what processes hold that are no more.
  private func reclaim() {
    for index in 0..<Int(SIMULATED_GPU_PROCESSES) where processes[index].pid != 0 {
      let row = processes[index]
      if let now = ProcessIdentity(pid: row.pid), now.startTicks == row.startTicks,
        now.stackAddress == row.stackAddress || now.stackAddress == 0 || row.stackAddress == 0
      {
        continue
      }
      for frame in 0..<(framesPerDevice * deviceCount)
      where frames[frame].owner == UInt32(index + 1) && frames[frame].releasing == 0 {
        release(frames + frame)
      }
      processes[index] = simulated_gpu_process()
    }
  }
}

enum Monotonic {
  static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  static func wait(until deadline: UInt64) {
    var time = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}

extension DeviceFile {
  /// Books a link direction for `duration` nanoseconds behind what is booked; returns when it ends.
  func bookLink(device: Int, direction: Int, duration: UInt64, slack: UInt64) -> UInt64 {
    locked {
      let place = UnsafeMutableRawPointer(devices + device).assumingMemoryBound(to: UInt64.self)
      let start = max(place[direction], Monotonic.nanoseconds() - slack)
      place[direction] = start + duration
      return start + duration
    }
  }
}

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

extension DeviceFile {
  /// Takes a row of the process table for a living process. Nil when all are taken by the living.
  func register(pid: Int32 = getpid()) -> Int? {
    ProcessIdentity(pid: pid).flatMap(register)
  }

  func register(_ identity: ProcessIdentity) -> Int? {
    locked {
      reclaim()
      guard let index = (0..<Int(SIMULATED_GPU_PROCESSES)).first(where: { processes[$0].pid == 0 })
      else { return nil }
      processes[index] = simulated_gpu_process()
      processes[index].startTicks = identity.startTicks
      processes[index].stackAddress = identity.stackAddress
      processes[index].pidNamespace = identity.namespace
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
        // Of another namespace and not seen from here: counted, not listed.
        guard let pid = numberHere(index) else { continue }
        let use = ProcessUse(
          pid: pid,
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
    let own = ProcessDirectory.ownNamespace
    for index in 0..<Int(SIMULATED_GPU_PROCESSES)
    where processes[index].pid != 0 && isDead(index, from: own) {
      for frame in 0..<(framesPerDevice * deviceCount)
      where frames[frame].owner == UInt32(index + 1) && frames[frame].releasing == 0 {
        release(frames + frame)
      }
      processes[index] = simulated_gpu_process()
    }
  }

  private func identity(_ index: Int) -> ProcessIdentity {
    let row = processes[index]
    return ProcessIdentity(
      pid: row.pid, namespace: row.pidNamespace, startTicks: row.startTicks,
      stackAddress: row.stackAddress)
  }

  /// Judged only by who can see it: a container cannot tell whether a process of another one lives,
  /// and leaves that to the agent and others outside.
  private func isDead(_ index: Int, from own: UInt32) -> Bool {
    let identity = identity(index)
    if identity.namespace == own {
      return ProcessIdentity(pid: identity.pid).map { !identity.isStill($0) } ?? true
    }
    if let known = seen[index], known.identity == identity {
      return ProcessIdentity(pid: known.pid).map { !identity.isStill($0) } ?? true
    }
    switch ProcessDirectory.find(identity) {
    case .at(let pid):
      seen[index] = Seen(identity: identity, pid: pid)
      return false
    case .nowhere: return true
    case .unknown: return false
    }
  }

  /// Under what number this process sees a living one; called after `reclaim`.
  private func numberHere(_ index: Int) -> Int32? {
    let identity = identity(index)
    if let known = seen[index], known.identity == identity { return known.pid }
    return identity.namespace == ProcessDirectory.ownNamespace ? identity.pid : nil
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

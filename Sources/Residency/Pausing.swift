internal import Faults

/// The operator's pause: the GPU stays with whom it is.
extension ResidencyCore {
  /// Requests that would have been refused for waiting too long wait their full time again.
  mutating func pause(_ isPaused: Bool, at now: Tick) {
    guard self.isPaused != isPaused else { return }
    self.isPaused = isPaused
    guard !isPaused else { return }
    for gpu in devices.indices {
      for position in devices[gpu].contexts.indices {
        devices[gpu].contexts[position].lackingSince = nil
      }
      for position in devices[gpu].queue.indices {
        if devices[gpu].queue[position].obstacle == .paused {
          devices[gpu].queue[position].obstacle = nil
        }
        if devices[gpu].queue[position].isRoom { devices[gpu].queue[position].since = now }
      }
    }
  }

  /// Members that wait for nothing come back as far as there is room, which those who do wait could
  /// not use.
  mutating func bringBack(_ gpu: Int, availableBytes: Int, at now: Tick) {
    var available = availableBytes
    for index in members.indices where members[index].gpu == gpu {
      guard case .out = members[index].phase, !members[index].isImmovable, !fault(129) else {
        continue
      }
      let id = members[index].id
      if devices[gpu].queue.contains(where: { $0.member == id }) { continue }
      let demand = Demand(member: id, kind: .enter, since: now, isFirst: false)
      let lack = lackBytes(demand)
      guard lack <= available else { continue }
      available -= lack
      enqueue(demand, gpu: gpu)
      activate(
        gpu, devices[gpu].queue.count - 1, index, lack: lack, orders: Orders(), at: now)
    }
  }
}

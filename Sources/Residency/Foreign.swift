internal import Faults

/// Foreign memory is known by measurement, so a moment late: what has just grown may be gone
/// already (a program ended, the driver was slow to give memory back). A growth for which only this
/// leaves no room waits for a while before it is refused. What was there before is taken to stay.
extension ResidencyCore {
  mutating func measureForeign(_ gpu: Int, _ bytes: UInt64, at now: Tick) -> Int? {
    guard devices.indices.contains(gpu) else { return 0 }
    let measured = min(Quantity.bounded(bytes), devices[gpu].capacityBytes)
    let grew = measured > devices[gpu].foreignBytes
    devices[gpu].foreignBytes = measured
    if fault(104) { devices[gpu].foreignBytes = 0 }
    devices[gpu].leasesShortNoted = false
    for position in devices[gpu].queue.indices { devices[gpu].queue[position].obstacle = nil }
    let free = freeBytes(gpu)
    if grew && free < 0 {
      effects.append(
        .note(
          .foreignGrew(gpu: gpu, foreignBytes: UInt64(measured), shortBytes: UInt64(-free))))
    }
    return gpu
  }

  /// Keeps in mind when what is taken last grew, and from what.
  mutating func followTaken(_ gpu: Int, at now: Tick) {
    let bytes = devices[gpu].takenBytes
    var recent = devices[gpu].recentlyTaken
    if bytes > recent.bytes {
      let end = recent.grewAt?.advanced(byNanoseconds: configuration.roomWaitNanoseconds)
      if end.map({ $0 <= now }) ?? true { recent.leastBytes = recent.bytes }
      recent.grewAt = now
    }
    recent.leastBytes = fault(354) ? 0 : min(recent.leastBytes, bytes)
    recent.bytes = bytes
    devices[gpu].recentlyTaken = recent
  }

  /// Until when what was taken lately may be on its way back, for one who finds no room since
  /// `since`: growth that comes meanwhile makes nobody wait longer. Nil if nothing was.
  func takenMayGoUntil(_ gpu: Int, since: Tick) -> Tick? {
    let recent = devices[gpu].recentlyTaken
    guard let grewAt = recent.grewAt, recent.bytes > recent.leastBytes else { return nil }
    return min(grewAt, fault(352) ? grewAt : since)
      .advanced(byNanoseconds: configuration.roomWaitNanoseconds)
  }

  /// What may yet come back, 0 once that was waited for long enough.
  func mayGoBytes(_ gpu: Int, since: Tick, at now: Tick) -> Int {
    guard let until = takenMayGoUntil(gpu, since: since), now < until, !fault(350) else { return 0 }
    return devices[gpu].recentlyTaken.bytes - devices[gpu].recentlyTaken.leastBytes
  }

  /// Nothing but foreign memory leaves no room for this footprint: worth another look at it before
  /// the growth is asked for.
  public func isOnlyForeignInTheWay(_ id: MemberID, footprintBytes: UInt64) -> Bool {
    guard let index = index(of: id), members[index].isMember else { return false }
    let wanted = Quantity.bounded(footprintBytes)
    let taken = devices[members[index].gpu].takenBytes
    guard taken > 0, wanted > members[index].plannedBytes, !fault(357),
      (try? checkFootprint(index, wanted)) == nil
    else { return false }
    return (try? without(taken, on: members[index].gpu).checkFootprint(index, wanted)) != nil
  }

  /// The same once so much of what is taken is free.
  private func without(_ bytes: Int, on gpu: Int) -> ResidencyCore {
    var later = self
    later.devices[gpu].overrunBytes -= min(bytes, devices[gpu].overrunBytes)
    later.devices[gpu].foreignBytes -= max(0, bytes - devices[gpu].overrunBytes)
    return later
  }

  /// Tries again what waits for foreign memory to go, and refuses what has waited long enough.
  mutating func retryGrowths(_ gpu: Int, at now: Tick) {
    let waiting = devices[gpu].growths
    devices[gpu].growths = []
    for growth in waiting {
      guard let index = index(of: growth.member) else { continue }
      admitGrowth(index, growth, at: now)
    }
  }

  /// A growth was refused. It waits instead if it would be admitted without what was taken lately.
  mutating func refuse(_ index: Int, _ growth: Growth, _ refusal: Refusal, at now: Tick) {
    let gpu = members[index].gpu
    let bytes = mayGoBytes(gpu, since: growth.since, at: now)
    if bytes > 0, (try? without(bytes, on: gpu).checkFootprint(index, growth.wantedBytes)) != nil {
      devices[gpu].growths.append(growth)
    } else {
      effects.append(.refuse(growth.member, request: growth.request, refusal))
    }
  }

  /// Why a growth waits that is not even planned for; nil if it is for want of pool.
  func obstacle(_ index: Int, _ growth: Growth) -> Obstacle? {
    let ceiling = max(0, ceilingBytes(index))
    guard growth.wantedBytes > ceiling else { return nil }
    return .room(wantedBytes: UInt64(growth.wantedBytes), availableBytes: UInt64(ceiling))
  }
}

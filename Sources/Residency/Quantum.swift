internal import Faults

extension ResidencyCore {
  /// Shortest time a holder keeps the GPU: long enough that the exchange costs no more than the
  /// class's share of the time, Q = T (1 - e) / e, within the configured bounds.
  public static func quantumNanoseconds(
    exchangeNanoseconds: UInt64, overheadPercent: UInt64, configuration: Configuration
  ) -> UInt64 {
    let percent = min(max(overheadPercent, 1), 99)
    let quantum =
      fault(116)
      ? Quantity.scaled(exchangeNanoseconds, by: percent, over: 100 - percent)
      : Quantity.scaled(exchangeNanoseconds, by: 100 - percent, over: percent)
    return min(
      max(quantum, configuration.quantumMinimumNanoseconds), configuration.quantumMaximumNanoseconds
    )
  }

  /// Length of an exchange of `bytes` between two members: as measured, else at the assumed rate.
  func exchangeNanoseconds(_ gpu: Int, giver: MemberID, taker: MemberID?, bytes: Int) -> UInt64 {
    let amount = UInt64(max(0, bytes))
    if let taker,
      let timing = devices[gpu].timings.last(where: {
        ($0.giver == giver && $0.taker == taker) || ($0.giver == taker && $0.taker == giver)
      })
    {
      return Quantity.scaled(timing.nanoseconds, by: amount, over: UInt64(max(1, timing.bytes)))
    }
    return Quantity.scaled(
      amount, by: 1_000_000_000, over: max(1, configuration.assumedLinkBytesPerSecond))
  }

  /// Keeps the latest measurement of each pair, and only so many pairs.
  mutating func remember(_ timing: Device.Timing, gpu: Int) {
    guard timing.bytes > 0 else { return }
    devices[gpu].timings.removeAll { $0.giver == timing.giver && $0.taker == timing.taker }
    if devices[gpu].timings.count >= Device.Timing.maximum { devices[gpu].timings.removeFirst() }
    devices[gpu].timings.append(timing)
  }

  /// When a member that is whole since `since` must give way to `taker`. Without one it is judged
  /// against itself.
  func quantumEnd(_ index: Int, since: Tick, taker: MemberID?) -> Tick {
    let member = members[index]
    var bytes = member.credit
    if let taker, let other = self.index(of: taker) {
      bytes = max(0, members[other].plannedBytes - members[other].credit)
    }
    let exchange = exchangeNanoseconds(member.gpu, giver: member.id, taker: taker, bytes: bytes)
    let quantum = ResidencyCore.quantumNanoseconds(
      exchangeNanoseconds: exchange,
      overheadPercent: member.hello.workloadClass.overheadPercent, configuration: configuration)
    return since.advanced(byNanoseconds: fault(117) ? UInt64.max : quantum)
  }

  /// The first member that waits to come in.
  func firstWaiting(_ gpu: Int) -> MemberID? {
    devices[gpu].queue.first { $0.kind == .enter }?.member
  }

  /// Longest a member waits from `wanted` to whole, if every program that can give way does: the
  /// sum over all other drainable members of quantum, drain and exchange, twice for one that may
  /// still come first once, and its own exchange. Members that cannot give way are left out: what
  /// they take is measured and named, not bounded.
  ///
  /// `linkBytesPerSecond` is the slowest rate to reckon with; nil: the assumed one.
  public func waitBoundNanoseconds(_ id: MemberID, linkBytesPerSecond: UInt64? = nil) -> UInt64 {
    guard let index = index(of: id) else { return 0 }
    let gpu = members[index].gpu
    let rate = max(1, linkBytesPerSecond ?? configuration.assumedLinkBytesPerSecond)
    var sum = turnNanoseconds(members[index].totalBytes, rate)
    for other in members.indices where other != index && members[other].gpu == gpu {
      let member = members[other]
      if member.isDead { sum += configuration.deathReleaseNanoseconds }
      guard member.isMember, !member.isImmovable else { continue }
      let bytes = max(member.approved, member.credit, members[index].approved)
      let exchange = Quantity.scaled(UInt64(max(0, bytes)), by: 2_000_000_000, over: rate)
      let quantum = ResidencyCore.quantumNanoseconds(
        exchangeNanoseconds: max(exchange, longestTiming(gpu, bytes: bytes)),
        overheadPercent: member.hello.workloadClass.overheadPercent, configuration: configuration)
      let turns: UInt64 = member.urgencySpent ? 1 : 2
      sum += turns * (quantum + configuration.roomWaitNanoseconds + turnNanoseconds(bytes, rate))
    }
    return sum
  }

  /// Drain and exchange: out, then in, without overlap.
  private func turnNanoseconds(_ bytes: Int, _ rate: UInt64) -> UInt64 {
    configuration.drainMaximumNanoseconds
      + Quantity.scaled(UInt64(max(0, bytes)), by: 2_000_000_000, over: rate)
  }

  private func longestTiming(_ gpu: Int, bytes: Int) -> UInt64 {
    var longest: UInt64 = 0
    for timing in devices[gpu].timings {
      longest = max(
        longest,
        Quantity.scaled(
          timing.nanoseconds, by: UInt64(max(0, bytes)), over: UInt64(max(1, timing.bytes))))
    }
    return longest
  }
}

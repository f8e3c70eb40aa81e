/// The whole policy of who is on the GPU, as one value.
public struct ResidencyCore: Sendable {
  public let configuration: Configuration

  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  /// Takes one event and says what to do. Never fails; never blocks; the same events at the same
  /// ticks give the same effects.
  public mutating func step(_ event: Event, at now: Tick) -> Effects {
    Effects()
  }

  public var snapshot: Snapshot {
    Snapshot(gpus: [], members: [], poolSizeBytes: configuration.poolSizeBytes, poolLeasedBytes: 0)
  }
}

// Every call goes straight to the driver and no process is managed: what the trampolines need until
// the gate's own definitions replace this file.

@c(tidelock_gate_slow)
public func alwaysOpenGate(_ entry: UInt32, _ callClass: UInt32, _ stackPointer: UInt64) -> UInt32 {
  1
}

@c(tidelock_out_of_memory)
public func alwaysOpenOutOfMemory(_ entry: UInt32, _ attempts: UInt32) -> UInt32 { 0 }

@c(tidelock_unswappable)
public func alwaysOpenUnswappable(_ entry: UInt32) -> UInt32 { 0 }

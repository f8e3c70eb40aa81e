// Device memory for a new allocation of a resident program: its chunks are created, mapped and
// cleared on the thread that asked.

internal import CInterposer
internal import Faults
internal import Shadow
internal import Wire

/// Device memory for a new allocation of a resident program, made on the calling thread.
enum Backing {
  /// Another thread took the credit meanwhile.
  static let needsCredit: Int32 = -1
  /// The program is to leave, and there is no memory for the credit.
  static let mustLeave: Int32 = -2

  static func run(_ plan: borrowing Plan, on shadow: UnsafeMutablePointer<Shadow>) -> Int32 {
    Mutex.lock(Words.memoryLock)
    var motion = shadow.pointee.beginBacking(plan)
    Mutex.unlock(Words.memoryLock)
    return inHome { stream in
      var driver = RealDriver(
        device: Start.device, lease: nil, pinUnitBytes: Memory.chunkBytes, stream: stream,
        events: nil)
      return drive(&motion, shadow, &driver)
    }
  }

  /// Makes driver calls on a stream of ours in the home context, on a thread that may have another
  /// context or none, and may be capturing.
  static func inHome(_ body: (UnsafeMutableRawPointer) -> Int32) -> Int32 {
    var mode: Int32 = 2
    _ = real_cuThreadExchangeStreamCaptureMode(&mode)
    defer { _ = real_cuThreadExchangeStreamCaptureMode(&mode) }
    var own: UnsafeMutableRawPointer? = nil
    _ = real_cuCtxGetCurrent(&own)
    let home = Contexts.enterHome()
    guard home >= 0 else { return CudaResult.invalidContext }
    defer { Contexts.leave(home) }
    guard Contexts.makeCurrent(home) else { return CudaResult.invalidContext }
    defer { _ = real_cuCtxSetCurrent(own) }
    guard let stream = Mover.clearingStream() else { return CudaResult.outOfMemory }
    return body(stream)
  }

  private static func drive(
    _ motion: inout Motion, _ shadow: UnsafeMutablePointer<Shadow>, _ driver: inout RealDriver
  ) -> Int32 {
    var forRoom = Patience()
    var forLeave = Patience()
    var pause: UInt64 = 1000
    var asked = false
    while true {
      Mutex.lock(Words.memoryLock)
      let step = shadow.pointee.next(&motion, residentBytesMax: Link.creditBytes)
      Mutex.unlock(Words.memoryLock)
      if step.isCall {
        let outcome = step.perform(on: &driver)
        Mutex.lock(Words.memoryLock)
        shadow.pointee.settle(&motion, outcome)
        Mutex.unlock(Words.memoryLock)
        continue
      }
      switch step {
      case .finished: return CudaResult.success
      case .needsCredit: return needsCredit
      case .failed(let code): return code
      case .needsLease: return CudaResult.outOfMemory
      case .outOfMemory:
        // Credit without memory: somebody's release is not finished, or others took the room. Those
        // may wait for this program to leave; a release is only a moment more.
        if Words.residency.value != Residence.resident, !fault(344),
          forLeave.isOver(milliseconds: Limits.leaveGraceMilliseconds)
        {
          return mustLeave
        }
        if forRoom.isOver(milliseconds: Limits.createRetryMilliseconds) || fault(217) {
          return CudaResult.outOfMemory
        }
        if !asked && pause > 30_000 {
          asked = true
          _ = Requests.ask(.roomWanted, Memory.chunkBytes, whileResident: true)
        }
        Clock.sleep(microseconds: pause)
        pause = min(pause &* 2, Limits.createPauseMicroseconds)
      case .create, .map, .setAccess, .copyOut, .copyIn, .clear, .finish, .unmap, .release: break
      }
    }
  }
}

import CDriver
import Testing

@testable import SimulatedGPU

@Suite struct StreamTests {
  private func stream(_ driver: Driver, _ flags: UInt32 = 0) throws -> CUstream {
    try driver.run { d throws(Failure) in try d.streamCreate(flags, priority: 0) }
  }

  private func call(
    _ driver: Driver, _ stream: CUstream?, _ body: @escaping @Sendable () -> Void
  ) throws {
    try driver.run { d throws(Failure) in
      try d.launchHostFunction(stream, perThread: false, body)
    }
  }

  @Test func workRunsInOrderAndBeyondTheQueueLimit() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let one = try stream(driver)
    let seen = Shared<[Int]>([])
    let count = Stream.queueLimit * 2
    for index in 0..<count { try call(driver, one) { seen.with { $0.append(index) } } }
    try driver.run { d throws(Failure) in try d.streamSynchronize(one, perThread: false) }
    #expect(seen.with { $0 } == Array(0..<count))
  }

  @Test func theLegacyStreamWaitsForBlockingStreamsOnly() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let blocking = try stream(driver)
    let free = try stream(driver, CU_STREAM_NON_BLOCKING.rawValue)
    let gate = Shared(false)
    let seen = Shared<[String]>([])
    for (stream, name) in [(blocking, "blocking"), (free, "free")] {
      try call(driver, stream) {
        _ = eventually { gate.with { $0 } || name == "free" }
        seen.with { $0.append(name) }
      }
    }
    try call(driver, nil) { seen.with { $0.append("legacy") } }
    #expect(eventually { seen.with { $0 } == ["free"] })
    gate.with { $0 = true }
    try driver.run { d throws(Failure) in try d.contextSynchronize() }
    #expect(seen.with { $0 } == ["free", "blocking", "legacy"])
  }

  @Test func aStreamWaitsForAnEvent() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let first = try stream(driver, CU_STREAM_NON_BLOCKING.rawValue)
    let second = try stream(driver, CU_STREAM_NON_BLOCKING.rawValue)
    let event = try driver.run { d throws(Failure) in try d.eventCreate(0) }
    let gate = Shared(false)
    let seen = Shared<[Int]>([])
    try call(driver, first) {
      _ = eventually { gate.with { $0 } }
      seen.with { $0.append(1) }
    }
    try driver.run { d throws(Failure) in
      try d.eventRecord(event, first, perThread: false)
      try d.streamWaitEvent(second, event, perThread: false)
    }
    try call(driver, second) { seen.with { $0.append(2) } }
    #expect(driver.code { d throws(Failure) in try d.eventQuery(event) } == 600)
    #expect(driver.code { d throws(Failure) in try d.streamQuery(second, perThread: false) } == 600)
    gate.with { $0 = true }
    try driver.run { d throws(Failure) in try d.contextSynchronize() }
    #expect(driver.code { d throws(Failure) in try d.eventQuery(event) } == 0)
    #expect(seen.with { $0 } == [1, 2])
  }

  @Test func aContextsEventCoversAllItsStreams() throws {
    let driver = try Bench().driver
    let context = try driver.newContext()
    let streams = [try stream(driver), try stream(driver, 1)]
    let event = try driver.run { d throws(Failure) in try d.eventCreate(0) }
    let gates = [Shared(false), Shared(false)]
    for (stream, gate) in zip(streams, gates) {
      try call(driver, stream) { _ = eventually { gate.with { $0 } } }
    }
    try driver.run { d throws(Failure) in
      try d.streamDestroy(streams[1])
      try d.contextRecord(context, event)
    }
    gates[0].with { $0 = true }
    try driver.run { d throws(Failure) in try d.streamSynchronize(streams[0], perThread: false) }
    #expect(driver.code { d throws(Failure) in try d.eventQuery(event) } == 600)
    gates[1].with { $0 = true }
    try driver.run { d throws(Failure) in try d.eventSynchronize(event) }
  }

  @Test func callsInsideAHostFunctionAreRefused() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let code = Shared<UInt32>(0)
    try call(driver, nil) {
      code.with { $0 = driver.code { d throws(Failure) in try d.contextSynchronize() } }
    }
    try driver.run { d throws(Failure) in try d.contextSynchronize() }
    #expect(code.with { $0 } == CUDA_ERROR_NOT_PERMITTED.rawValue)
  }

  @Test func loadingAKernelHoldsTheContext() throws {
    let driver = try Bench("memory=32MiB,lazy-load=4KiB").driver
    let context = Sent(try driver.newContext())
    let function = Sent(try driver.loadAdd())
    let address = try driver.alloc(16)
    let free = try stream(driver, CU_STREAM_NON_BLOCKING.rawValue)
    let event = Sent(try driver.run { d throws(Failure) in try d.eventCreate(0) })
    let gate = Shared(false)
    let done = Shared<[String]>([])
    try call(driver, free) { _ = eventually { gate.with { $0 } } }
    let launches = Worker.start {
      _ = driver.code { d throws(Failure) in try d.contextPush(context.handle) }
      try? driver.launchAdd(function.handle, address, 1)
      done.with { $0.append("launched") }
    }
    #expect(launches)
    #expect(eventually { driver.isLoading(context.handle) })
    let asks = Worker.start {
      _ = driver.code { d throws(Failure) in try d.eventQuery(event.handle) }
      done.with { $0.append("asked") }
    }
    #expect(asks)
    #expect(done.with { $0 }.isEmpty)
    gate.with { $0 = true }
    #expect(eventually { done.with { $0.count } == 2 })
  }

  @Test func kernelsTakeAtLeastTheirDuration() throws {
    let driver = try Bench("memory=32MiB,kernel=20000us").driver
    try driver.newContext()
    let function = try driver.loadAdd()
    let address = try driver.alloc(16)
    try driver.put([UInt8](repeating: 0, count: 16), at: address)
    let began = Monotonic.nanoseconds()
    for _ in 0..<3 { try driver.launchAdd(function, address, 5) }
    try driver.run { d throws(Failure) in try d.contextSynchronize() }
    #expect(Monotonic.nanoseconds() - began >= 60_000_000)
    #expect(try driver.get(4, at: address) == [15, 0, 0, 0])
  }

  @Test func aGraphReplaysAndItsParametersCanChange() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let function = try driver.loadAdd()
    let address = try driver.alloc(16)
    try driver.put([UInt8](repeating: 0, count: 16), at: address)
    let one = try stream(driver)
    try driver.run { d throws(Failure) in
      try d.captureBegin(one, perThread: false, CU_STREAM_CAPTURE_MODE_GLOBAL)
    }
    try driver.launchAdd(function, address, 3, on: one)
    try driver.launchAdd(function, address, 4, on: one)
    let graph = try driver.run { d throws(Failure) in try d.captureEnd(one, perThread: false) }
    #expect(try driver.get(4, at: address) == [0, 0, 0, 0])
    let exec = try driver.run { d throws(Failure) in try d.graphInstantiate(graph, flags: 0) }
    for _ in 0..<3 {
      try driver.run { d throws(Failure) in try d.graphLaunch(exec, on: one, perThread: false) }
    }
    #expect(try driver.get(4, at: address) == [21, 0, 0, 0])
  }

  @Test func synchronisingACapturingStreamEndsTheCapture() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let one = try stream(driver)
    try driver.run { d throws(Failure) in
      try d.captureBegin(one, perThread: false, CU_STREAM_CAPTURE_MODE_RELAXED)
    }
    #expect(
      driver.code { d throws(Failure) in try d.streamSynchronize(one, perThread: false) } == 900)
    #expect(
      driver.code { d throws(Failure) in _ = try d.captureEnd(one, perThread: false) } == 901)
    #expect(
      driver.code { d throws(Failure) in try d.streamSynchronize(one, perThread: false) } == 0)
  }

  @Test func aCaptureForksAndMustJoin() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let (one, two) = (try stream(driver, 1), try stream(driver, 1))
    let events = try [0, 1].map { _ in
      try driver.run { d throws(Failure) in try d.eventCreate(2) }
    }
    for joins in [true, false] {
      try driver.run { d throws(Failure) in
        try d.captureBegin(one, perThread: false, CU_STREAM_CAPTURE_MODE_GLOBAL)
        try d.eventRecord(events[0], one, perThread: false)
        try d.streamWaitEvent(two, events[0], perThread: false)
      }
      try call(driver, two) {}
      try driver.run { d throws(Failure) in
        try d.eventRecord(events[1], two, perThread: false)
        if joins { try d.streamWaitEvent(one, events[1], perThread: false) }
      }
      let code = driver.code { d throws(Failure) in _ = try d.captureEnd(one, perThread: false) }
      #expect(code == (joins ? 0 : CUDA_ERROR_STREAM_CAPTURE_UNJOINED.rawValue))
    }
  }

  @Test func aStreamWaitsForAWord() throws {
    let driver = try Bench().driver
    try driver.newContext()
    let (one, two) = (try stream(driver, 1), try stream(driver, 1))
    let address = try driver.alloc(16)
    try driver.put([UInt8](repeating: 0, count: 16), at: address)
    let passed = Shared(false)
    try driver.run { d throws(Failure) in
      try d.streamWaitValue(address, on: one, 5)
    }
    try call(driver, one) { passed.with { $0 = true } }
    try driver.run { d throws(Failure) in
      try d.streamWriteValue(two, address, 4, bytes: 4, flags: 0, perThread: false)
      try d.streamSynchronize(two, perThread: false)
    }
    #expect(!passed.with { $0 })
    try driver.run { d throws(Failure) in
      try d.streamWriteValue(two, address, 5, bytes: 4, flags: 0, perThread: false)
    }
    #expect(eventually { passed.with { $0 } })
  }
}

extension Driver {
  fileprivate func isLoading(_ context: CUcontext) -> Bool {
    var loading = false
    _ = code { d throws(Failure) in
      loading = d.table.find(context, as: Context.self)?.loader != nil
    }
    return loading
  }

  fileprivate func streamWaitValue(
    _ address: CUdeviceptr, on stream: CUstream, _ value: UInt64
  ) throws(Failure) {
    try streamWaitValue(stream, address, value, bytes: 4, flags: 0, perThread: false)
  }
}

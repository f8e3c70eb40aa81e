import CDriver
import Testing

@testable import SimulatedGPU

@Suite struct MemoryTests {
  @Test(arguments: [UInt64(1), 2, 3])
  func randomAllocationsKeepTheirBytes(seed: UInt64) throws {
    var random = SplitMix64(seed)
    let bench = try Bench()
    let driver = bench.driver
    try driver.newContext()
    var live: [(address: CUdeviceptr, bytes: [UInt8])] = []
    for _ in 0..<400 {
      if live.count > 20 || (!live.isEmpty && random.below(3) == 0) {
        let (address, bytes) = live.remove(at: random.below(live.count))
        #expect(try driver.get(bytes.count, at: address) == bytes, "seed \(seed)")
        try driver.run { d throws(Failure) in try d.free(address) }
      } else {
        let size = random.below(10) == 0 ? random.below(5 << 20) + 1 : random.below(9000) + 1
        guard let address = try? driver.alloc(size) else { continue }
        #expect(address % 256 == 0)
        let fill = UInt8(truncatingIfNeeded: random.next())
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) ^ fill }
        try driver.put(bytes, at: address)
        live.append((address, bytes))
      }
    }
    for (address, bytes) in live {
      #expect(try driver.get(bytes.count, at: address) == bytes, "seed \(seed)")
      try driver.run { d throws(Failure) in try d.free(address) }
    }
    let use = driver.file.use(ofDevice: 0)
    #expect(use.processes.map(\.frameBytes).allSatisfy { $0 == 0 })
    #expect(use.violations == 0)
  }

  @Test func rowsAndPlanesLandWhereTheyShould() throws {
    let bench = try Bench()
    let driver = bench.driver
    try driver.newContext()
    let address = try driver.alloc(4096)
    try driver.put([UInt8](repeating: 0, count: 4096), at: address)
    let source: [UInt8] = (0..<24).map { UInt8($0 + 1) }
    try source.withUnsafeBytes { buffer in
      var copy = Copy(.device(address), .host(UInt(bitPattern: buffer.baseAddress)), 3)
      copy.height = 2
      copy.depth = 2
      (copy.sourcePitch, copy.sourcePlane) = (4, 12)
      (copy.destinationPitch, copy.destinationPlane) = (16, 64)
      let ready = copy
      try driver.run { d throws(Failure) in
        try d.copy(ready, on: nil, perThread: false, .synchronous)
      }
    }
    let result = try driver.get(128, at: address)
    #expect(Array(result[0..<4]) == [1, 2, 3, 0])
    #expect(Array(result[16..<20]) == [5, 6, 7, 0])
    #expect(Array(result[64..<68]) == [13, 14, 15, 0])
    #expect(Array(result[80..<84]) == [17, 18, 19, 0])
    var sum = 0
    for byte in result { sum += Int(byte) }
    #expect(sum == 120)
  }

  @Test func theRulesOfVirtualMemory() throws {
    let bench = try Bench()
    let driver = bench.driver
    try driver.newContext()
    let frame = 2 << 20
    let size = 4 * frame
    let base = try driver.run { d throws(Failure) in
      try d.addressReserve(size, alignment: 0, hint: 0, flags: 0)
    }
    let handle = try driver.create(2 * frame)
    let next = base + UInt64(2 * frame)
    func map(_ at: CUdeviceptr, _ bytes: Int, offset: Int = 0) -> UInt32 {
      driver.code { d throws(Failure) in
        try d.memoryMap(at, bytes, offset: offset, handle, flags: 0)
      }
    }
    func unmap(_ at: CUdeviceptr, _ bytes: Int) -> UInt32 {
      driver.code { d throws(Failure) in try d.memoryUnmap(at, bytes) }
    }
    #expect(map(base, frame, offset: frame) == 1)
    #expect(map(base + 4096, frame) == 1)
    #expect(map(next + UInt64(frame), 2 * frame) == 1)
    #expect(map(base, 2 * frame) == 0)
    #expect(map(base, 2 * frame) == 1)
    #expect(map(next, 2 * frame) == 0)
    #expect(unmap(base, frame) == 1)
    #expect(unmap(base + UInt64(frame), 2 * frame) == 1)
    try driver.run { d throws(Failure) in
      try d.memorySetAccess(base, size, Driver.readWrite)
    }
    try driver.put([9, 8, 7], at: next + 5)
    #expect(try driver.get(3, at: base + 5) == [9, 8, 7])
    #expect(driver.code { d throws(Failure) in try d.addressFree(base, size) } == 1)
    try driver.run { d throws(Failure) in try d.memoryRelease(handle) }
    #expect(try driver.get(3, at: base + 5) == [9, 8, 7])
    #expect(unmap(base, size) == 0)
    #expect(driver.file.use(ofDevice: 0).processes.allSatisfy { $0.frameBytes == 0 })
    #expect(driver.code { d throws(Failure) in try d.memoryRelease(handle) } == 1)
    #expect(driver.code { d throws(Failure) in try d.addressFree(base, size) } == 0)
    #expect(driver.code { d throws(Failure) in try d.addressFree(base, size) } == 1)
  }

  @Test func anAccessOutsideFaultsTheContextForGood() throws {
    let bench = try Bench()
    let driver = bench.driver
    let bad = try driver.newContext()
    let function = try driver.loadAdd()
    let base = try driver.run { d throws(Failure) in
      try d.addressReserve(4 << 20, alignment: 0, hint: 0, flags: 0)
    }
    try driver.launchAdd(function, base, 1)
    let illegal = CUDA_ERROR_ILLEGAL_ADDRESS.rawValue
    #expect(driver.code { d throws(Failure) in try d.contextSynchronize() } == illegal)
    #expect(driver.code { d throws(Failure) in _ = try d.allocate(100) } == illegal)
    #expect(driver.code { d throws(Failure) in _ = try d.streamCreate(0, priority: 0) } == illegal)
    try driver.run { d throws(Failure) in try d.contextDestroy(bad) }
    try driver.newContext()
    let address = try driver.alloc(16)
    try driver.put([1, 2, 3, 4], at: address)
    #expect(try driver.get(4, at: address) == [1, 2, 3, 4])
  }

  @Test func badHandlesAreRefused() throws {
    let bench = try Bench()
    let driver = bench.driver
    try driver.newContext()
    let bogus = OpaquePointer(bitPattern: 0xdead_beef)
    #expect(
      driver.code { d throws(Failure) in try d.streamSynchronize(bogus, perThread: false) } == 400)
    #expect(driver.code { d throws(Failure) in try d.eventSynchronize(bogus) } == 400)
    #expect(driver.code { d throws(Failure) in try d.moduleUnload(bogus) } == 400)
    #expect(driver.code { d throws(Failure) in try d.contextPush(bogus) } == 201)
    #expect(driver.code { d throws(Failure) in try d.graphDestroy(bogus) } == 1)
    #expect(driver.code { d throws(Failure) in try d.memoryRelease(12345) } == 1)
    #expect(driver.code { d throws(Failure) in try d.free(4096) } == 1)
    #expect(driver.code { d throws(Failure) in try d.checkFunction(bogus) } == 400)
  }
}

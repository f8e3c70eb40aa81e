import CDriver
import Glibc
import Testing

@testable import SimulatedGPU

@Suite struct LedgerTests {
  /// Starts `sleep`, or a command that starts it as its only child. Both are 0 when it fails.
  private func spawnSleeper(
    _ command: [String] = ["sleep", "600"]
  ) -> (parent: pid_t, sleeper: pid_t) {
    var pid: pid_t = 0
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    let code = posix_spawnp(&pid, command[0], nil, nil, &words, environ)
    for word in words { free(word) }
    var sleeper = command[0] == "sleep" ? pid : 0
    // Inside its `exec` it is still changing into another program; asleep it is that program.
    guard code == 0,
      eventually({
        if sleeper == 0 { sleeper = childOf(pid) }
        return sleeper != 0 && isAsleep(sleeper)
      })
    else { return (0, 0) }
    return (pid, sleeper)
  }

  private func childOf(_ parent: pid_t) -> pid_t {
    guard let directory = opendir("/proc") else { return 0 }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      // Number, name in parentheses, state, parent.
      if let pid = pid_t(name), statLine(of: pid).contains(") S \(parent) ") { return pid }
    }
    return 0
  }

  private func statLine(of pid: pid_t) -> String {
    let file = open("/proc/\(pid)/stat", O_RDONLY)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = max(0, read(file, &bytes, bytes.count))
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  private func isAsleep(_ pid: pid_t) -> Bool { statLine(of: pid).contains("(sleep) S ") }

  @Test func aKilledProcessGivesBackWhatItHeld() throws {
    let bench = try Bench()
    let file = bench.driver.file
    let pid = spawnSleeper().sleeper
    #expect(pid > 0)
    let row = try #require(file.register(pid: pid))
    #expect(file.take(10, device: 0, process: row)?.count == 10)
    #expect(file.takeUnswappable(1 << 20, device: 0, process: row))
    #expect(file.take(6, device: 0, process: bench.driver.processIndex) == nil)
    let before = file.use(ofDevice: 0)
    #expect(before.processes.map(\.pid) == [pid])
    #expect(before.usedBytes == 21 << 20)
    kill(pid, SIGKILL)
    // A corpse that nobody has waited for holds nothing either.
    #expect(eventually { file.use(ofDevice: 0).usedBytes == 0 })
    #expect(file.take(16, device: 0, process: bench.driver.processIndex)?.count == 16)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    #expect(file.use(ofDevice: 0).violations == 0)
  }

  static let maySeparate = geteuid() == 0

  /// The same process as those in its container count it: as the first.
  private func inside(_ pid: pid_t) throws -> ProcessIdentity {
    var status = stat()
    try #require(stat("/proc/\(pid)/ns/pid", &status) == 0)
    let outside = try #require(ProcessIdentity(pid: pid))
    try #require(UInt32(truncatingIfNeeded: status.st_ino) != outside.namespace)
    return ProcessIdentity(
      pid: 1, namespace: UInt32(truncatingIfNeeded: status.st_ino),
      startTicks: outside.startTicks, stackAddress: outside.stackAddress)
  }

  @Test(.enabled(if: maySeparate, "process namespaces need root"))
  func processesOfContainersAreToldApart() throws {
    let bench = try Bench()
    let file = bench.driver.file
    // unshare(1) waits for the first process of a new namespace, which is its only child.
    let command = "exec unshare --pid --fork --kill-child sleep 600 2>/dev/null"
    let first = spawnSleeper(["sh", "-c", command])
    let second = spawnSleeper(["sh", "-c", command])
    defer {
      for pid in [first.parent, second.parent] {
        var status: Int32 = 0
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
      }
    }
    let rows = try [first, second].map { try #require(file.register(inside($0.sleeper))) }
    #expect(file.take(3, device: 0, process: rows[0])?.count == 3)
    #expect(file.take(4, device: 0, process: rows[1])?.count == 4)
    // Both are number one at home; here each has a number of its own.
    #expect(Set(file.use(ofDevice: 0).processes.map(\.pid)) == [first.sleeper, second.sleeper])
    kill(first.sleeper, SIGKILL)
    #expect(eventually { file.use(ofDevice: 0).usedBytes == 8 << 20 })
    #expect(file.use(ofDevice: 0).processes.map(\.pid) == [second.sleeper])
    // Somebody who looks for the first time finds the same.
    let visitor = try bench.neighbour().file
    #expect(visitor.use(ofDevice: 0).processes.map(\.pid) == [second.sleeper])
  }

  @Test func twoProcessesShareOneMemory() throws {
    let bench = try Bench()
    let other = try bench.neighbour()
    try bench.driver.newContext()
    let mine = try bench.driver.create(16 << 20)
    try other.newContext()
    // 32 MiB less two contexts of 512 KiB leave 15 MiB beside the 16: seven frames.
    func refusal(_ bytes: Int) -> UInt32 {
      other.code { d throws(Failure) in _ = try d.memoryCreate(bytes, Driver.pinned, flags: 0) }
    }
    #expect(refusal(16 << 20) == 2)
    _ = try other.create(14 << 20)
    #expect(refusal(2 << 20) == 2)
    try bench.driver.run { d throws(Failure) in try d.memoryRelease(mine) }
    _ = try other.create(16 << 20)
    // Two contexts and 30 MiB.
    let use = bench.driver.file.use(ofDevice: 0)
    #expect(use.freeBytes == 1 << 20)
    #expect(use.violations == 0)
    #expect(use.mostResidentBytes == 31 << 20)
  }

  @Test func theBooksCountWhatCrossesTheLinkAndWhatIsGivenBack() throws {
    let bench = try Bench()
    try bench.driver.newContext()
    let address = try bench.driver.alloc(4 << 20)
    var host = [UInt8](repeating: 7, count: 3 << 20)
    try host.withUnsafeMutableBytes { buffer in
      let end = Endpoint.host(UInt(bitPattern: buffer.baseAddress!))
      for (copy, times) in [
        (Copy(.device(address), end, 3 << 20), 2), (Copy(end, .device(address), 1 << 20), 3),
        (Copy(.device(address), .device(address + 2 << 20), 1 << 20), 5),
      ] {
        for _ in 0..<times {
          try bench.driver.run { d throws(Failure) in
            try d.copy(copy, on: nil, perThread: false, .synchronous)
          }
        }
      }
    }
    let handle = try bench.driver.create(6 << 20)
    try bench.driver.run { d throws(Failure) in try d.memoryRelease(handle) }
    let use = bench.driver.file.use(ofDevice: 0)
    #expect(use.bytesIn == 6 << 20)
    #expect(use.bytesOut == 3 << 20)
    #expect(use.givenBackBytes == 6 << 20)
  }

  @Test func memoryComesBackAfterTheDelay() throws {
    let bench = try Bench("memory=32MiB,delayed-release=1000")
    try bench.driver.newContext()
    let handle = try bench.driver.create(30 << 20)
    let released = Monotonic.nanoseconds()
    try bench.driver.run { d throws(Failure) in try d.memoryRelease(handle) }
    // The first try that succeeds comes after it, however long this machine takes for each.
    #expect(eventually { (try? bench.driver.create(30 << 20)) != nil })
    #expect(Monotonic.nanoseconds() - released >= 1_000_000_000)
    #expect(bench.driver.file.use(ofDevice: 0).violations == 0)
  }

  @Test func newMemoryHoldsItsPreviousOwnersBytes() throws {
    let bench = try Bench()
    let other = try bench.neighbour()
    try bench.driver.newContext()
    let first = try bench.driver.alloc(2 << 20)
    try bench.driver.put(Array("secret".utf8), at: first)
    try bench.driver.run { d throws(Failure) in try d.free(first) }
    try other.newContext()
    let second = try other.alloc(2 << 20)
    #expect(try other.get(6, at: second) == Array("secret".utf8))
  }

  @Test func contextsModulesAndLazyKernelsTakeMemory() throws {
    let bench = try Bench("memory=32MiB,context=3MiB,module=1MiB,lazy-load=5MiB")
    let driver = bench.driver
    let free = { driver.file.freeBytes(ofDevice: 0) >> 20 }
    let context = try driver.newContext()
    #expect(free() == 29)
    let function = try driver.loadAdd()
    #expect(free() == 28)
    let place = try driver.alloc(2 << 20)
    let rest = try driver.create(22 << 20)
    #expect(throws: Failure(CUDA_ERROR_OUT_OF_MEMORY)) {
      try driver.launchAdd(function, place, 1)
    }
    try driver.run { d throws(Failure) in try d.memoryRelease(rest) }
    try driver.launchAdd(function, place, 1)
    #expect(free() == 21)
    try driver.run { d throws(Failure) in try d.contextDestroy(context) }
    #expect(free() == 32)
  }

  @Test func devicesHaveMemoriesOfTheirOwn() throws {
    let bench = try Bench("memory=32MiB,count=2")
    let driver = bench.driver
    try driver.newContext()
    let first = try driver.alloc(20 << 20)
    try driver.put([1, 2, 3], at: first)
    try driver.run { d throws(Failure) in
      _ = try d.contextCreate(1, flags: 0, apiVersion: 12000)
    }
    let second = try driver.alloc(20 << 20)
    try driver.run { d throws(Failure) in
      try d.copy(
        Copy(.device(second), .device(first), 3), on: nil, perThread: false, .synchronous)
    }
    #expect(try driver.get(3, at: second) == [1, 2, 3])
    let free = (0..<2).map { driver.file.freeBytes(ofDevice: $0) }
    #expect(free == [UInt64(23) << 19, UInt64(23) << 19])
    #expect(driver.file.uuidText(ofDevice: 0) != driver.file.uuidText(ofDevice: 1))
    #expect(driver.code { d throws(Failure) in _ = try d.totalBytes(2) } == 101)
  }

  @Test func injectedFaultsHitTheirCall() throws {
    let bench = try Bench("memory=32MiB,fault=cuMemAlloc:2:719,fault=cuMemFree_v2:2+:1")
    let driver = bench.driver
    try driver.newContext()
    func allocate() -> UInt32 {
      driver.code("cuMemAlloc_v2(_:_:)") { d throws(Failure) in _ = try d.allocate(100) }
    }
    let allocated: [UInt32] = [allocate(), allocate(), allocate(), allocate()]
    #expect(allocated == [0, 719, 0, 0])
    func free() -> UInt32 {
      driver.code("cuMemFree_v2") { d throws(Failure) in try d.free(0) }
    }
    let freed: [UInt32] = [free(), free(), free(), free()]
    #expect(freed == [0, 1, 1, 1])
  }

  @Test func theLinkKeepsItsRate() throws {
    // 8 MiB take 21 ms and 84 ms, less a millisecond of slack. A loaded machine may take longer: of
    // the fast link one copy of many must be fast.
    for (rate, least, most) in [("400MB/s", 19.0, 42.0), ("100MB/s", 82.0, .infinity)] {
      let bench = try Bench("memory=32MiB,link=\(rate)")
      try bench.driver.newContext()
      let address = try bench.driver.alloc(8 << 20)
      let bytes = [UInt8](repeating: 7, count: 8 << 20)
      var quickest = Double.infinity
      let isQuick = try eventually {
        let began = Monotonic.nanoseconds()
        try bench.driver.put(bytes, at: address)
        quickest = min(quickest, Double(Monotonic.nanoseconds() - began) / 1e6)
        return quickest < most
      }
      #expect(isQuick && quickest > least, "\(rate): \(quickest) ms")
    }
  }
}

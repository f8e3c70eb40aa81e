import Glibc
import SystemPackage
import Testing

@testable import Host

@Suite struct LockTests {
  @Test func theSecondLearnsOfTheFirstAndInheritsItsRecord() throws {
    let scratch = Scratch("lock")
    let path = scratch.path.appending("lock")
    let record = OwnershipRecord(
      processID: getpid(), userID: geteuid(), socket: "/a b/c", poolSizeBytes: 56,
      programs: [7, 8])
    do {
      let lock = try OwnershipLock(path: path)
      #expect(lock.predecessor == nil)
      try lock.write(
        OwnershipRecord(
          processID: 1, userID: 1, socket: String(repeating: "long", count: 50)))
      try lock.write(record)
      let fault = #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
      guard case .held(let holder)? = fault else {
        Issue.record("not held")
        return
      }
      #expect(holder == record)
    }
    let next = try OwnershipLock(path: path)
    #expect(next.predecessor == record)
  }

  @Test func nonsenseInTheFileIsNoRecord() throws {
    #expect(OwnershipRecord(text: "") == nil)
    #expect(OwnershipRecord(text: "process x\nuser 1\nsocket /a\n") == nil)
    #expect(OwnershipRecord(text: "process 1\nuser 1\nsocket /a\nshoe 3\n") == nil)
    let many = String(repeating: "program 1\n", count: OwnershipRecord.programsMax + 1)
    #expect(OwnershipRecord(text: "process 1\nuser 1\nsocket /a\n" + many) == nil)
  }

  /// Also after an agent with a mask that lets nobody else read.
  @Test func everybodyMayReadIt() async throws {
    let scratch = Scratch("mask")
    let path: String = scratch.path.appending("lock").string
    await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
      umask(0o077)
      _ = try OwnershipLock(path: FilePath(path))
    }
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o644)
  }

  /// What another user wrote, who could write it again, is neither believed nor kept.
  @Test(.enabled(if: geteuid() == 0, "needs a second user"))
  func anotherUsersRecordIsNotBelieved() throws {
    let scratch = Scratch("others")
    let path = scratch.path.appending("lock")
    write("process 1\nuser 0\nsocket /a\npool 4611686018427387904\n", to: path)
    _ = path.withPlatformString { chown($0, 54_322, 54_322) }
    let record = OwnershipRecord(processID: getpid(), userID: 0, socket: "/b")
    do {
      let lock = try OwnershipLock(path: path)
      #expect(lock.predecessor == nil)
      #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
      try lock.write(record)
    }
    #expect(try OwnershipLock(path: path).predecessor == record)
    var status = stat()
    _ = path.withPlatformString { stat($0, &status) }
    #expect(status.st_uid == 0)
  }

  /// What somebody moved there is not written into.
  @Test func whatIsNoRecordIsReplaced() throws {
    let scratch = Scratch("moved")
    let path = scratch.path.appending("lock")
    write("precious", to: path)
    let moved = open(path.string, O_RDONLY)
    defer { close(moved) }
    let lock = try OwnershipLock(path: path)
    try lock.write(OwnershipRecord(processID: getpid(), userID: 0, socket: "/a"))
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(pread(moved, &bytes, 16, 0) == 8)
    #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
  }

  /// The file may name anybody: it is the kernel that knows who has it.
  @Test func theHolderIsWhoTheKernelSays() throws {
    let scratch = Scratch("holder")
    let path = scratch.path.appending("lock")
    let lock = try OwnershipLock(path: path)
    try lock.write(OwnershipRecord(processID: 1, userID: 0, socket: "/a"))
    let fault = #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
    guard case .held(let holder)? = fault else {
      Issue.record("not held")
      return
    }
    #expect(holder?.processID == getpid() && holder?.userID == geteuid())
  }

  /// Writing into it would write somewhere else, or wait for ever.
  @Test func whatIsNoFileOfItsOwnIsRefused() {
    let scratch = Scratch("odd")
    let file = scratch.path.appending("file")
    write("precious", to: file)
    let path = scratch.path.appending("lock")
    let plants: [(String) -> Int32] = [
      { name in file.withPlatformString { link($0, name) } },
      { name in file.withPlatformString { symlink($0, name) } },
      { name in mkfifo(name, 0o666) },
      { name in mkfifo(name, 0o444) },
    ]
    for plant in plants {
      #expect(plant(path.string) == 0)
      #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
      _ = path.withPlatformString { unlink($0) }
    }
  }

  private func write(_ text: String, to path: FilePath) {
    let number = path.withPlatformString { open($0, O_CREAT | O_WRONLY | O_TRUNC, 0o644) }
    _ = text.withCString { Glibc.write(number, $0, strlen($0)) }
    close(number)
  }
}

@Suite struct PauseRecordTests {
  @Test func itStaysUntilItIsTakenBack() throws {
    let scratch = Scratch("pause")
    let socket = scratch.path.appending("socket")
    #expect(!PauseRecord(beside: socket).read())
    for _ in 0..<2 { try PauseRecord(beside: socket).write(true) }
    #expect(PauseRecord(beside: socket).read())
    for _ in 0..<2 { try PauseRecord(beside: socket).write(false) }
    #expect(!PauseRecord(beside: socket).read())
  }

  /// A name in a directory that others may write could be anybody's.
  @Test func nothingElseIsTakenForIt() throws {
    let scratch = Scratch("planted")
    let socket = scratch.path.appending("socket")
    let path = socket.string + ".paused"
    let record = PauseRecord(beside: socket)
    try record.write(true)
    chmod(path, 0o602)
    #expect(!record.read())
    chmod(path, 0o600)
    #expect(record.read())
    let aside = scratch.path.appending("file").string
    rename(path, aside)
    symlink(aside, path)
    #expect(!record.read())
    try record.write(false)
    for text in ["", "paused", "paused\n\n", "resumed\n"] {
      let number = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
      _ = text.withCString { Glibc.write(number, $0, strlen($0)) }
      close(number)
      #expect(!record.read(), "\(text)")
    }
    unlink(path)
    mkdir(path, 0o700)
    defer { rmdir(path) }
    #expect(!record.read())
    #expect(throws: Errno.self) { try record.write(true) }
  }
}

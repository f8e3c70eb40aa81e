internal import CPlatform
internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage
internal import Wire

/// Whom signals to the doctor are for.
nonisolated(unsafe) private var patient: pid_t = 0

/// `tidelock doctor -- CMD`: runs it as `tidelock run` would, and reads what its processes wrote
/// down.
struct ProgramDoctor {
  /// Between two looks at what the agent says of the program.
  private static let lookMicroseconds: UInt32 = 200_000

  private let report: FilePath
  private let name = "doctor \(ThisProcess.id)"

  /// The file the program's processes map.
  init() throws(CommandFault) {
    do throws(Errno) {
      let directory = try SocketPlaces.objectDirectory(
        userID: ThisProcess.userID, runtimeDirectory: Environment.value("XDG_RUNTIME_DIR"))
      report = directory.appending("report-\(ThisProcess.id)")
      let flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
      let number = report.withPlatformString { open($0, flags, 0o600) }
      if number < 0 { throw Errno(rawValue: errno) }
      defer { close(number) }
      var head = [ProgramReport.magic.littleEndian, ProgramReport.version.littleEndian]
      guard ftruncate(number, off_t(ProgramReport.byteCount)) == 0,
        write(number, &head, 8) == 8
      else { throw Errno(rawValue: errno) }
    } catch {
      throw CommandFault(
        "no place for the program's report (\(error.description)); set XDG_RUNTIME_DIR"
          + " to a directory that only user \(ThisProcess.userID) can write to")
    }
  }

  /// Runs the command to its end.
  /// - Returns: what was seen, and what the command ended with as a shell has it.
  func run(_ command: [String], _ place: SocketOption) throws -> (ProgramFindings, Int32) {
    defer { report.withPlatformString { _ = unlink($0) } }
    let socket = place.socket.map { ["--socket", $0] } ?? []
    let words = ["tidelock", "run"] + socket + ["--name", name, "--"] + command
    Environment.set("TIDELOCK_REPORT", report.string)
    // The terminal's go to both anyway; its end is ours.
    for number in [SIGINT, SIGQUIT] { signal(number, SIG_IGN) }
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    var child: pid_t = 0
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGQUIT] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    defer { posix_spawnattr_destroy(&attributes) }
    let failed = posix_spawn(&child, "/proc/self/exe", nil, &attributes, &arguments, environ)
    guard failed == 0 else {
      throw CommandFault("no process for the program: \(Errno(rawValue: failed).description)")
    }
    patient = child
    for number in [SIGTERM, SIGHUP] { signal(number) { _ = kill(patient, $0) } }
    var residue: UInt64?
    var status: Int32 = 0
    while waitpid(child, &status, WNOHANG) == 0 {
      if let seen = residueBytes(place) { residue = max(residue ?? 0, seen) }
      usleep(Self.lookMicroseconds)
    }
    var findings = try read()
    findings.residueBytes = residue
    let signal = status & 0x7F
    return (findings, signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
  }

  /// The most that one of the program's processes holds besides its allocations.
  private func residueBytes(_ place: SocketOption) -> UInt64? {
    guard let socket = try? place.path(), let status = try? Question.status(at: socket) else {
      return nil
    }
    return status.workloads.filter { $0.name == name }.compactMap(\.residueBytes).max()
  }

  private func read() throws(CommandFault) -> ProgramFindings {
    let folder = Folder(report.removingLastComponent())
    guard let bytes = folder.bytes(of: report.lastComponent?.string ?? ""),
      bytes.count == ProgramReport.byteCount
    else { throw CommandFault("the program's report \(report) cannot be read") }
    return bytes.withUnsafeBytes { ProgramFindings(reading: $0) }
  }
}

extension ProgramFindings {
  /// `report`: all of a report's file.
  init(reading report: UnsafeRawBufferPointer) {
    self.init()
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: report.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    processCount = word(ProgramReport.Offset.processes)
    movableBytes = word(ProgramReport.Offset.footprintBytesMax)
    restCount = word(ProgramReport.Offset.drains)
    restMillisecondsMax = (word(ProgramReport.Offset.drainNanosecondsMax) + 999_999) / 1_000_000
    obstacleCounts = Obstacle.allCases.map {
      word(ProgramReport.Offset.drainFailures + 8 * $0.rawValue)
    }
    var found: [String: Call] = [:]
    for index in 0..<ProgramReport.Row.count {
      let row = ProgramReport.Offset.rows + index * ProgramReport.Row.byteCount
      let head = word(row + ProgramReport.Row.state)
      guard UInt32(truncatingIfNeeded: head) == ProgramReport.RowState.written else { continue }
      let place = row + ProgramReport.Row.name
      let text = report[place..<(place + ProgramReport.Row.nameByteCount)].prefix { $0 != 0 }
      let name = String(decoding: text, as: UTF8.self)
      let isUnknown = UInt32(truncatingIfNeeded: head >> 32) == ProgramReport.Kind.unknown.rawValue
      var call = found[name] ?? Call(name: name, count: 0, isUnknown: isUnknown)
      call.count += word(row + ProgramReport.Row.calls)
      // What a call does not tell adds nothing, which is not the same as nothing asked for.
      let asked = word(row + ProgramReport.Row.askedBytes)
      if asked > 0 { call.askedBytes = (call.askedBytes ?? 0) &+ asked }
      found[name] = call
    }
    calls = found.values.sorted { $0.name < $1.name }
  }
}

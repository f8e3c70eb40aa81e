internal import ControlAPI
internal import Host
internal import SystemPackage
internal import Wire

/// One question to the agent and its answer.
struct Answer {
  let text: String
  let words: InlineArray<8, UInt64>
}

enum Question {
  static let answerMilliseconds: Int32 = 5_000
  static let answerBytesMax: Int64 = 64 << 20

  static func noAgent(at path: FilePath, _ why: String) -> CommandFault {
    let isStartedByRun = path == (try? SocketOption.own())
    return CommandFault(
      "no agent answers at \(path) (\(why)); "
        + (isStartedByRun ? "tidelock run CMD starts one" : "start one with: tidelock agent")
        + ", or say where it is with --socket")
  }

  static func notAdmitted(at path: FilePath) -> CommandFault {
    CommandFault(
      "the agent at \(path) does not admit user \(ThisProcess.userID); have its administrator add"
        + " you to the group it admits (tidelock agent --admit), or say --socket")
  }

  /// - Throws: `CommandFault` naming the socket when nobody answers.
  static func ask(_ kind: Frame.Kind, word: UInt64 = 0, at path: FilePath) throws -> Answer {
    let socket: PacketSocket
    do {
      socket = try PacketSocket.connected(to: path)
    } catch .permissionDenied {
      throw notAdmitted(at: path)
    } catch {
      throw noAgent(at: path, error.description)
    }
    var frame = Frame(kind, sequence: 1)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)
    defer { buffer.deallocate() }
    frame.words[0] = word
    let length = frame.encode(into: buffer)
    try socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    try awaitAnswer(socket, at: path)
    var rights: [Int32] = []
    let arrival = try socket.receive(into: buffer, rights: &rights)
    guard case .datagram(let count) = arrival else { throw noAgent(at: path, "it hung up") }
    let reply = try Frame(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    guard rights.count == 1 else { throw refused(reply, at: path) }
    let file = Descriptor(owning: rights[0])
    let memory = try SealedMemory(checking: file, sizeIn: 1...answerBytesMax)
    let mapping = try memory.map()
    let bytes = UnsafeRawBufferPointer(
      start: mapping.address, count: Int(min(reply.words[0], UInt64(memory.byteCount))))
    return Answer(text: String(decoding: bytes, as: UTF8.self), words: reply.words)
  }

  private static func refused(_ reply: Frame, at path: FilePath) -> CommandFault {
    let bytes = (0..<Frame.textByteCount).map { reply.text[$0] }.prefix { $0 >= 0x20 && $0 < 0x7F }
    let said = String(decoding: bytes, as: UTF8.self)
    let text = said.isEmpty ? "without saying why" : said
    return CommandFault("the agent at \(path) refuses: \(text)")
  }

  private static func awaitAnswer(_ socket: borrowing PacketSocket, at path: FilePath) throws {
    let poller = try Poller()
    try poller.add(socket.descriptor, token: 1)
    var patience = Patience("waiting for the agent at \(path)")
    var left = answerMilliseconds
    while left > 0 {
      let step = min(left, patience.silentMilliseconds.map { Int32($0) + 1 } ?? left)
      if try !poller.wait(milliseconds: step).isEmpty { return }
      left -= step
      patience.tick()
    }
    throw noAgent(at: path, "silence for \(answerMilliseconds / 1000) s")
  }

  static func status(at path: FilePath) throws -> Status {
    try status(try ask(.statusWanted, at: path), from: path)
  }

  /// Pauses or resumes swapping; the status right after.
  static func pause(_ isPaused: Bool, at path: FilePath) throws -> Status {
    try status(try ask(.pauseWanted, word: isPaused ? 1 : 0, at: path), from: path)
  }

  private static func status(_ answer: Answer, from path: FilePath) throws -> Status {
    guard let status = Status(try JSON(parsing: answer.text)) else {
      throw CommandFault("the agent at \(path) answers in a form this command does not know")
    }
    return status
  }
}

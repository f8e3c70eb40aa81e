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
    CommandFault(
      "no agent answers at \(path) (\(why)); start one with: tidelock agent, or say where it is"
        + " with --socket")
  }

  /// - Throws: `CommandFault` naming the socket when nobody answers.
  static func ask(_ kind: Frame.Kind, at path: FilePath) throws -> Answer {
    let socket: PacketSocket
    do {
      socket = try PacketSocket.connected(to: path)
    } catch {
      throw noAgent(at: path, error.description)
    }
    var frame = Frame(kind, sequence: 1)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)
    defer { buffer.deallocate() }
    frame.words[0] = 0
    let length = frame.encode(into: buffer)
    try socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    let poller = try Poller()
    try poller.add(socket.descriptor, token: 1)
    guard try !poller.wait(milliseconds: answerMilliseconds).isEmpty else {
      throw noAgent(at: path, "silence for \(answerMilliseconds / 1000) s")
    }
    var rights: [Int32] = []
    let arrival = try socket.receive(into: buffer, rights: &rights)
    guard case .datagram(let count) = arrival, rights.count == 1 else {
      throw noAgent(at: path, "it hung up")
    }
    let file = Descriptor(owning: rights[0])
    let reply = try Frame(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    let memory = try SealedMemory(checking: file, sizeIn: 1...answerBytesMax)
    let mapping = try memory.map()
    let bytes = UnsafeRawBufferPointer(
      start: mapping.address, count: Int(min(reply.words[0], UInt64(memory.byteCount))))
    return Answer(text: String(decoding: bytes, as: UTF8.self), words: reply.words)
  }

  static func status(at path: FilePath) throws -> Status {
    let answer = try ask(.statusWanted, at: path)
    guard let status = Status(try JSON(parsing: answer.text)) else {
      throw CommandFault("the agent at \(path) answers in a form this command does not know")
    }
    return status
  }
}

import Glibc
import Host
import Readings
import SystemPackage
import Wire

@testable import Agent

/// What an interposer does, without a GPU: keeps the two ledgers of its page, obeys orders, tells
/// the scripted readings what it holds.
final class ScriptedProgram {
  let processID: Int32
  private let bench: Bench
  private(set) var line: FrameLine
  private var page: SharedFile?
  private var lease: SharedFile?
  var welcome: Frame?

  private(set) var footprintBytes: UInt64 = 0
  private(set) var residentBytes: UInt64 = 0
  private(set) var swapsOut = 0
  private(set) var swapsIn = 0
  /// Largest credit it ever saw outstanding.
  private(set) var creditMax: UInt64 = 0
  var refusals: [Frame] = []
  var approvals: [UInt32] = []
  var isContended = false
  var options: UInt64 = 0
  var limitBytes = UInt64.max
  var requestBytes: UInt64 = 0
  /// What it calls its workload; nil: a name of its own.
  var workload: UInt64?
  /// Whose it is: the agent's user is 0, the others are counted from there.
  var user: UInt64 = 0

  init(_ bench: Bench, processID: Int32) throws {
    self.bench = bench
    self.processID = processID
    line = FrameLine(try PacketSocket.connected(to: bench.settings.socket))
  }

  /// Memory shared with the agent, from the program's side.
  final class SharedFile {
    let memory: SealedMemory
    let mapping: Mapping

    init(_ descriptor: consuming Descriptor) throws {
      memory = try SealedMemory(checking: descriptor, sizeIn: 1...(1 << 40))
      mapping = try memory.map()
    }
  }

  func hello(reconnect: Bool = false, rights: [Int32] = [], device: Bool = true) throws {
    var frame = Frame(.hello)
    frame.words[0] = UInt64(UInt32(bitPattern: processID)) | user << 32
    frame.words[1] = options | (reconnect ? Frame.Options.reconnect : 0)
    frame.words[2] = 1
    frame.words[3] = requestBytes
    frame.words[4] = limitBytes
    frame.words[5] = bench.readings.totalBytes
    frame.words[6] = workload ?? UInt64(UInt32(bitPattern: processID)) + 1000
    Text.write("program \(processID)", into: &frame)
    try line.send(frame, rights: rights)
    guard device else { return }
    let words = bench.readings.devices[0].uuidWords ?? (0, 0)
    frame = Frame(.device)
    frame.words[0] = words.0
    frame.words[1] = words.1
    try line.send(frame)
  }

  /// Hello and its answer; false when refused.
  func join() throws -> Bool {
    try hello()
    return try awaitWelcome()
  }

  func awaitWelcome(seconds: Double = patience) throws -> Bool {
    _ = try eventually(seconds: seconds) {
      try pump()
      return welcome != nil || !refusals.isEmpty
    }
    return welcome != nil
  }

  /// Connects again with what it holds, as after the agent's end.
  func reconnect() throws {
    line = FrameLine(try PacketSocket.connected(to: bench.settings.socket))
    welcome = nil
    try hello(
      reconnect: true,
      rights: [page?.memory.descriptor.number ?? -1, lease?.memory.descriptor.number ?? -1])
  }

  var creditBytes: UInt64 {
    read(ControlPage.Offset.creditGrantedBytes) - read(ControlPage.Offset.creditReturnedBytes)
  }

  var leaseBytes: UInt64 { read(ControlPage.Offset.leaseBytes) }

  func read(_ offset: Int) -> UInt64 { page?.mapping.load64(at: offset) ?? 0 }

  func write(_ value: UInt64, _ offset: Int) { page?.mapping.store64(value, at: offset) }

  var pageNumber: Int32 { page?.memory.descriptor.number ?? -1 }
  var leaseNumber: Int32 { lease?.memory.descriptor.number ?? -1 }

  /// Asks for a larger footprint; the answer comes with `pump`.
  func grow(to bytes: UInt64) throws -> UInt32 {
    var frame = Frame(.grow)
    frame.words[0] = bytes
    footprintWanted = bytes
    return try line.send(frame)
  }

  private var footprintWanted: UInt64 = 0

  func want() throws { try line.send(Frame(.want)) }

  func tell(_ kind: Frame.Kind, _ word: UInt64 = 0) throws {
    var frame = Frame(kind)
    frame.words[0] = word
    try line.send(frame)
  }

  /// Obeys everything that has arrived.
  func pump() throws {
    while case .frame(let frame) = try line.look() { try obey(frame) }
    try continueEntering()
    creditMax = max(creditMax, page == nil ? 0 : creditBytes)
  }

  private func obey(_ frame: Frame) throws {
    switch frame.kind {
    case .welcome:
      welcome = frame
      let files = line.takeReceived()
      if files.count == 2, let first = files[0].take(), let second = files[1].take() {
        page = try SharedFile(first)
        lease = try SharedFile(second)
      }
    case .approved:
      approvals.append(frame.replyTo)
      footprintBytes = max(footprintBytes, footprintWanted)
      if residentBytes > 0 || creditBytes >= footprintBytes { takeCredit() }
      publish()
    case .refused: refusals.append(frame)
    case .leave: try leave(frame)
    case .enter: entering = (frame, residentBytes)
    case .contended: isContended = frame.words[0] == 1
    case .trim: try trim(frame)
    // For whoever sits before the program.
    case .waits: break
    default: throw TestFault("\(frame.kind) from the agent")
    }
  }

  private func takeCredit() {
    residentBytes = min(footprintBytes, creditBytes)
    bench.readings.set(processID, residentBytes)
  }

  private func leave(_ order: Frame) throws {
    let target = order.words[0]
    entering = nil
    let moved = residentBytes - min(residentBytes, target)
    residentBytes -= moved
    if moved > 0 { swapsOut += 1 }
    bench.readings.set(processID, residentBytes)
    giveBack(above: residentBytes)
    var frame = Frame(.left, replyTo: order.sequence)
    frame.words[0] = residentBytes
    frame.words[1] = moved
    frame.words[2] = 1_000_000
    try line.send(frame)
  }

  private var entering: (order: Frame, before: UInt64)?

  /// Takes credit as it comes; answers when it is whole.
  private func continueEntering() throws {
    guard let (order, before) = entering else { return }
    takeCredit()
    publish()
    guard residentBytes == footprintBytes else { return }
    entering = nil
    swapsIn += 1
    publish()
    var frame = Frame(.entered, replyTo: order.sequence)
    frame.words[0] = residentBytes
    frame.words[1] = residentBytes - min(before, residentBytes)
    frame.words[2] = 1_000_000
    try line.send(frame)
  }

  private func trim(_ order: Frame) throws {
    giveBack(above: max(residentBytes, order.words[0]))
    try line.send(Frame(.returned, replyTo: order.sequence))
  }

  private func giveBack(above bytes: UInt64) {
    let excess = creditBytes - min(creditBytes, bytes)
    write(
      read(ControlPage.Offset.creditReturnedBytes) + excess,
      ControlPage.Offset.creditReturnedBytes)
    publish()
  }

  private func publish() {
    write(footprintBytes, ControlPage.Offset.footprintBytes)
    write(residentBytes, ControlPage.Offset.residentBytes)
    write(UInt64(swapsOut), ControlPage.Offset.swapsOut)
    write(UInt64(swapsIn), ControlPage.Offset.swapsIn)
  }

  var isWhole: Bool { footprintBytes > 0 && residentBytes == footprintBytes }
}

/// Lets all programs obey until `condition` holds.
func pump(
  _ programs: [ScriptedProgram], seconds: Double = patience, until condition: () throws -> Bool
) throws -> Bool {
  try eventually(seconds: seconds) {
    for program in programs { try program.pump() }
    return try condition()
  }
}

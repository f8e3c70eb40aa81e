import Testing

@testable import Wire

/// SplitMix64: a printed seed replays a run.
struct SplitMix64 {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

private var kinds: [Frame.Kind] { (UInt16(0)...UInt16(300)).compactMap(Frame.Kind.init) }

private func encoded(_ frame: Frame) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xAA, count: Frame.byteCount)
  let written = bytes.withUnsafeMutableBytes { frame.encode(into: $0) }
  #expect(written == Frame.byteCount)
  return bytes
}

private func decode(_ bytes: [UInt8]) throws(WireFault) -> Frame {
  // An odd address: nothing may depend on alignment.
  let shifted = [UInt8(0)] + bytes
  do {
    return try shifted.withUnsafeBytes {
      try Frame(decoding: UnsafeRawBufferPointer(rebasing: $0[1...]))
    }
  } catch let fault as WireFault {
    throw fault
  } catch {
    throw .length(-1)
  }
}

private func random(_ kind: Frame.Kind, _ source: inout SplitMix64) -> Frame {
  var frame = Frame(
    kind, sequence: UInt32(truncatingIfNeeded: source.next()),
    replyTo: UInt32(truncatingIfNeeded: source.next()))
  for index in 0..<Frame.wordCount { frame.words[index] = source.next() }
  for index in 0..<Frame.textByteCount {
    frame.text[index] = UInt8(truncatingIfNeeded: source.next())
  }
  return frame
}

private func isEqual(_ left: Frame, _ right: Frame) -> Bool {
  guard left.kind == right.kind, left.sequence == right.sequence, left.replyTo == right.replyTo
  else { return false }
  for index in 0..<Frame.wordCount where left.words[index] != right.words[index] { return false }
  for index in 0..<Frame.textByteCount where left.text[index] != right.text[index] { return false }
  return true
}

@Suite struct FrameTests {
  @Test func everyKindComesBackAsItWasSent() throws {
    var source = SplitMix64(seed: 1)
    #expect(kinds.count >= 25)
    for kind in kinds {
      for _ in 0..<20 {
        let frame = random(kind, &source)
        #expect(isEqual(try decode(encoded(frame)), frame), "\(kind)")
      }
    }
  }

  /// The table on top of `Frame`, byte by byte.
  @Test func bytesLieWhereTheTableSays() {
    var frame = Frame(.leave, sequence: 0x0403_0201, replyTo: 0x0807_0605)
    for index in 0..<8 { frame.words[index] = 0x1111_1111_1111_1100 + UInt64(index) }
    for index in 0..<48 { frame.text[index] = UInt8(0x40 + index) }
    let bytes = encoded(frame)
    #expect(bytes.count == 128)
    #expect(Array(bytes[0..<4]) == Array("TDLK".utf8))
    #expect(Array(bytes[4..<8]) == [1, 0, 68, 0])
    #expect(Array(bytes[8..<16]) == [1, 2, 3, 4, 5, 6, 7, 8])
    for index in 0..<8 {
      let start = 16 + 8 * index
      #expect(
        Array(bytes[start..<start + 8]) == [UInt8(index), 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11]
      )
    }
    #expect(Array(bytes[80..<128]) == (0..<48).map { UInt8(0x40 + $0) })
  }

  /// Numbers on the wire are for ever: programs outlive agents.
  @Test func kindsKeepTheirNumbers() {
    let numbers: [(Frame.Kind, UInt16)] = [
      (.hello, 1), (.device, 2), (.contextWanted, 3), (.residueMeasured, 4), (.grow, 5),
      (.want, 6), (.idle, 7), (.busy, 8), (.left, 9), (.entered, 10), (.undrained, 11),
      (.unswappable, 12), (.returned, 13), (.roomWanted, 14), (.statusWanted, 32),
      (.launchWanted, 33), (.pauseWanted, 34), (.welcome, 64), (.approved, 65), (.refused, 66),
      (.enter, 67), (.leave, 68), (.contended, 69), (.trim, 70), (.waits, 71), (.status, 96),
      (.launch, 97),
    ]
    for (kind, number) in numbers { #expect(kind.rawValue == number) }
  }

  @Test func whatIsNoFrameIsRefusedWithTheReason() {
    let good = encoded(Frame(.hello))
    for length in [0, 1, 127, 129, 256] {
      let bytes = Array((good + good + good).prefix(length))
      #expect(throws: WireFault.self) { try decode(bytes) }
    }
    var bytes = good
    bytes[3] ^= 0x80
    #expect(throws: WireFault.self) { try decode(bytes) }
    for version in [0, 2, 255] as [UInt8] {
      bytes = good
      bytes[4] = version
      #expect(throws: WireFault.self) { try decode(bytes) }
    }
    for kind in UInt16(0)...UInt16(1000) where Frame.Kind(rawValue: kind) == nil {
      bytes = good
      bytes[6] = UInt8(kind & 0xFF)
      bytes[7] = UInt8(kind >> 8)
      #expect(throws: WireFault.self) { try decode(bytes) }
    }
  }

  /// Random bytes and damaged frames: a frame or a fault, never anything else, and a frame that
  /// decodes is encoded to the same bytes.
  @Test(arguments: [11, 12, 13, 14] as [UInt64])
  func theDecoderJudgesAnyBytes(seed: UInt64) throws {
    var source = SplitMix64(seed: seed)
    let known = kinds
    var decoded = 0
    for round in 0..<20_000 {
      var bytes: [UInt8]
      if round % 2 == 0 {
        bytes = encoded(random(known[Int(source.next() % UInt64(known.count))], &source))
        let damages = source.next() % 3
        for _ in 0..<damages {
          bytes[Int(source.next() % 128)] = UInt8(truncatingIfNeeded: source.next())
        }
      } else {
        bytes = (0..<Int(source.next() % 200)).map { _ in UInt8(truncatingIfNeeded: source.next()) }
      }
      guard let frame = try? decode(bytes) else { continue }
      decoded += 1
      #expect(encoded(frame) == bytes, "seed \(seed), round \(round)")
    }
    #expect(decoded > 3_000)
  }

  @Test func aShortBufferIsLeftUntouched() {
    var bytes = [UInt8](repeating: 0x55, count: 127)
    let written = bytes.withUnsafeMutableBytes { Frame(.hello).encode(into: $0) }
    #expect(written == 0)
    #expect(bytes.allSatisfy { $0 == 0x55 })
  }
}

/// Every field of the control page, with the number the documents give.
let controlPageFields: [(offset: Int, bytes: Int, table: Int, name: String, writer: String)] = [
  (ControlPage.Offset.magic, 4, 0, "magic", "agent"),
  (ControlPage.Offset.version, 4, 4, "version", "agent"),
  (ControlPage.Offset.creditGrantedBytes, 8, 64, "creditGrantedBytes", "agent"),
  (ControlPage.Offset.footprintApprovedBytes, 8, 72, "footprintApprovedBytes", "agent"),
  (ControlPage.Offset.leaseBytes, 8, 80, "leaseBytes", "agent"),
  (ControlPage.Offset.agentWake, 4, 88, "agentWake", "agent"),
  (ControlPage.Offset.totalBytes, 8, 96, "totalBytes", "agent"),
  (ControlPage.Offset.processID, 4, 104, "processID", "agent"),
  (ControlPage.Offset.creditReturnedBytes, 8, 128, "creditReturnedBytes", "program"),
  (ControlPage.Offset.footprintWaivedBytes, 8, 136, "footprintWaivedBytes", "program"),
  (ControlPage.Offset.footprintBytes, 8, 144, "footprintBytes", "program"),
  (ControlPage.Offset.residentBytes, 8, 152, "residentBytes", "program"),
  (ControlPage.Offset.waitNanoseconds, 8, 168, "waitNanoseconds", "program"),
  (ControlPage.Offset.swapsOut, 8, 176, "swapsOut", "program"),
  (ControlPage.Offset.swapsIn, 8, 184, "swapsIn", "program"),
  (ControlPage.Offset.bytesOut, 8, 192, "bytesOut", "program"),
  (ControlPage.Offset.bytesIn, 8, 200, "bytesIn", "program"),
]

@Suite struct ControlPageTests {
  /// The table on top of `ControlPage`; 64-bit fields are aligned, and nobody's fields overlap.
  @Test func fieldsLieWhereTheTableSays() {
    var end = 0
    for field in controlPageFields {
      #expect(field.offset == field.table)
      #expect(field.offset % field.bytes == 0)
      #expect(field.offset >= end)
      end = field.offset + field.bytes
    }
    #expect(end <= ControlPage.byteCount)
    // The two writers never share a cache line.
    #expect(ControlPage.Offset.processID + 4 <= 128)
  }
}

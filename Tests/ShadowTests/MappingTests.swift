import Testing

@testable import Shadow

/// Addresses that the program sets aside and maps memory at itself.
@Suite struct ShadowMappingTests {
  static func promise(_ program: Program, pages: UInt64, alignedTo alignment: UInt64 = 1) throws
    -> UInt64
  {
    try program.shadow.pointee.promise(
      bytes: pages * mebibytes2, alignmentBytes: alignment * mebibytes2)
  }

  @Test func addressesAreAlignedApartAndNobodyElses() throws {
    let program = Program()
    let first = try Self.promise(program, pages: 5)
    let second = try Self.promise(program, pages: 20, alignedTo: 16)
    #expect(second % (16 * mebibytes2) == 0)
    #expect(second >= first + 5 * mebibytes2 || second + 20 * mebibytes2 <= first)
    #expect(program.counts.footprintBytes == 0)
    // What is left is given to others, and they stay outside.
    while let address = program.allocate(4 * mebibytes2, isBacked: false) {
      #expect(address + 4 * mebibytes2 <= first || address >= first + 5 * mebibytes2)
      #expect(address + 4 * mebibytes2 <= second || address >= second + 20 * mebibytes2)
    }
    #expect(program.find(first) == nil)
    for (address, pages) in [(first, UInt64(5)), (second, 20)] {
      try program.shadow.pointee.unpromise(address, bytes: pages * mebibytes2)
    }
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func wrongPlacesAndSizesAreRefused() throws {
    let program = Program()
    let place = try Self.promise(program, pages: 4)
    let other = try #require(program.allocate(4 * mebibytes2))
    for (address, bytes) in [
      (place + 256, mebibytes2), (place, mebibytes2 + 256), (place, 5 * mebibytes2),
      (other, mebibytes2), (place, 0), (place - mebibytes2, mebibytes2), (0, mebibytes2),
      (place, UInt64.max & ~(mebibytes2 - 1)),
    ] {
      #expect(throws: ShadowFault.invalidValue) {
        let plan = try program.shadow.pointee.plan(at: address, bytes: bytes)
        program.shadow.pointee.cancel(plan)
      }
    }
    #expect(throws: ShadowFault.invalidValue) {
      try program.shadow.pointee.unpromise(place, bytes: 5 * mebibytes2)
    }
    try program.shadow.pointee.unpromise(place, bytes: 4 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }

  /// Memory mapped by the program comes and goes like any other, where it was mapped; its addresses
  /// serve the program again, and nobody else.
  @Test func whatIsMappedMovesAndItsAddressesStayTheProgramS() throws {
    let program = Program()
    let place = try Self.promise(program, pages: 12)
    let address = try #require(program.map(place + 2 * mebibytes2, 5 * mebibytes2))
    #expect(address == place + 2 * mebibytes2)
    program.fill(address)
    let neighbour = try #require(program.allocate(3 * mebibytes2))
    program.fill(neighbour)
    #expect(program.leave(to: 0))
    #expect(program.counts.swappedOutBytes == 8 * mebibytes2)
    program.credit = 40 * mebibytes2
    #expect(program.enter())
    program.compare()
    #expect(throws: ShadowFault.invalidValue, "something is mapped there") {
      try program.shadow.pointee.unpromise(place, bytes: 12 * mebibytes2)
    }
    program.free(address)
    program.observe(program.submissions)
    // Freed and still mapped: no allocation of the same size gets it.
    let same = try #require(program.allocate(5 * mebibytes2))
    #expect(same < place || same >= place + 12 * mebibytes2)
    program.trim()
    program.check()
    #expect(program.map(place + 2 * mebibytes2, 5 * mebibytes2) == address, "mapped again")
    program.free(address)
    program.observe(program.submissions)
    program.trim()
    try program.shadow.pointee.unpromise(place, bytes: 12 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func whatWasCreatedCountsUntilItIsMapped() throws {
    let program = Program()
    let place = try Self.promise(program, pages: 4)
    program.shadow.pointee.createdBytes = 4 * mebibytes2
    #expect(program.counts.footprintBytes == 4 * mebibytes2)
    let plan = try program.shadow.pointee.plan(at: place, bytes: 4 * mebibytes2)
    #expect(program.counts.footprintBytes == 4 * mebibytes2)
    program.shadow.pointee.cancel(plan)
    #expect(program.shadow.pointee.createdBytes == 4 * mebibytes2)
    program.shadow.pointee.createdBytes = 0
    try program.shadow.pointee.unpromise(place, bytes: 4 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }

  /// What is in the way at the program's own addresses, from one end of a mapping to the other.
  @Test func whatIsInTheWayIsToldApart() throws {
    let program = Program()
    let place = try Self.promise(program, pages: 8)
    func occupancy(pages: UInt64 = 8) -> Shadow.Occupancy {
      program.shadow.pointee.occupancy(place, bytes: pages * mebibytes2)
    }
    #expect(occupancy() == .clear)
    #expect(occupancy(pages: 9) == .taken, "beyond what was set aside")
    let address = try #require(program.map(place + 2 * mebibytes2, 4 * mebibytes2))
    #expect(occupancy() == .taken)
    #expect(occupancy(pages: 2) == .clear)
    program.submissions += 1
    program.free(address)
    #expect(occupancy() == .resting, "work may use it")
    program.observe(program.submissions)
    #expect(occupancy() == .lettingGo)
    program.trim()
    #expect(occupancy() == .clear)
    // Freed while it moves: the motion lets go of it.
    let again = try #require(program.map(place, 8 * mebibytes2))
    var seen: Set<Int> = []
    program.meanwhile = { program in
      if program.live[again] != nil {
        program.live[again] = nil
        _ = try? program.shadow.pointee.free(again, stamp: 0)
      }
      seen.insert(occupancy().rawValue)
    }
    #expect(program.leave(to: 0))
    program.meanwhile = nil
    #expect(!seen.contains(Shadow.Occupancy.taken.rawValue), "\(seen)")
    #expect(occupancy() == .clear)
    try program.shadow.pointee.unpromise(place, bytes: 8 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }

  /// Nothing rests that no work may use, whatever else rests.
  @Test func whatNoWorkUsesDoesNotRest() throws {
    let program = Program()
    let place = try Self.promise(program, pages: 2)
    let other = try #require(program.allocate(2 * mebibytes2))
    let address = try #require(program.map(place, 2 * mebibytes2))
    program.submissions += 1
    program.free(other)
    #expect(program.counts.quarantinedBytes == 2 * mebibytes2)
    program.live[address] = nil
    try program.shadow.pointee.free(address, stamp: 0)
    #expect(program.counts.quarantinedBytes == 2 * mebibytes2)
    #expect(program.counts.deadBytes == 2 * mebibytes2)
    program.trim()
    try program.shadow.pointee.unpromise(place, bytes: 2 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }
}

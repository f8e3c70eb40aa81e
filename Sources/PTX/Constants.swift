// Slots that hold constants and special registers.

extension Machine {
  /// Fills what is the same in every block. Done once per launch.
  func fillLaunchConstants() {
    for constant in kernel.program.constants {
      switch constant.value {
      case .bits(let bits): fill(constant) { _ in bits }
      case .variable(let index, let offset):
        let address = index < launch.variables.count ? launch.variables[index] : 0
        fill(constant) { _ in address &+ UInt64(bitPattern: offset) }
      case .dynamicShared(let offset):
        let start = UInt64(bitPattern: Int64(kernel.dynamicSharedOffset) &+ offset)
        fill(constant) { _ in start }
      case .special(let special): fillSpecial(constant, special)
      }
    }
  }

  func fillBlockConstants(_ block: Dimensions) {
    let position = [block.x, block.y, block.z]
    for constant in kernel.program.constants {
      if case .special(.ctaid(let axis)) = constant.value {
        fill(constant) { _ in UInt64(position[axis]) }
      }
    }
  }

  private func fill(_ constant: ConstantSlot, _ value: (Int) -> UInt64) {
    let target = registers + Int(constant.slot) * stride
    for lane in 0..<stride {
      let bits = value(lane)
      switch constant.width {
      case 1:
        target.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: lane, as: UInt8.self)
      case 2:
        target.storeBytes(
          of: UInt16(truncatingIfNeeded: bits), toByteOffset: 2 * lane, as: UInt16.self)
      case 4:
        target.storeBytes(
          of: UInt32(truncatingIfNeeded: bits), toByteOffset: 4 * lane, as: UInt32.self)
      default: target.storeBytes(of: bits, toByteOffset: 8 * lane, as: UInt64.self)
      }
    }
  }

  private func fillSpecial(_ constant: ConstantSlot, _ special: Special) {
    let block = [launch.block.x, launch.block.y, launch.block.z]
    let grid = [launch.grid.x, launch.grid.y, launch.grid.z]
    switch special {
    case .tid(let axis):
      fill(constant) { lane in
        let place = thread(lane)
        return UInt64([place.x, place.y, place.z][axis])
      }
    case .ntid(let axis): fill(constant) { _ in UInt64(block[axis]) }
    case .nctaid(let axis): fill(constant) { _ in UInt64(grid[axis]) }
    case .ctaid: break
    case .laneid: fill(constant) { UInt64($0 % Self.warpLanes) }
    case .warpid: fill(constant) { UInt64($0 / Self.warpLanes) }
    case .nwarpid: fill(constant) { _ in UInt64((threads + 31) / Self.warpLanes) }
    case .smid, .gridid: fill(constant) { _ in 0 }
    case .nsmid: fill(constant) { _ in 1 }
    case .lanemaskEqual: fill(constant) { 1 << UInt64($0 & 31) }
    case .lanemaskLess: fill(constant) { (1 << UInt64($0 & 31)) - 1 }
    case .lanemaskLessEqual: fill(constant) { (2 << UInt64($0 & 31)) - 1 }
    case .lanemaskGreater: fill(constant) { ~((2 << UInt64($0 & 31)) - 1) & 0xffff_ffff }
    case .lanemaskGreaterEqual: fill(constant) { ~((1 << UInt64($0 & 31)) - 1) & 0xffff_ffff }
    case .dynamicSharedBytes: fill(constant) { _ in UInt64(launch.dynamicSharedBytes) }
    case .totalSharedBytes: fill(constant) { _ in UInt64(sharedBytes) }
    }
  }

  /// A lane's position in its block.
  func thread(_ lane: Int) -> Dimensions {
    let (width, height) = (Int(launch.block.x), Int(launch.block.y))
    return Dimensions(
      UInt32(truncatingIfNeeded: lane % width),
      UInt32(truncatingIfNeeded: lane / width % height),
      UInt32(truncatingIfNeeded: lane / width / height))
  }
}

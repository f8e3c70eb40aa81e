// `mma.sync`: D = A B + C for one warp, A with 16 rows, B with 8 columns, K deep.
//
// A lane's quad is lane / 4 and its place in the quad lane % 4. Rows and columns of the fragments:
// C and D: rows quad and quad + 8, columns 2 place and 2 place + 1. 16-bit A: the same rows,
// register r holds row quad + 8 (r & 1) and columns 2 place + 8 (r / 2), plus one. 16-bit B:
// register r holds rows 2 place + 8 r, plus one, of column quad. TF32 A: register r holds row
// quad + 8 (r & 1), column place + 4 (r / 2); TF32 B: register r holds row place + 4 r of column
// quad. Products are exact and summed in binary64 from the lowest k up, then rounded once to D's
// type; hardware leaves order and intermediate rounding open.

extension Machine {
  func matrixMultiply(_ i: Instruction, _ f: Frame, _ warp: Warp) {
    let depth = Int(i.detail)
    let isShort = i.source.width == 2
    let entry = Int(i.b)
    let sums = i.type == .f32 ? 4 : 2
    let left = 16 * depth / 32 / (isShort ? 2 : 1)
    let right = 8 * depth / 32 / (isShort ? 2 : 1)
    var a = InlineArray<256, Double>(repeating: 0)
    var b = InlineArray<128, Double>(repeating: 0)
    for lane in 0..<Self.warpLanes {
      let (quad, place) = (lane / 4, lane % 4)
      for r in 0..<left {
        let bits = f.slot(lists[entry + sums + r], UInt32.self)[warp.first + lane]
        let row = quad + 8 * (r & 1)
        if isShort {
          let column = 2 * place + 8 * (r / 2)
          a[row * 16 + column] = short(i, UInt16(truncatingIfNeeded: bits))
          a[row * 16 + column + 1] = short(i, UInt16(truncatingIfNeeded: bits >> 16))
        } else {
          a[row * 16 + place + 4 * (r / 2)] = tensor(bits)
        }
      }
      for r in 0..<right {
        let bits = f.slot(lists[entry + sums + left + r], UInt32.self)[warp.first + lane]
        if isShort {
          let row = 2 * place + 8 * r
          b[row * 8 + quad] = short(i, UInt16(truncatingIfNeeded: bits))
          b[(row + 1) * 8 + quad] = short(i, UInt16(truncatingIfNeeded: bits >> 16))
        } else {
          b[(place + 4 * r) * 8 + quad] = tensor(bits)
        }
      }
    }
    let from = entry + sums + left + right
    for lane in 0..<Self.warpLanes where warp.contains(lane) {
      let (quad, place) = (lane / 4, lane % 4)
      for pair in 0..<2 {
        let row = quad + 8 * pair
        var results = (0.0, 0.0)
        for k in 0..<depth {
          let x = a[row * 16 + k]
          results.0 += x * b[k * 8 + 2 * place]
          results.1 += x * b[k * 8 + 2 * place + 1]
        }
        finish(i, f, warp.first + lane, entry, from, pair, results)
      }
    }
  }

  private func finish(
    _ i: Instruction, _ f: Frame, _ lane: Int, _ to: Int, _ from: Int, _ pair: Int,
    _ sums: (Double, Double)
  ) {
    if i.type == .f32 {
      for (column, sum) in [sums.0, sums.1].enumerated() {
        let c = f.slot(lists[from + 2 * pair + column], Float.self)[lane]
        f.slot(lists[to + 2 * pair + column], Float.self)[lane] = Float(sum + Double(c))
      }
    } else {
      let c = f.slot(lists[from + pair], UInt32.self)[lane]
      let low = sums.0 + Double(Half.decode(UInt16(truncatingIfNeeded: c)))
      let high = sums.1 + Double(Half.decode(UInt16(truncatingIfNeeded: c >> 16)))
      let encode: (Double) -> UInt32 = {
        UInt32(Half.encode(Float(Format.half.rounded($0, .nearest))))
      }
      f.slot(lists[to + pair], UInt32.self)[lane] = encode(high) << 16 | encode(low)
    }
  }

  private func short(_ i: Instruction, _ bits: UInt16) -> Double {
    Double(i.source == .bf16 ? Brain.decode(bits) : Half.decode(bits))
  }

  /// TF32 operands count with ten bits of fraction; the rest is cut off.
  private func tensor(_ bits: UInt32) -> Double { Double(Float(bitPattern: bits & 0xffff_e000)) }
}

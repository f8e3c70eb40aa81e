#if FAULTS
  internal import CFaults
#endif

/// Planted one-line faults ("mutants"). Each is a line such as `if fault(12) { return }` in product
/// code. In the shipped build the condition is the constant `false` and the line vanishes; in the
/// faults build (`-D FAULTS`) the number chosen by `TIDELOCK_MUTANT` is on. `Tests/MutantTests`
/// lists every number with the test that must notice it.
@inline(__always)
public func fault(_ number: Int32) -> Bool {
  #if FAULTS
    return faultNumber() == number
  #else
    return false
  #endif
}

#if FAULTS
  @inline(never) @usableFromInline
  func faultNumber() -> Int32 { tidelock_fault_number() }
#endif

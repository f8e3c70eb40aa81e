import Testing

/// Tests of whole processes: one at a time, for each brings its own agent, GPU and programs.
@Suite(.serialized) struct EndToEnd {
  /// Tests that lack their part are skipped, and a run that skips is not a pass:
  /// `TIDELOCK_TEST_PARTIAL=1` says that it is known.
  @Test(.enabled(if: Products.environment["TIDELOCK_TEST_PARTIAL"] == nil))
  func everyPartIsBuilt() {
    for part in [
      Products.tidelock, Products.interposer, Products.simulated + "/libcuda.so.1",
      Products.simulated + "/libnvidia-ml.so.1",
    ] {
      #expect(Products.exists(part), "\(part) is missing: run make")
    }
  }
}

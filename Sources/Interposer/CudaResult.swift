/// The `CUresult` values the runtime itself looks at or returns.
enum CudaResult {
  static let success: Int32 = 0
  static let invalidValue: Int32 = 1
  static let outOfMemory: Int32 = 2
  static let notInitialized: Int32 = 3
  static let deinitialized: Int32 = 4
  static let invalidContext: Int32 = 201
  static let notFound: Int32 = 500
  static let notSupported: Int32 = 801
  static let systemNotReady: Int32 = 802
  static let streamCaptureUnsupported: Int32 = 900
  static let graphExecUpdateFailure: Int32 = 910
}

// One line of text with numbers, without heap: for the few things the runtime says to a person.

internal import CInterposer
internal import Wire

struct Line {
  private var bytes = InlineArray<640, UInt8>(repeating: 0)
  private var count = 0

  @inline(__always)
  mutating func add(_ text: StaticString) { add(text.utf8Start, text.utf8CodeUnitCount) }

  private mutating func add(_ text: UnsafePointer<UInt8>, _ length: Int) {
    var index = 0
    while index < length && count < 639 {
      bytes[unchecked: count] = text[index]
      count &+= 1
      index &+= 1
    }
  }

  /// A frame's text, up to its first zero.
  mutating func add(_ text: InlineArray<48, UInt8>) {
    var index = 0
    while index < Frame.textByteCount && text[unchecked: index] != 0 && count < 639 {
      bytes[unchecked: count] = text[unchecked: index]
      count &+= 1
      index &+= 1
    }
  }

  /// What the program waits for, as the agent says it: word 0 the reason, text who has the room.
  mutating func addWait(_ frame: Frame) {
    let isNamed = frame.text[unchecked: 0] != 0
    switch Frame.WaitReason(rawValue: frame.words[unchecked: 0]) {
    case .turn where isNamed:
      add("waiting for a turn on the GPU, which ")
      add(frame.text)
      add(" is using")
    case .holder where isNamed:
      add("waiting for the GPU: ")
      add(frame.text)
      add(" does not give way")
    case .room: add("waiting for the GPU: memory that cannot be swapped leaves too little room")
    case .paused: add("waiting for the GPU: swapping is paused, until `tidelock resume`")
    case .turn, .holder, nil: add("waiting for a turn on the GPU")
    }
    add(" (tidelock status tells more)")
  }

  /// A byte count as people read it, cut to one decimal, and exactly: `1.5 GiB (1610612736 bytes)`.
  mutating func add(bytes amount: UInt64) {
    if amount >= 1 << 10 {
      let shift = (UInt64(truncatingIfNeeded: 63 &- amount.leadingZeroBitCount) / 10) &* 10
      add(number: amount &>> shift)
      let tenth = ((amount & ((1 &<< shift) &- 1)) &* 10) &>> shift
      if tenth > 0 {
        add(".")
        add(number: tenth)
      }
      switch shift {
      case 10: add(" KiB (")
      case 20: add(" MiB (")
      case 30: add(" GiB (")
      case 40: add(" TiB (")
      case 50: add(" PiB (")
      default: add(" EiB (")
      }
    }
    add(number: amount)
    add(amount >= 1 << 10 ? " bytes)" : " bytes")
  }

  /// What in the program itself makes it ask for less, where a framework is known to be in it.
  mutating func addRemedy() {
    if System.hasObject("/vllm/") {
      add(" vLLM takes less with --gpu-memory-utilization.")
    } else if System.hasObject("/jaxlib/") || System.hasObject("/xla_cuda") {
      add(" JAX takes less with XLA_PYTHON_CLIENT_PREALLOCATE=false")
      add(" or XLA_PYTHON_CLIENT_MEM_FRACTION=.50.")
    } else if System.hasObject("/libtensorflow") {
      add(" TensorFlow takes less with TF_FORCE_GPU_ALLOW_GROWTH=true.")
    } else if System.hasObject("/libtorch_cuda") {
      add(" PyTorch takes less with a smaller batch, or after torch.cuda.empty_cache().")
    } else if System.hasObject("/cupy/") {
      add(" CuPy takes less with cupy.get_default_memory_pool().set_limit(size=...).")
    }
  }

  mutating func add(number: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var length = 0
    var rest = number
    repeat {
      digits[unchecked: length] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
      rest /= 10
      length &+= 1
    } while rest > 0 && length < 20
    while length > 0 && count < 639 {
      length &-= 1
      bytes[unchecked: count] = digits[unchecked: length]
      count &+= 1
    }
  }

  /// Why the agent refused: words 0 reason, 1 wanted, 2 available, 3 the limit that was met.
  mutating func addRefusal(_ words: InlineArray<8, UInt64>) {
    let wanted = words[unchecked: 1]
    let available = words[unchecked: 2]
    let limit = words[unchecked: 3]
    add(bytes: wanted)
    add(" wanted, ")
    add(bytes: available)
    add(" available. ")
    guard let reason = Frame.Refusal(rawValue: words[unchecked: 0]) else { return }
    switch reason {
    case .overLimit:
      add("The workload's limit is ")
      add(bytes: limit)
      add("; raise it with --limit.")
    case .overCapacity:
      add("The GPU has ")
      add(bytes: limit)
      add(" for programs (capacity less reserve); this program must be made smaller.")
    case .poolExhausted:
      add("The swap pool has ")
      add(bytes: limit)
      add("; lower --limit of some workload or give the agent a larger --pool-size.")
    case .reserveExhausted:
      add("The reserve for contexts and modules is ")
      add(bytes: limit)
      add("; give the agent a larger --reserve.")
    case .requestsExceedCapacity:
      add("The sum of requests may be at most ")
      add(bytes: limit)
      add("; lower --request.")
    case .tooManyPrograms: add("The GPU has as many programs as the agent serves.")
    case .versionUnknown: add("Agent and interposer are of different versions; restart both.")
    case .deviceUnknown: add("The agent does not serve this GPU.")
    case .malformed: add("The agent did not understand this program.")
    case .notPermitted: add("The agent knows this process otherwise; start the program again.")
    }
  }

  /// The same, and what the agent says besides.
  mutating func addRefusal(_ frame: Frame) {
    addRefusal(frame.words)
    if frame.text[unchecked: 0] == 0 { return }
    add(" It says: ")
    add(frame.text)
  }

  mutating func say() {
    if count > 639 { count = 639 }
    bytes[unchecked: count] = 10
    count &+= 1
    withUnsafeMutablePointer(to: &bytes) { pointer in
      _ = System.call(TIDELOCK_SYS_WRITE, 2, System.address(pointer), count)
    }
  }
}

import ControlAPI
import Foundation
import Testing

@Suite struct QuantityTests {
  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("17B", 17), ("1k", 1000), ("1K", 1000), ("2KB", 2000), ("1Ki", 1024),
      ("500M", 500_000_000), ("12GB", 12_000_000_000), ("1T", 1_000_000_000_000),
      ("96MiB", 96 << 20), ("8Gi", 8 << 30), ("1.5Gi", 3 << 29), ("0.5KiB", 512),
      ("1.000000001G", 1_000_000_001), ("0.1", 1), ("1.25Ti", 5 << 38), ("2Ti", 2 << 40),
      ("1e9", 1_000_000_000), ("1E9", 1_000_000_000), ("5e+2", 500), ("1.5e3", 1500),
      ("1e-1", 1), ("15e-1", 2), ("0e9", 0), ("1P", 1_000_000_000_000_000),
      ("1E", 1_000_000_000_000_000_000), ("1.5EB", 1_500_000_000_000_000_000), ("3Pi", 3 << 50),
      ("15EiB", 15 << 60), (".5Gi", 1 << 29), ("1.Gi", 1 << 30), ("+1Gi", 1 << 30),
      ("1.0000000000001Gi", 1 << 30 + 1), ("18446744073709551615", UInt64.max),
    ] as [(String, UInt64)])
  func read(text: String, bytes: UInt64) throws {
    #expect(try Quantity.bytes(text) == bytes)
  }

  @Test(
    arguments: [
      "", " ", "Gi", "-1", "+", "++1", "+-1", "1 Gi", "1Gib", "8gi", ".", ".Gi", "1..5Gi", "1.5.5",
      "0x10", "8Qi", "８Gi", "99999999999999999999", "16777216Ti", "16Ei", "19E", "8Gi ", "500m",
      "1u", "1n", "1e", "1e+", "1e9Gi", "1e1.5", "1e９", "1e20", "1e31", "1e-31", "1ei",
      "1." + String(repeating: "0", count: 60),
    ])
  func refuse(text: String) {
    let fault = #expect(throws: QuantityFault.self) { try Quantity.bytes(text) }
    #expect(fault?.description.contains("‘\(text)’") == true)
    #expect(fault?.description.contains("8Gi") == true)
  }

  @Test func rates() throws {
    #expect(try Quantity.bytesPerSecond("12GB/s") == 12_000_000_000)
    #expect(try Quantity.bytesPerSecond("800MiB/s") == 800 << 20)
    #expect(throws: QuantityFault.self) { try Quantity.bytesPerSecond("12GB") }
  }

  @Test func forPeople() {
    #expect(Quantity.binary(0) == "0 B")
    #expect(Quantity.binary(1023) == "1023 B")
    #expect(Quantity.binary(3 << 29) == "1.5 GiB")
    #expect(Quantity.binary(96 << 20) == "96 MiB")
    #expect(Quantity.binary(UInt64.max) == "16777215 TiB")
  }
}

@Suite struct LaunchTests {
  private func request(_ words: String) throws(LaunchFault) -> LaunchRequest {
    try LaunchRequest(words: words.split(separator: " ").map(String.init))
  }

  @Test func theCommandBeginsAtTheFirstWordThatIsNoOptionOfOurs() throws {
    let plain = try request("python train.py --limit 3 -x")
    #expect(plain.command == ["python", "train.py", "--limit", "3", "-x"])
    #expect(plain.limitBytes == nil && plain.promise == .onDemand)
    #expect(plain.workloadClass == .inference && plain.name == "python")
    let full = try request(
      "--limit 8Gi --request=2Gi --class training --name t --socket /s -- /bin/x --name y")
    #expect(full.command == ["/bin/x", "--name", "y"])
    #expect(full.limitBytes == 8 << 30 && full.requestBytes == 2 << 30)
    #expect(full.promise == .atStart && full.workloadClass == .training)
    #expect(full.name == "t" && full.socket == "/s")
    #expect(try request("--limit 1Gi --promise on-demand x").promise == .onDemand)
    #expect(try request("--static 1Gi x").staticBytes == 1 << 30)
    #expect(try request("-- --odd").command == ["--odd"])
    let replacing = try request("--replace --limit 1Gi x --replace")
    #expect(replacing.isReplacing && replacing.command == ["x", "--replace"])
    #expect(!full.isReplacing)
    #expect(throws: LaunchFault.repeated("--replace")) { try request("--replace --replace x") }
    #expect(throws: LaunchFault.unknownOption("--replace=1")) { try request("--replace=1 x") }
    #expect(try request("/usr/bin/env x").name == "env")
  }

  @Test func faultsNameTheWordAndTheRemedy() throws {
    let table: [(String, LaunchFault)] = [
      ("--foo x", .unknownOption("--foo")), ("-l 8Gi x", .unknownOption("-l")),
      ("--limits=8Gi x", .unknownOption("--limits=8Gi")), ("", .commandMissing),
      ("--", .commandMissing), ("--limit 8Gi", .commandMissing),
      ("--limit", .valueMissing("--limit")),
      ("--limit -- x", .valueMissing("--limit")), ("--request 1Gi x", .requestAlone(1 << 30)),
      ("--limit 1Gi --limit 2Gi x", .repeated("--limit")), ("--limit 0 x", .zero("--limit")),
      (
        "--request 2Gi --limit 1Gi x",
        .requestAboveLimit(requestBytes: 2 << 30, limitBytes: 1 << 30)
      ),
      ("--static 1Gi --limit 1Gi x", .staticWithOthers),
      ("--static 1Gi --promise at-start x", .staticWithOthers), ("--help", .helpWanted),
      (
        "--class fast x",
        .choice(
          option: "--class", text: "fast", accepted: ["interactive", "inference", "training"])
      ),
    ]
    for (words, expected) in table {
      let fault = #expect(throws: LaunchFault.self) { _ = try request(words) }
      #expect(fault == expected, "\(words)")
    }
    let alone = LaunchFault.requestAlone(1 << 30).description
    #expect(alone.contains("--limit") && alone.contains("--static"))
    let quantity = #expect(throws: LaunchFault.self) { _ = try request("--limit 8Qi x") }
    #expect(quantity?.description.contains("8Qi") == true)
  }

  @Test func whatMayComeNext() {
    func next(_ words: String...) -> LaunchCompletion {
      LaunchCompletion(words: words, at: words.count - 1)
    }
    let options = ["interactive", "inference", "training"]
    #expect(next("--class", "") == .choices(options))
    #expect(next("--limit", "8") == .choices([]))
    #expect(next("--socket", "/") == .file)
    #expect(next("--limit", "8Gi", "--", "py") == .program)
    #expect(next("python", "--cl") == .file)
    #expect(next("--", "python", "--cl") == .file)
    for words in [["--cl"], ["--limit=8Gi", ""], ["--limit", "8Gi", "py"], ["--replace", ""]] {
      guard case .optionOrProgram(let offered) = LaunchCompletion(words: words, at: words.count - 1)
      else {
        Issue.record("\(words)")
        continue
      }
      #expect(offered.contains("--class") && offered.contains("--help"))
    }
  }

  @Test func theEnvironmentSaysItAll() throws {
    let request = try request("--limit 8Gi --request 1Gi --class interactive x")
    let variables = request.environment(workload: 42).map { "\($0.name)=\($0.value)" }
    #expect(
      variables == [
        "TIDELOCK_NAME=x", "TIDELOCK_CLASS=interactive", "TIDELOCK_PROMISE=at-start",
        "TIDELOCK_WORKLOAD=42", "TIDELOCK_REQUEST_BYTES=1073741824",
        "TIDELOCK_LIMIT_BYTES=8589934592",
      ])
  }

  @Test func simulatedGPUs() throws {
    let choice = try SimulatedGPUChoice(parsing: "memory=96MiB,count=2,link=12GB/s,path=/a/b")
    #expect(choice.path == "/a/b")
    #expect(choice.parameters == ["memory=100663296", "count=2", "link=12000000000/s"])
    for text in ["memory", "memory=", "memory=97MiB", "memory=8Qi", "colour=red", "link=12GB"] {
      #expect(throws: (any Error).self) { _ = try SimulatedGPUChoice(parsing: text) }
    }
  }

  @Test(
    arguments: [
      ("1", "memory=96MiB"), ("memory=64MiB", "memory=64MiB"),
      (
        "/dev/shm/gpu,memory=64MiB,fault=cuMemAlloc:2:2,hold=cuInit:1:5",
        "path=/dev/shm/gpu,memory=64MiB"
      ),
    ])
  func simulatedGPUsOfTheEnvironment(value: String, text: String) throws {
    #expect(SimulatedGPUChoice.text(fromEnvironment: value) == text)
    _ = try SimulatedGPUChoice(parsing: text)
  }
}

@Suite struct StatusTests {
  static let status = Status(
    gpus: [
      GPUStatus(
        uuid: "GPU-1", capacityBytes: 96 << 20, reservedBytes: 6 << 20, foreignBytes: nil,
        residentBytes: 64 << 20)
    ],
    workloads: [
      WorkloadStatus(
        name: "a \"quoted\"\u{1B}", pid: 7, workloadClass: "training", state: .swappingOut,
        footprintBytes: UInt64.max, residentBytes: 1, swappedBytes: 2, limitBytes: nil,
        swapsOut: 3, swapsIn: 4, waitMilliseconds: 12_005, bytesOut: 5, bytesIn: 6, cause: "x")
    ], pool: PoolStatus(sizeBytes: 128 << 20, leasedBytes: 40 << 20),
    agent: AgentStatus(
      pid: 1, populatedBytes: 2, inheritedBytes: 3, systemCalls: 4, programSystemCalls: 7,
      switches: 5, violations: 6, isPaused: true, unrecorded: "/x: full"))

  /// Field by field, in this order: scripts read it.
  @Test func theJSONIsTheDocumentedOne() {
    #expect(
      StatusTests.status.json.encoded() == """
        {"gpus":[{"uuid":"GPU-1","capacityBytes":100663296,"reservedBytes":6291456,\
        "foreignBytes":null,"residentBytes":67108864}],"workloads":[{\
        "name":"a \\"quoted\\"\\u001b","pid":7,"class":"training","state":"swapping-out",\
        "footprintBytes":18446744073709551615,"residentBytes":1,"swappedBytes":2,\
        "limitBytes":null,"swapsOut":3,"swapsIn":4,"waitSeconds":12.005,"bytesOut":5,"bytesIn":6,\
        "residueBytes":null,"cause":"x"}],\
        "pool":{"sizeBytes":134217728,"leasedBytes":41943040},\
        "agent":{"pid":1,"populatedBytes":2,"inheritedBytes":3,"systemCalls":4,\
        "programSystemCalls":7,"switches":5,"violations":6,"paused":true,\
        "unrecorded":"/x: full"}}
        """)
  }

  /// `docs/status.md` has a row for each field and each state, in order.
  @Test func thePageHasEveryField() throws {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    let page = try String(
      contentsOf: root.appendingPathComponent("docs/status.md"), encoding: .utf8)
    let rows = page.matches(of: /\n\| `([^`]+)` \|/).map { String($0.1) }
    let states = WorkloadState.allCases.map(\.rawValue)
    #expect(rows == Self.paths(Self.status.json, "") + states)
  }

  private static func paths(_ json: JSON, _ path: String) -> [String] {
    switch json {
    case .null, .bool, .number, .string: [path]
    case .array(let elements): elements.flatMap { paths($0, path + "[]") }
    case .object(let members):
      members.flatMap { paths($0.value, path.isEmpty ? $0.name : "\(path).\($0.name)") }
    }
  }

  @Test func theJSONComesBackWhole() throws {
    for indented in [true, false] {
      let text = StatusTests.status.json.encoded(indented: indented)
      #expect(Status(try JSON(parsing: text)) == StatusTests.status)
    }
    #expect(Status(.object([])) == nil)
  }

  @Test func nonsenseIsNoJSON() {
    for text in [
      "", "{", "[1,]", "{\"a\"}", "nul", "\"\\u12\"", "\"\\ud800x\"", "1 2", "\"\n\"",
      String(repeating: "[", count: 100), "--1", "tru",
    ] {
      #expect(throws: JSONFault.self, "\(text)") { _ = try JSON(parsing: text) }
    }
    #expect(throws: Never.self) {
      _ = try JSON(parsing: " {\"a\": [1, -2.5e3, \"\\ud83d\\ude00\"]}")
    }
  }

  @Test func theTableIsAlignedAndPlainWithoutColour() {
    let text = StatusTable(usesColour: false).text(StatusTests.status)
    #expect(!text.dropLast().contains("\u{1B}[3"))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let header = lines.first { $0.hasPrefix("NAME") } ?? ""
    let row = lines.first { $0.hasPrefix("a ") } ?? ""
    #expect(header.count == row.count)
    #expect(text.contains("foreign unknown"))
    let coloured = StatusTable(usesColour: true).text(StatusTests.status)
    #expect(coloured.contains("\u{1B}[36m"))
  }

  @Test func ratesComeFromTwoLooks() {
    var later = StatusTests.status.workloads[0]
    later.bytesOut += 10 << 20
    let rate = TransferRate(
      from: StatusTests.status.workloads[0], to: later, milliseconds: 500)
    #expect(rate?.outBytesPerSecond == 20 << 20)
    #expect(rate?.text == "out 20 MiB/s")
    #expect(TransferRate(from: later, to: StatusTests.status.workloads[0], milliseconds: 5) == nil)
  }
}

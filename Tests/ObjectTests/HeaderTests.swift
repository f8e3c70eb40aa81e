import Foundation
import Testing

/// NVIDIA's headers, from wheels.
enum Headers {
  /// Releases, as cuGetProcAddress counts them, and where their headers lie.
  static let folders: [Int: URL] = {
    let venv = Place.root.appendingPathComponent(".venv")
    let lib = venv.appendingPathComponent("lib")
    let python = ((try? FileManager.default.contentsOfDirectory(atPath: lib.path)) ?? [])
      .first { $0.hasPrefix("python") }
    guard let python else { return [:] }
    let packages = lib.appendingPathComponent("\(python)/site-packages/nvidia")
    let all = [
      12090: packages.appendingPathComponent("cuda_runtime/include"),
      13000: venv.appendingPathComponent("cuda-13.0/nvidia/cu13/include"),
      13050: packages.appendingPathComponent("cu13/include"),
    ]
    return all.filter { Place.exists($0.value.appendingPathComponent("cuda.h")) }
  }()
}

/// What this project believes of CUDA and NVML, against NVIDIA's own headers.
@Suite(.enabled(if: Headers.folders.count == 3, "the headers are not here: run make setup"))
struct HeaderTests {
  static let releases = [12090, 13000, 13050]

  /// Not of this platform, and an inline function.
  static let elsewhere: Set = ["cuWGLGetDevice", "cuGetProcAddress_v2_ptsz"]

  struct Row {
    let symbol: String
    let release: Int
    let base: String
    let words: Int
    var variant: String {
      ["_ptds", "_ptsz"].first { symbol.hasSuffix($0) } ?? ""
    }
  }

  static func catalogue() throws -> [String: Row] {
    let url = Place.root.appendingPathComponent("Catalogue/entry-points.csv")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
    var rows: [String: Row] = [:]
    for line in lines {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let numbers = cells[4].split(separator: ".").compactMap { Int($0) }
      rows[cells[0]] = Row(
        symbol: cells[0], release: numbers.count == 2 ? numbers[0] * 1000 + numbers[1] * 10 : 0,
        base: cells[5], words: Int(cells[6]) ?? -1)
    }
    return rows
  }

  static func text(_ release: Int, _ wanted: (String) -> Bool) throws -> String {
    let folder = try #require(Headers.folders[release])
    return try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("cuda") && wanted($0) }.sorted()
      .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }
      .joined(separator: "\n")
      .replacing(#/(?s)/\*.*?\*//#, with: " ").replacing(#/\/\/[^\n]*/#, with: "")
  }

  static func declarations(_ release: Int) throws -> String {
    try text(release) {
      ["cuda.h", "cudaGL.h", "cudaEGL.h", "cudaVDPAU.h", "cudaProfiler.h"].contains($0)
    }
  }

  // MARK: names

  @Test(arguments: releases)
  func everyNameIsInTheCatalogue(release: Int) throws {
    let text = try Self.declarations(release)
    var names = Set(text.matches(of: #/CUDAAPI\s+(cu\w+)\s*\(/#).map { String($0.1) })
    for match in text.matches(of: #/#\s*define\s+cu[A-Z]\w*\s+(cu[A-Z]\w*)\s*\n/#) {
      names.insert(String(match.1))
    }
    for match in text.matches(of: #/__CUDA_API_(PTDS|PTSZ)\((cu\w+)\)/#) {
      names.formUnion([String(match.2), "\(match.2)_\(match.1.lowercased())"])
    }
    #expect(names.count > 600)
    let known = Set(try Self.catalogue().keys)
    #expect(names.subtracting(known).subtracting(Self.elsewhere).sorted() == [])
  }

  /// `cudaTypedefs.h` names each function's versions: that is what cuGetProcAddress goes by.
  @Test(arguments: releases)
  func everyVersionIsInTheCatalogue(release: Int) throws {
    let text = try Self.text(release) { $0.hasSuffix("Typedefs.h") }
    let pattern = #/CUDAAPI\s*\*\s*PFN_(cu\w+?)_v(\d+)(_ptds|_ptsz)?\)/#
    let declared = Set(
      text.matches(of: pattern).map { "\($0.1) \($0.2)\($0.3.map { " \($0)" } ?? "")" })
    #expect(declared.count > 600)
    let rows = try Self.catalogue().values
    let ours = Set(
      rows.map { "\($0.base) \($0.release)\($0.variant.isEmpty ? "" : " \($0.variant)")" })
    let missing = declared.subtracting(ours).filter { !$0.hasPrefix("cuWGL") }
    #expect(missing.sorted() == [])
    // The newest knows them all; what lies outside the versioned interface is marked with 0.
    if release == Self.releases.max() {
      let versioned = Set(
        rows.filter { $0.release > 0 }
          .map { "\($0.base) \($0.release)\($0.variant.isEmpty ? "" : " \($0.variant)")" })
      #expect(versioned.subtracting(declared).sorted() == [])
    }
  }

  /// A gated call copies so many words of its caller's stack.
  @Test func everyStackArgumentIsCounted() throws {
    // Structures handed over by value, which go on the stack whole.
    let byValue = ["CUipcMemHandle": 8, "CUipcEventHandle": 8, "CUeglFrame": 8]
    let text = try Self.declarations(13050)
    var current: [String: String] = [:]
    for match in text.matches(of: #/#\s*define\s+(cu[A-Z]\w*)\s+(cu[A-Z]\w*)\s*\n/#) {
      current[String(match.1)] = String(match.2)
    }
    for match in text.matches(of: #/define\s+(cu[A-Z]\w*)\s+__CUDA_API_PT[DS][SZ]\((cu\w+)\)/#) {
      current[String(match.1)] = String(match.2)
    }
    let rows = try Self.catalogue()
    var checked: Set<String> = []
    for match in text.matches(of: #/CUDAAPI\s+(cu\w+)\s*\(([^;]*)\)\s*;/#) {
      let list = match.2.replacing(#/\([^()]*\)/#, with: "")
        .split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      // A second declaration is that of an older form.
      guard checked.insert(String(match.1)).inserted, list != ["void"] else { continue }
      var (registers, words) = (0, 0)
      for parameter in list {
        let type = String(parameter.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        if let size = byValue[type], !parameter.contains("*") {
          words += size
        } else if type != "float" {
          registers += 1
        }
      }
      let name = current[String(match.1)] ?? String(match.1)
      guard let row = rows[name] else { continue }
      #expect(row.words == words + max(0, registers - 6), "\(name)")
    }
    #expect(checked.count > 500)
  }

  // MARK: layouts and numbers

  /// Compiles a program against the official header and returns what it prints.
  static func run(_ program: String, _ options: [String]) throws -> String {
    let scratch = try Place.scratch("headers")
    let source = scratch.appendingPathComponent("program.c")
    try program.write(to: source, atomically: true, encoding: .utf8)
    let path = scratch.appendingPathComponent("program").path
    let compiled = try Command(arguments: ["cc", "-w", source.path, "-o", path] + options).run()
    try #require(compiled.status == 0, "\(compiled)")
    return try Command.output(path)
  }

  /// Size and fields of every structure, and every number, that `Sources/CDriver` declares.
  @Test(arguments: releases)
  func declarationsOfTheDriverAreTheOfficialOnes(release: Int) throws {
    let ours = Place.root.appendingPathComponent("Sources/CDriver/include")
    func read(_ name: String) throws -> String {
      try String(contentsOf: ours.appendingPathComponent(name), encoding: .utf8)
    }
    let official = try Self.declarations(release)
    var lines: [String] = []
    for match in try read("cuda_enums.h").matches(of: #/\b(CU\w+) = /#)
    where official.contains(match.1) {
      lines.append("  printf(\"\(match.1) %lld\\n\", (long long)\(match.1));")
    }
    #expect(lines.count > 300)
    let structures = try read("cuda_types.h").matches(of: #/typedef struct \{(?s)(.*?)\n\} (\w+);/#)
    for match in structures where official.contains("\(match.2);") {
      lines.append("  printf(\"\(match.2) %zu\\n\", sizeof(\(match.2)));")
      // One of ours stands for a union of one; one was taken out of the reserved bytes later.
      let isLater = ["reserved", "gpuDirectRDMACapable"]
      for field in Self.fields(String(match.1))
      where field != "smCount" && (!isLater.contains(field) || release >= 13050) {
        lines.append(
          "  printf(\"\(match.2).\(field) %zu\\n\", offsetof(\(match.2), \(field)));")
      }
    }
    #expect(lines.count > 400)
    func program(_ header: String) -> String {
      "#include <stddef.h>\n#include <stdio.h>\n#include \"\(header)\"\nint main(void) {\n"
        + lines.joined(separator: "\n") + "\n}\n"
    }
    let mine = try Self.run(program("cuda_types.h"), ["-I" + ours.path])
    let folder = try #require(Headers.folders[release]).path
    let theirs = try Self.run(program("cuda.h"), ["-I" + folder])
    let (left, right) = (mine.split(separator: "\n"), theirs.split(separator: "\n"))
    #expect(zip(left, right).filter { $0 != $1 }.map { "\($0), officially \($1)" } == [])
    #expect(left.count == right.count)
  }

  /// Names of the fields, outermost level, those of unions and inner structures left out.
  static func fields(_ body: String) -> [String] {
    var depth = 0
    var names: [String] = []
    for line in body.split(separator: "\n") {
      let text = line.split(separator: "/").first.map(String.init) ?? ""
      if depth == 0, !text.contains("{"), let match = text.firstMatch(of: #/(\w+)(\[\w+\])*;/#) {
        names.append(String(match.1))
      }
      depth += text.count { $0 == "{" } - text.count { $0 == "}" }
    }
    return names
  }

  /// What the interposer reads and writes itself.
  @Test(arguments: releases)
  func layoutsOfTheInterposerAreTheOfficialOnes(release: Int) throws {
    let folder = try #require(Headers.folders[release]).path
    let pairs: [(String, String, [(String, String)])] = [
      (
        "struct tidelock_allocation_properties", "CUmemAllocationProp",
        [
          ("type", "type"), ("handle_types", "requestedHandleTypes"),
          ("location_type", "location.type"), ("location_id", "location.id"),
          ("win32", "win32HandleMetaData"), ("flags", "allocFlags"),
        ]
      ),
      (
        "struct tidelock_access", "CUmemAccessDesc",
        [
          ("location_type", "location.type"), ("location_id", "location.id"), ("flags", "flags"),
        ]
      ),
      (
        "struct tidelock_pool_properties", "CUmemPoolProps",
        [
          ("type", "allocType"), ("handle_types", "handleTypes"),
          ("location_type", "location.type"), ("location_id", "location.id"),
          ("bytes_max", "maxSize"), ("usage", "usage"),
        ]
      ),
      (
        "struct tidelock_array_2d", "CUDA_ARRAY_DESCRIPTOR",
        [
          ("width", "Width"), ("height", "Height"), ("format", "Format"),
          ("channels", "NumChannels"),
        ]
      ),
      (
        "struct tidelock_array_3d", "CUDA_ARRAY3D_DESCRIPTOR",
        [
          ("width", "Width"), ("height", "Height"), ("depth", "Depth"), ("format", "Format"),
          ("channels", "NumChannels"), ("flags", "Flags"),
        ]
      ),
      (
        "struct tidelock_allocation_node", "CUDA_MEM_ALLOC_NODE_PARAMS",
        [
          ("pool", "poolProps"), ("accesses", "accessDescs"), ("access_count", "accessDescCount"),
          ("bytes", "bytesize"), ("address", "dptr"),
        ]
      ),
      (
        "struct tidelock_graph_instantiation", "CUDA_GRAPH_INSTANTIATE_PARAMS",
        [
          ("flags", "flags"), ("stream", "hUploadStream"), ("failed_node", "hErrNode_out"),
          ("result", "result_out"),
        ]
      ),
    ]
    var checks: [String] = []
    for (mine, theirs, fields) in pairs {
      checks.append("sizeof(\(mine)) == sizeof(\(theirs))")
      checks += fields.map { "offsetof(\(mine), \($0)) == offsetof(\(theirs), \($1))" }
    }
    checks += try Self.numbers()
    let asserts = checks.map { "_Static_assert(\($0), \"\($0)\");" }.joined(separator: "\n")
    _ = try Self.run(
      "#include <stddef.h>\n#include <cuda.h>\n#include \"driver_calls.h\"\n"
        + "void *tidelock_real[ENTRY_COUNT + TIDELOCK_UNKNOWN_MAX];\n\(asserts)\n"
        + "int main(void) { return 0; }\n",
      [
        "-I" + folder,
        "-I" + Place.root.appendingPathComponent("Sources/CInterposer/include").path,
      ])
  }

  /// `enum` constants of the interposer's Swift files as equations with the official names.
  static func numbers() throws -> [String] {
    let sources = Place.root.appendingPathComponent("Sources/Interposer")
    let tables: [(file: String, type: String, prefix: String, names: [String: String])] = [
      (
        "EntryPointsAsking.swift", "PointerAttribute", "CU_POINTER_ATTRIBUTE_",
        [
          "p2pTokens": "P2P_TOKENS", "isLegacyIpcCapable": "IS_LEGACY_CUDA_IPC_CAPABLE",
          "rangeStart": "RANGE_START_ADDR", "memPoolHandle": "MEMPOOL_HANDLE",
          "mappingBase": "MAPPING_BASE_ADDR",
        ]
      ),
      (
        "Pools.swift", "PoolAttribute", "CU_MEMPOOL_ATTR_",
        [
          "reservedCurrent": "RESERVED_MEM_CURRENT", "reservedHigh": "RESERVED_MEM_HIGH",
          "usedCurrent": "USED_MEM_CURRENT", "usedHigh": "USED_MEM_HIGH",
        ]
      ),
      ("GraphMemory.swift", "GraphMemoryAttribute", "CU_GRAPH_MEM_ATTR_", [:]),
      ("CudaResult.swift", "CudaResult", "CUDA_ERROR_", ["success": "CUDA_SUCCESS"]),
    ]
    var equations: [String] = []
    for table in tables {
      let text = try String(contentsOf: sources.appendingPathComponent(table.file), encoding: .utf8)
      let body = try #require(
        text.components(separatedBy: "enum \(table.type) {").last?.components(separatedBy: "\n}")
          .first)
      for match in body.matches(of: #/static let (\w+): Int32 = (\d+)/#) {
        let name = String(match.1)
        let spelled = name.replacing(#/[A-Z]/#) { "_\($0.0)" }.uppercased()
        let tail = table.names[name] ?? spelled
        equations.append("\(tail.hasPrefix("CUDA_") ? "" : table.prefix)\(tail) == \(match.2)")
      }
    }
    #expect(equations.count > 30)
    return equations
  }

  // MARK: NVML

  static let managementHeaders: [URL] = Headers.folders.compactMap { release, folder in
    let packages = folder.deletingLastPathComponent().deletingLastPathComponent()
    let name = release == 12090 ? "nvml_dev/include/nvml.h" : "cu13/include/nvml.h"
    let url = packages.appendingPathComponent(name)
    return Place.exists(url) ? url : nil
  }

  @Test func layoutsOfTheManagementLibraryAreTheOfficialOnes() throws {
    #expect(Self.managementHeaders.count == 2)
    let checks = [
      "sizeof(nvmlMemory_t) == 24", "sizeof(nvmlMemory_v2_t) == 40",
      "offsetof(nvmlMemory_t, used) == 16", "offsetof(nvmlMemory_v2_t, total) == 8",
      "offsetof(nvmlMemory_v2_t, reserved) == 16", "offsetof(nvmlMemory_v2_t, free) == 24",
      "offsetof(nvmlMemory_v2_t, used) == 32", "nvmlMemory_v2 == 0x02000028",
      "sizeof(nvmlProcessInfo_v1_t) == 16", "sizeof(nvmlProcessInfo_v2_t) == 24",
      "sizeof(nvmlProcessInfo_t) == 24", "offsetof(nvmlProcessInfo_t, usedGpuMemory) == 8",
      "offsetof(nvmlProcessInfo_v1_t, usedGpuMemory) == 8",
      "offsetof(nvmlProcessInfo_t, gpuInstanceId) == 16",
      "sizeof(nvmlProcessDetail_v1_t) == 32",
      "offsetof(nvmlProcessDetail_v1_t, usedGpuMemory) == 8",
      "offsetof(nvmlProcessDetail_v1_t, gpuInstanceId) == 16",
      "offsetof(nvmlProcessDetail_v1_t, usedGpuCcProtectedMemory) == 24",
      "sizeof(nvmlProcessDetailList_v1_t) == 24", "nvmlProcessDetailList_v1 == 0x01000018",
      "offsetof(nvmlProcessDetailList_v1_t, mode) == 4",
      "offsetof(nvmlProcessDetailList_v1_t, numProcArrayEntries) == 8",
      "offsetof(nvmlProcessDetailList_v1_t, procArray) == 16",
      "NVML_ERROR_INSUFFICIENT_SIZE == 7", "NVML_ERROR_NOT_FOUND == 6",
      "NVML_ERROR_UNINITIALIZED == 1", "NVML_ERROR_INVALID_ARGUMENT == 2",
      "NVML_ERROR_FUNCTION_NOT_FOUND == 13",
    ]
    let asserts = checks.map { "_Static_assert(\($0), \"\($0)\");" }.joined(separator: "\n")
    for header in Self.managementHeaders {
      let includes = "#include <stddef.h>\n#include \"\(header.path)\"\n"
      _ = try Self.run(includes + asserts + "\nint main(void) { return 0; }\n", [])
    }
  }
}

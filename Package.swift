// swift-tools-version: 6.2
import PackageDescription

// The interposer is loaded into other people's programs, so it is Embedded Swift: no runtime, no
// heap. The trait compiles the same sources once with the ordinary runtime (tests) and once
// without (the shipped object): `swift build --traits Embedded --product interposer`.
let embedded: BuildSettingCondition = .when(traits: ["Embedded"])

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let runtimeless: [SwiftSetting] =
  strict + [
    .enableExperimentalFeature("Embedded", embedded),
    .unsafeFlags(
      [
        "-Osize", "-no-allocations", "-Xfrontend", "-disable-stack-protector",
        "-Werror", "EmbeddedRestrictions",
      ], embedded),
  ]

func linker(_ name: String) -> String { "\(Context.packageDirectory)/Linker/\(name)" }

let bareObject: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xclang-linker", "-nostdlib",
      "-Xlinker", "-z", "-Xlinker", "undefs", "-Xlinker", "-z", "-Xlinker", "now",
      "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "--gc-sections",
      "-Xlinker", "-soname=libcuda.so.1",
      "-Xlinker", "--version-script=\(linker("interposer.map"))",
    ], embedded)
]

// Linked here rather than with `--static-swift-stdlib`, which would be another configuration: one
// optimised build serves the programs that ship and the tests.
let staticProgram: [LinkerSetting] = [
  .unsafeFlags([
    "-static-stdlib", "-Xlinker", "--gc-sections",
    "-l_FoundationCollections", "-l_FoundationCShims", "-lswiftSynchronization",
  ])
]

func standaloneObject(soname: String, map: String) -> [LinkerSetting] {
  [
    .unsafeFlags([
      "-static-stdlib", "-Xlinker", "--gc-sections", "-Xlinker", "-Bsymbolic",
      "-Xlinker", "-z", "-Xlinker", "nodelete",
      "-Xlinker", "-soname=\(soname)",
      "-Xlinker", "--version-script=\(linker(map))",
    ])
  ]
}

let package = Package(
  name: "tidelock",
  products: [
    .executable(name: "tidelock", targets: ["tidelock"]),
    .executable(name: "world", targets: ["world"]),
    .library(name: "interposer", type: .dynamic, targets: ["Interposer"]),
    .library(name: "simulated-cuda", type: .dynamic, targets: ["SimulatedDriver"]),
    .library(name: "simulated-nvml", type: .dynamic, targets: ["SimulatedNVML"]),
  ],
  traits: [
    .trait(
      name: "Embedded", description: "Compile the interposer and what it uses without a runtime.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
  ],
  targets: [
    // Headers and the little that Swift cannot express.
    .target(name: "CDriver"),
    .target(name: "CFaults"),
    .target(name: "CFloor"),
    .target(name: "CPlatform"),
    .target(
      name: "CInterposer", dependencies: ["CDriver"],
      cSettings: [
        .define("TIDELOCK_SHIPPED", embedded),
        .unsafeFlags([
          "-ftls-model=initial-exec", "-fno-stack-protector", "-fvisibility=hidden", "-fno-builtin",
        ]),
      ]),

    // decide: pure
    .target(name: "Faults", dependencies: ["CFaults"], swiftSettings: runtimeless),
    .target(name: "Residency", dependencies: ["Faults"], swiftSettings: strict),
    .target(name: "Wire", dependencies: ["Faults"], swiftSettings: runtimeless),
    .target(name: "Shadow", dependencies: ["Faults"], swiftSettings: runtimeless),

    // the program's side
    .target(
      name: "Interposer", dependencies: ["Wire", "Shadow", "Faults", "CDriver", "CInterposer"],
      swiftSettings: runtimeless, linkerSettings: bareObject),

    // the simulated GPU
    .target(name: "PTX", swiftSettings: strict),
    .target(name: "CSimulatedGPU"),
    .target(name: "CSimulatedDriver"),
    .target(
      name: "SimulatedGPU", dependencies: ["PTX", "CDriver", "CFloor", "CSimulatedGPU"],
      swiftSettings: strict),
    .target(
      name: "SimulatedDriver", dependencies: ["SimulatedGPU", "CDriver", "CSimulatedDriver"],
      swiftSettings: strict,
      linkerSettings: standaloneObject(soname: "libcuda.so.1", map: "simulated-cuda.map")),
    .target(
      name: "SimulatedNVML", dependencies: ["SimulatedGPU"], swiftSettings: strict,
      linkerSettings: standaloneObject(soname: "libnvidia-ml.so.1", map: "simulated-nvml.map")),

    // the agent's side
    .target(name: "World", dependencies: ["Residency", "Faults"], swiftSettings: strict),
    .target(name: "ControlAPI", swiftSettings: strict),
    .target(
      name: "Host",
      dependencies: [
        "CPlatform", "Faults", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(
      name: "Readings",
      dependencies: ["CPlatform", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: strict),
    .target(
      name: "Agent",
      dependencies: [
        "Residency", "Wire", "Host", "Readings", "ControlAPI", "Faults", "CPlatform",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "tidelock",
      dependencies: [
        "Agent", "ControlAPI", "Host", "Readings", "Wire", "CFloor", "CPlatform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: strict, linkerSettings: staticProgram),
    .executableTarget(
      name: "world",
      dependencies: [
        "World", "Residency", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict, linkerSettings: staticProgram),

    // tests
    .testTarget(name: "PTXTests", dependencies: ["PTX"], swiftSettings: strict),
    .testTarget(
      name: "SimulatedGPUTests", dependencies: ["SimulatedGPU", "CDriver"], swiftSettings: strict),
    .testTarget(name: "ResidencyTests", dependencies: ["Residency"], swiftSettings: strict),
    .testTarget(name: "WorldTests", dependencies: ["World", "Residency"], swiftSettings: strict),
    .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
    .testTarget(name: "ShadowTests", dependencies: ["Shadow"], swiftSettings: strict),
    .testTarget(
      name: "HostTests",
      dependencies: [
        "Host", "CPlatform", .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: strict),
    .testTarget(
      name: "AgentTests",
      dependencies: [
        "Agent", "Wire", "Host", "Readings", "Residency", "ControlAPI",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: strict),
    .testTarget(name: "HouseTests", swiftSettings: strict),
    .testTarget(name: "ObjectTests", swiftSettings: strict),
    .testTarget(
      name: "PreloadTests", exclude: ["Programs", "fetch-debian11.sh"], swiftSettings: strict),
    .testTarget(
      name: "DifferentialTests", exclude: ["Notebooks", "Operators", "Workloads"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

/// What `tidelock cdi` prints: a specification of the Container Device Interface
/// (https://github.com/cncf-tags/container-device-interface), which tells docker, podman and others
/// what a container that asks for `tidelock.dev/gpu=all` gets. It has no device nodes: those are
/// another specification's, NVIDIA's, named beside it on the same command line.
public struct ContainerSpecification: Equatable, Sendable {
  /// How the interposer gets into the container's programs.
  public enum Preload: String, CaseIterable, Sendable {
    /// The loader's own list, mounted over `/etc/ld.so.preload`: it reaches every program, composes
    /// with an `LD_PRELOAD` of the image, and a C library other than glibc passes it over.
    case file
    /// `LD_PRELOAD`, in place of one that the image sets: for containers whose `/etc` is read-only
    /// and has no such file to mount over.
    case environment
    /// None; the image or its programs see to it.
    case none
  }

  /// The installation's `lib/tidelock` on the host, absolute.
  public var librariesPath: String
  /// The agent's socket on the host, absolute. Its directory is mounted, so that the socket of the
  /// next agent is seen too; nothing else should be in it.
  public var socketPath: String
  public var preload: Preload
  /// What passes calls of names on that the driver has and the interposer does not know.
  public var forwarding: Forwarding?
  /// The file that is the simulated GPU, absolute; nil on a real one.
  public var simulatedGPUPath: String?

  public init(
    librariesPath: String, socketPath: String, preload: Preload, forwarding: Forwarding? = nil,
    simulatedGPUPath: String? = nil
  ) {
    self.librariesPath = librariesPath
    self.socketPath = socketPath
    self.preload = preload
    self.forwarding = forwarding
    self.simulatedGPUPath = simulatedGPUPath
  }

  /// An object that must be preloaded behind the interposer.
  public struct Forwarding: Equatable, Sendable {
    /// Where it lies on the host, with a list `preloadListName` of the interposer and itself;
    /// absolute. It must be there as long as the specification is.
    public var directoryPath: String
    public var objectName: String

    public init(directoryPath: String, objectName: String) {
      self.directoryPath = directoryPath
      self.objectName = objectName
    }

    /// Text of the list.
    public var preloadList: String { "\(ContainerPlace.interposer)\n\(place)\n" }

    var place: String { "\(ContainerPlace.forwarding)/\(objectName)" }
  }
}

/// Where things are inside a container, whatever the host is like.
public enum ContainerPlace {
  public static let libraries = "/usr/lib/tidelock"
  public static let interposer = "\(libraries)/libcuda.so.1"
  public static let forwarding = "/usr/lib/tidelock-forward"
  public static let socketDirectory = "/run/tidelock"
  public static let preloadList = "/etc/ld.so.preload"
  public static let simulatedLibraries = "\(libraries)/simulated"
  public static let simulatedDriver = "\(simulatedLibraries)/libcuda.so.1"
  public static let simulatedGPU = "/dev/shm/tidelock-simulated-gpu"
}

extension ContainerSpecification {
  /// The oldest version of the interface that has all that is used here.
  static let interfaceVersion = "0.3.0"
  public static let kind = "tidelock.dev/gpu"
  /// The file of an installation that lists the interposer as a container sees it.
  public static let preloadListName = "ld.so.preload"

  public var json: JSON {
    let edits = JSON.object([
      JSON.Member("env", .array(environment.map { .string("\($0)=\($1)") })),
      JSON.Member("mounts", .array(mounts)),
    ])
    return .object([
      JSON.Member("cdiVersion", .string(Self.interfaceVersion)),
      JSON.Member("kind", .string(Self.kind)),
      JSON.Member(
        "devices",
        .array([
          .object([JSON.Member("name", .string("all")), JSON.Member("containerEdits", edits)])
        ])),
    ])
  }

  private var socket: (directory: String, name: String) {
    let slash = socketPath.lastIndex(of: "/") ?? socketPath.startIndex
    let directory = String(socketPath[..<slash])
    return (directory.isEmpty ? "/" : directory, String(socketPath[slash...].dropFirst()))
  }

  private var environment: [(String, String)] {
    var variables = [("TIDELOCK_SOCKET", "\(ContainerPlace.socketDirectory)/\(socket.name)")]
    if preload == .environment {
      let objects = [ContainerPlace.interposer] + [forwarding?.place].compactMap(\.self)
      variables.append(("LD_PRELOAD", objects.joined(separator: ":")))
    }
    if simulatedGPUPath != nil {
      variables += [
        ("TIDELOCK_SIMULATED_GPU", ContainerPlace.simulatedGPU),
        ("TIDELOCK_LIBCUDA", ContainerPlace.simulatedDriver),
        ("LD_LIBRARY_PATH", ContainerPlace.simulatedLibraries),
      ]
    }
    return variables
  }

  /// Connecting to a socket needs no writable mount, and none lets a container replace it.
  private var mounts: [JSON] {
    var mounts = [
      mount(librariesPath, ContainerPlace.libraries, "ro", "nosuid", "nodev"),
      mount(socket.directory, ContainerPlace.socketDirectory, "ro", "nosuid", "nodev", "noexec"),
    ]
    if let forwarding {
      mounts.append(
        mount(forwarding.directoryPath, ContainerPlace.forwarding, "ro", "nosuid", "nodev"))
    }
    if preload == .file {
      let directory = forwarding?.directoryPath ?? librariesPath
      mounts.append(
        mount(
          "\(directory)/\(Self.preloadListName)", ContainerPlace.preloadList, "ro", "nosuid",
          "nodev", "noexec"))
    }
    if let simulatedGPUPath {
      mounts.append(
        mount(simulatedGPUPath, ContainerPlace.simulatedGPU, "rw", "nosuid", "nodev", "noexec"))
    }
    return mounts
  }

  private func mount(_ host: String, _ container: String, _ options: String...) -> JSON {
    .object([
      JSON.Member("hostPath", .string(host)),
      JSON.Member("containerPath", .string(container)),
      JSON.Member("options", .array((["bind"] + options).map(JSON.string))),
    ])
  }
}

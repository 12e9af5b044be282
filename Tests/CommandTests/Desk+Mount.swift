import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A vault that is mounted while a test's steps run.
///
/// Tests never touch what is below `path` themselves, only through programs whose time
/// is limited: a mount that hangs must fail a test, not hold up all of them.
struct Mount {
  let desk: Desk
  let path: String
  /// Changes to the environment of the desk: whose computer it is.
  var environment: [String: String?] = [:]
  /// What runs every program, such as `setpriv` for another user.
  var wrapper: [String] = []

  /// Runs `casevault` to its end.
  func casevault(_ arguments: String..., limit: Int = 60) throws -> Ended {
    try run(arguments, limit: limit)
  }

  func run(_ arguments: [String], limit: Int = 60) throws -> Ended {
    try desk.run(arguments, environment: environment, through: Desk.bounds(limit) + wrapper)
  }

  /// Starts a line of shell.
  ///
  /// - Parameters:
  ///   - folder: where, below the mount.
  ///   - arguments: what the line calls `$1` and so on.
  func start(
    _ line: String, _ arguments: [String] = [], in folder: String = "", limit: Int = 60
  ) throws -> Running {
    // It goes there itself: nobody else may.
    try desk.launch(
      wrapper + ["/bin/sh", "-c", "cd \"$0\" || exit 99\n\(line)", "\(path)/\(folder)"]
        + arguments, limit: limit, environment: environment)
  }

  /// Runs a line of shell in the mount to its end.
  func shell(
    _ line: String, _ arguments: String..., in folder: String = "", limit: Int = 60
  ) throws -> Ended {
    try start(line, arguments, in: folder, limit: limit).end()
  }

  /// What `status --json` tells of it; nil where it knows of no such mount.
  func facts() throws -> [String: Any]? {
    let status = try run(["status", "--json"]).succeeded().object()
    return (status["mounts"] as? [[String: Any]])?.first { $0["path"] as? String == path }
  }

  /// The number of the process that answers for it.
  func process() throws -> pid_t { pid_t(try (facts()?["process"] as? Int).orThrow()) }

  /// Whether the kernel has a mount there, dead or alive.
  var isThere: Bool { FUSE.isMounted(path) }
}

extension Mount {
  /// Mounts.
  func begin(_ options: [String] = []) throws {
    try run(["mount", path] + options).succeeded()
    guard isThere else {
      let status = try? run(["status"]).output
      throw NotMounted(status: status, table: FUSE.table())
    }
  }

  /// Ends the mount and the agent by all means, one after the other.
  func end(_ processes: [pid_t]) {
    _ = try? run(["unmount", path], limit: 20)
    _ = try? run(["lock"], limit: 20)
    FUSE.unmount(path)
    // One that hangs is not left to the tests that follow.
    for process in processes where !isGone(process) && FUSE.isCasevault(process) {
      kill(process, SIGKILL)
    }
  }

  /// The processes of the mount and of the agent, as far as they are known.
  func processes() -> [pid_t] {
    guard let status = try? run(["status", "--json"]).object() else { return [] }
    let mounts = status["mounts"] as? [[String: Any]] ?? []
    return ([status] + mounts).compactMap { $0["process"] as? Int }.map { pid_t($0) }
  }
}

/// The vault did not appear where it was to be mounted.
struct NotMounted: Error {
  var status: String?
  var table: String?
}

extension Desk {
  /// Runs a test's steps with the vault unlocked and mounted; both end with them,
  /// whatever happens.
  ///
  /// - Parameters:
  ///   - folder: where, on the desk.
  ///   - options: of `mount`.
  func mounted<Result>(
    at folder: String = "mount", _ options: String..., environment: [String: String?] = [:],
    through wrapper: [String] = [], steps: (Mount) throws -> Result
  ) throws -> Result {
    let mount = Mount(
      desk: self, path: files.at(folder), environment: environment, wrapper: wrapper)
    var processes: [pid_t] = []
    defer { mount.end(processes) }
    try mount.run(["unlock", "--for", "10m"]).succeeded()
    processes = mount.processes()
    try mount.begin(options)
    processes = mount.processes()
    return try steps(mount)
  }

  /// Runs steps at a case of a client's in a mounted vault.
  func mountedCase<Result>(
    _ client: String = "Nadia Novák", _ options: String..., steps: (MountedCase) throws -> Result
  ) throws -> Result {
    let reference = try openCase("--client", client)
    return try mounted {
      try steps(MountedCase(mount: $0, reference: reference, name: "\(reference) \(client)"))
    }
  }
}

extension Seat {
  /// Runs steps with the vault unlocked and mounted at this person's computer.
  func mounted<Result>(steps: (Mount) throws -> Result) throws -> Result {
    try office.desk.mounted(
      at: "mount-\(computer ?? "manager")", environment: environment, steps: steps)
  }
}

/// What the kernel knows of FUSE.
enum FUSE {
  /// Whether this machine mounts anything.
  static let isHere: Bool = {
    guard Needs.isLinux, Needs.finds("fusermount3"), Needs.finds("timeout") else { return false }
    if Needs.isRoot { chmod("/dev/fuse", 0o666) }
    let device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
    guard device >= 0 else { return false }
    close(device)
    return true
  }()

  /// The options of a mount as the kernel has them; nil where there is none.
  static func options(_ path: String) -> [String]? {
    // The 5th field is the place, the 6th its options; the last ones the file system's.
    let line = table()?.split(separator: "\n").last { line in
      line.split(separator: " ").dropFirst(4).first.map(String.init) == path
    }
    guard let fields = line?.split(separator: " "), fields.count > 6 else { return nil }
    return [fields[5], fields[fields.count - 1]]
      .flatMap { $0.split(separator: ",").map(String.init) }
  }

  /// What is mounted, as the kernel says it. Read to its end: where the kernel gives a part, as here,
  /// `String(contentsOfFile:)` and `Data(contentsOf:)` take that for all.
  static func table() -> String? {
    FileHandle(forReadingAtPath: "/proc/self/mountinfo").flatMap { try? $0.readToEnd() }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  static func isMounted(_ path: String) -> Bool { options(path) != nil }

  /// Takes a mount away, busy or dead as it may be.
  static func unmount(_ path: String) {
    for _ in 0..<3 where isMounted(path) {
      _ = try? Running(
        Desk.bounds(20) + ["fusermount3", "-uz", path],
        environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], in: "/", descriptors: [:],
        output: "/dev/null"
      ).end()
    }
  }

  static func isCasevault(_ process: pid_t) -> Bool {
    let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
    return name?.hasPrefix("casevault") == true
  }
}

extension Trait where Self == ConditionTrait {
  static var requiresFUSE: Self {
    .enabled(
      if: FUSE.isHere && Needs.finds("python3"),
      "there is no usable /dev/fuse, or no fusermount3 (package fuse3), or no python3")
  }
}

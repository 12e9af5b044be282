internal import Agent
internal import CPlatform
internal import CaseVault
internal import Mount

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The folder that a person names for a mount.
enum MountFolder {
  /// The folder's own path, made where it is missing; a mount that a crash left there is taken away.
  ///
  /// - Parameter vault: the vault's path.
  /// - Throws: `refused` for a folder in a vault or around it, `failed` for one with something in it.
  static func prepared(_ path: String, outside vault: String) throws -> String {
    let absolute = absolute(path)
    if MountPoint.isDead(absolute) { try takeAway(absolute) }
    if let mounted = MountPoint.mounted().first(where: { $0.path == absolute }) {
      throw VaultError(
        .failed,
        mounted.isCasevault
          ? "\(path) is mounted already" : "something else is mounted on \(path)",
        hint: mounted.isCasevault ? "`casevault unmount \(path)` takes it away" : nil)
    }
    // Nothing is made in a vault; asked again of what was made.
    try Places.refuseInVault(absolute)
    try Places.refuseInVault("\(absolute)/x")
    guard mkdir(absolute, 0o700) == 0 || errno == EEXIST else {
      throw VaultError(
        .failed, "the folder \(path) cannot be made: \(Places.reason(errno))",
        hint: "name one whose parent is there")
    }
    guard let resolved = Places.resolved(absolute), MountPoint.isEmpty(resolved) else {
      throw VaultError(
        .failed, "\(path) is no empty folder",
        hint: "name an empty one, or one that is not there yet")
    }
    try Places.refuseInVault("\(resolved)/x")
    if let vault = Places.resolved(vault), vault == resolved || vault.hasPrefix(resolved + "/") {
      throw VaultError(.refused, "the vault lies in \(path)", hint: "name another folder")
    }
    return resolved
  }

  private static func absolute(_ path: String) -> String {
    if let resolved = Places.resolved(path) { return resolved }
    // A dead mount answers nothing, not even where it is.
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = trimmed.lastIndex(of: "/") else {
      return (Places.resolved(".") ?? ".") + "/" + trimmed
    }
    let parent = slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    let name = trimmed[trimmed.index(after: slash)...]
    guard let resolved = Places.resolved(parent) else { return trimmed }
    return (resolved == "/" ? "" : resolved) + "/" + name
  }

  /// Takes a mount away whose process is gone.
  private static func takeAway(_ path: String) throws {
    guard helperRuns(["-u", "-z", "-q", path]) || MountPoint.detach(path)
    else {
      throw VaultError(
        .failed, "\(path) is a mount that a crash left, and it cannot be taken away",
        hint: "try `fusermount3 -uz \(path)`")
    }
  }

  /// Unmounts, and waits until the mount's process has filed or kept everything.
  ///
  /// - Parameter report: what the mount on a folder says of itself, where that is known.
  /// - Throws: `notFound` where nothing of ours is mounted there, `failed` while it is in use or
  ///   holds what would be lost.
  static func unmount(_ path: String, report: (String) -> MountReport?) throws {
    let absolute = absolute(path)
    if MountPoint.isDead(absolute) { return try takeAway(absolute) }
    guard MountPoint.mounted().contains(where: { $0.path == absolute && $0.isCasevault }) else {
      throw VaultError(.notFound, "no vault is mounted on \(path)")
    }
    let report = report(absolute)
    if let place = report?.unkept.first {
      throw VaultError(
        .failed, "a save in \(place) lies in \(path) only: it could be kept nowhere",
        hint: "make room and save it again, or copy it elsewhere; `casevault lock` gives it up")
    }
    guard helperRuns(["-u", "-q", absolute]) || MountPoint.unmount(absolute) else {
      throw VaultError(
        .failed, "\(path) is in use by a program",
        hint:
          "close what is open there and leave the folder; `casevault lock` ends it whatever is open"
      )
    }
    guard let process = report.map({ pid_t($0.process) }) else { return }
    for _ in 0..<Self.patience * 100 where cp_is_running(process) { usleep(10_000) }
  }

  /// Seconds in which a mount's process must have ended.
  private static let patience = 120

  private static func helperRuns(_ words: [String]) -> Bool {
    guard let helper = MountPoint.helper else { return false }
    var arguments = ([helper] + words).map { strdup($0) } + [nil]
    defer { for word in arguments { free(word) } }
    var process: pid_t = 0
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    guard posix_spawn(&process, helper, &actions, nil, &arguments, environ) == 0 else {
      return false
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status == 0
  }
}

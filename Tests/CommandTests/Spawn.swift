import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A program that runs in a session of its own: no terminal, no inherited
/// environment, its output in files.
struct Running {
  let process: pid_t
  private let output: String
  private let errors: String

  /// - Parameters:
  ///   - command: the program's path and its arguments.
  ///   - folder: where it runs.
  ///   - descriptors: files to open for reading, by number; 0 is standard input.
  ///   - output: the path of the file for standard output; that for standard
  ///     error has `.errors` behind it.
  init(
    _ command: [String], environment: [String: String], in folder: String,
    descriptors: [Int32: String], output: String
  ) throws {
    self.output = output
    errors = output + ".errors"
    var actions = SpawnActions()
    posix_spawn_file_actions_init(&actions.list)
    defer { posix_spawn_file_actions_destroy(&actions.list) }
    for (number, path) in descriptors.merging([0: "/dev/null"], uniquingKeysWith: { it, _ in it }) {
      posix_spawn_file_actions_addopen(&actions.list, number, path, O_RDONLY, 0)
    }
    for (number, path) in [(1, output), (2, errors)] as [(Int32, String)] {
      posix_spawn_file_actions_addopen(
        &actions.list, number, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    }
    posix_spawnattr_init(&actions.attributes)
    defer { posix_spawnattr_destroy(&actions.attributes) }
    posix_spawnattr_setflags(&actions.attributes, Int16(ownSession))

    let arguments = CStrings(["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + command)
    let variables = CStrings(environment.map { "\($0)=\($1)" })
    var started = pid_t()
    let failure = posix_spawn(
      &started, "/bin/sh", &actions.list, &actions.attributes, arguments.pointers,
      variables.pointers)
    guard failure == 0 else { throw NotRun(error: failure) }
    process = started
  }

  /// Waits for its end.
  func end() throws -> Ended {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { throw NotRun(error: errno) }
    }
    let signal = status & 0x7f
    return Ended(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
      bytes: Array(try Data(contentsOf: URL(fileURLWithPath: output))),
      errors: String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: errors)), as: UTF8.self))
  }
}

/// A program could not be started or waited for.
struct NotRun: Error {
  let error: Int32
}

#if canImport(Darwin)
  private struct SpawnActions {
    var list: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
  }

  private let ownSession = POSIX_SPAWN_SETSID
#else
  private struct SpawnActions {
    var list = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
  }

  /// `POSIX_SPAWN_SETSID` of <spawn.h>, where Swift does not see it.
  private let ownSession = 0x80
#endif

/// Texts as C wants them, for as long as this lives.
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

  deinit { for pointer in pointers { free(pointer) } }
}

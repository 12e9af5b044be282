import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Waits until something holds, for so many seconds at most.
///
/// - Returns: whether it held in the end.
func eventually(
  within seconds: Double = 60, _ holds: () throws -> Bool
) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < deadline {
    if try holds() { return true }
    usleep(20_000)
  }
  // Whoever was held up past the end looks once more.
  return try holds()
}

extension Running {
  /// Waits for its end, and makes one where that takes too long.
  func end(within seconds: Double) throws -> Ended {
    if !eventually(within: seconds, { isGone(process) }) {
      Issue.record("process \(process) did not end within \(seconds) seconds")
      kill(process, SIGKILL)
    }
    return try end()
  }
}

extension Running {
  /// Ends it, if it has not ended yet, with all that it started.
  func stop() {
    guard !isGone(process) else { return }
    // It leads a session of its own.
    kill(-process, SIGKILL)
    _ = try? end()
  }
}

extension Desk {
  /// What keeps a program from running for ever.
  static func bounds(_ seconds: Int) -> [String] { ["timeout", "-k", "5", "\(seconds)"] }

  /// The programs of Debian, whatever others come first in somebody's PATH.
  static let python = "/usr/bin/python3"

  /// Starts a program somewhere on the desk: its input is empty, its time is limited.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments.
  ///   - folder: where it runs; the desk unless said otherwise.
  ///   - limit: in seconds; then it is killed, and its exit code is 124 or 137.
  func launch(
    _ command: [String], in folder: String? = nil, limit: Int = 60,
    environment changes: [String: String?] = [:]
  ) throws -> Running {
    var environment = environment
    environment["TERM"] = "xterm"
    for (name, value) in changes { environment[name] = value }
    let program = try Self.program()
    environment["PATH"] = [(program as NSString).deletingLastPathComponent, environment["PATH"]]
      .compactMap(\.self).joined(separator: ":")
    return try Running(
      Self.bounds(limit) + command, environment: environment, in: folder ?? files.path,
      descriptors: [:], output: files.at("launch-\(UUID().uuidString).output"))
  }
}

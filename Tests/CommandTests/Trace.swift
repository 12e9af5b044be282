import Foundation
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The system calls of a program, as `strace` wrote them down.
struct Trace {
  struct Call {
    let thread: Int
    /// In seconds since 1970.
    let time: Double
    let name: String
    /// Of its first descriptor.
    let path: String
    /// Where it writes, where it says so.
    let offset: Int?
    /// The lines where it begins and where it is over.
    let begin: Int
    var end: Int
  }

  private(set) var calls: [Call] = []

  private static let names = "openat2,openat,write,pwrite64,fsync,fdatasync,sendto,sendmsg,writev"

  /// The program that traces, with its arguments. Contents are not written down.
  static func command(to path: String) -> [String] {
    ["strace", "-f", "-qq", "-y", "-ttt", "-s", "0", "-e", "trace=\(names)", "-o", path]
  }

  init(_ path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var unfinished: [Int: Int] = [:]
    for (number, line) in text.split(separator: "\n").enumerated() {
      if let match = line.prefixMatch(of: /(\d+) +[\d.]+ <\.\.\. \w+ resumed>/) {
        if let thread = Int(match.1), let index = unfinished.removeValue(forKey: thread) {
          calls[index].end = number
        }
        continue
      }
      guard let call = Self.call(line, at: number) else { continue }
      if line.hasSuffix("<unfinished ...>") { unfinished[call.thread] = calls.count }
      calls.append(call)
    }
    for index in unfinished.values { calls[index].end = .max }
  }

  private static func call(_ line: Substring, at number: Int) -> Call? {
    guard let match = line.prefixMatch(of: /(\d+) +([\d.]+) (\w+)\(\w+(?:<([^>]*)>)?/),
      let thread = Int(match.1), let time = Double(match.2)
    else { return nil }
    return Call(
      thread: thread, time: time, name: String(match.3), path: String(match.4 ?? ""),
      offset: line.firstMatch(of: /, (\d+)(?:\) += | <unfinished)/).flatMap { Int($0.1) },
      begin: number, end: number)
  }

  /// Entries written to the spool of an access log in a home, without the
  /// spool's own beginning.
  var entries: [Call] {
    calls.filter { $0.name == "pwrite64" && $0.isOfSpool && ($0.offset ?? 0) > 0 }
  }

  /// Syncs of such a spool.
  var syncs: [Call] {
    calls.filter { ["fsync", "fdatasync"].contains($0.name) && $0.isOfSpool }
  }

  /// Whatever is written to a command's output, which the tests keep in a file.
  var outputs: [Call] {
    calls.filter {
      ["write", "writev", "pwrite64"].contains($0.name) && $0.path.hasSuffix(".output")
    }
  }

  /// What an agent sends to its clients.
  var answers: [Call] {
    calls.filter { ["sendto", "sendmsg"].contains($0.name) }
  }

  /// Whether the thread that wrote an entry waited for its sync before a call.
  func isSynced(_ entry: Call, before call: Call) -> Bool {
    syncs.contains {
      $0.thread == entry.thread && entry.end < $0.begin && $0.end < call.begin
    }
  }

  /// Whether an entry is written, and made durable, before a call begins.
  func isEnteredDurably(before call: Call) -> Bool {
    entries.contains { entry in
      entry.end < call.begin
        && syncs.contains { entry.end < $0.begin && $0.end < call.begin }
    }
  }
}

extension Trace.Call {
  /// `…/log/<device>/<n>`: in the vault, segments have names of letters.
  fileprivate var isOfSpool: Bool {
    path.firstMatch(of: /\/log\/[a-z2-7]{52}\/[0-9]+$/) != nil
  }
}

/// A tracer of an agent that runs already.
struct Tracing {
  private let running: Running
  private let path: String

  /// Begins to trace every thread of a process.
  init(_ process: pid_t, at desk: Desk) throws {
    path = desk.files.at("agent.trace")
    running = try Running(
      Trace.command(to: path) + ["-p", "\(process)"], environment: desk.environment,
      in: desk.files.path, descriptors: [:], output: desk.files.at("strace.output"))
    try wait { Self.isTraced(process) }
  }

  /// Waits, for at most a minute, until something is so.
  func wait(until isSo: () throws -> Bool) throws {
    for _ in 0..<6_000 {
      if try isSo() { return }
      usleep(10_000)
    }
    throw Missing()
  }

  private static func isTraced(_ process: pid_t) -> Bool {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task"))
    return (threads ?? []).allSatisfy { thread in
      let status = try? String(
        contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8)
      return status?.contains(/TracerPid:\t[1-9]/) == true
    } && threads != nil
  }

  /// What was traced by now.
  func soFar() throws -> Trace { try Trace(path) }

  /// Waits for the end of the tracer, which comes with the agent's.
  func end() throws -> Trace {
    _ = try running.end()
    return try Trace(path)
  }
}

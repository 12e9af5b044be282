import Agent
import CaseVault
import Foundation
import Storage
import TestSupport
import Testing
import VaultFormat

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Desk {
  /// Variables of somebody who gives no passphrase.
  static let noPassphrase: [String: String?] = ["CASEVAULT_PASSPHRASE_COMMAND": nil]

  /// Runs a test's steps with an agent that ends with them, whatever happens.
  ///
  /// - Parameter idle: what `--for` is given.
  func unlocked<Result>(
    idle: String = "10m", through wrapper: [String] = [], _ steps: () throws -> Result
  ) throws -> Result {
    try run(["unlock", "--for", idle], through: wrapper).succeeded()
    defer { _ = try? run(["lock"], through: wrapper) }
    return try steps()
  }

  /// A client of the agent in this process.
  ///
  /// - Parameter action: as which it greets.
  func client(_ action: String) throws -> AgentClient {
    let folder = try Folder(home.path)
    let vault = try Vault.id(in: Folder(vault.path))
    let line = try #require(
      try FarLine.connect(to: vault, in: Home(identities: folder, state: folder)))
    return try AgentClient(
      line, Request.Greeting(vault: vault, action: action, purpose: .advice, program: "test"))
  }

  /// Runs a command with no passphrase at hand.
  func bare(_ arguments: String..., input: String? = nil) throws -> Ended {
    try run(arguments, input: input, environment: Self.noPassphrase)
  }

  /// Gives all that the desk has to another user.
  func giveTo(_ user: uid_t) throws {
    try shell("chown -R \(user):\(user) . && chmod 0755 .").succeeded()
  }

  /// The number of the agent's process.
  func agent(through wrapper: [String] = []) throws -> pid_t {
    let facts = try casevault("status", "--json", through: wrapper).succeeded().object()
    return pid_t(try (facts["process"] as? Int).orThrow())
  }

  /// Where the agent's socket lies.
  func socket() throws -> String {
    try FileManager.default.contentsOfDirectory(atPath: home.path)
      .map { home.at("\($0)/agent") }.first { FileManager.default.fileExists(atPath: $0) }.orThrow()
  }
}

/// Whether a process has ended.
func isGone(_ process: pid_t) -> Bool {
  // A child of nobody is taken in by init, which may not have buried it yet.
  guard kill(process, 0) == 0 else { return true }
  let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
  return status?.contains(") Z ") ?? true
}

/// A connection to an agent's socket, by hand.
final class RawClient {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The home's path may be too long for an address: gone to by its folder.
    let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    defer { close(folder) }
    let name = "/proc/self/fd/\(folder)/agent"
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(name.utf8)) }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else { throw NotRun(error: errno) }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// What comes before the other end closes.
  func answer() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return all }
      all += buffer[..<count]
    }
  }
}

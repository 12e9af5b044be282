internal import CaseVault
internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// Runs `casevault-intake`, which parses what strangers sent in a process that
/// holds no key.
package struct Intake: Sendable {
  /// The most that is taken from it: facts of a large mailbox, the text of a file.
  private static let outputLimit = 256 << 20

  private let executable: FilePath

  /// - Parameter executable: its path; it lies beside `casevault`.
  package init(executable: String) {
    self.executable = FilePath(executable)
  }

  /// The facts of each message of a mail or mailbox file.
  ///
  /// - Throws: `failed` with the reason.
  package func mail(_ file: SourceFile) async throws -> [MailFacts] {
    let output = try await run(["mail"], file)
    return try output.split(separator: UInt8(ascii: "\n")).map { line in
      try decode(MailFacts.self, Array(line))
    }
  }

  /// The facts of a scan, decoded to its end.
  ///
  /// - Throws: `refused` with the reason why it is not whole, `failed`.
  package func scan(_ file: SourceFile) async throws -> ScanFacts {
    try decode(ScanFacts.self, try await run(["scan"], file))
  }

  /// A document as text for a terminal.
  package func text(_ file: SourceFile, mediaType: String) async throws -> [UInt8] {
    try await run(["text", mediaType], file)
  }

  /// An attachment's decoded bytes; the first is 1.
  package func attachment(_ number: Int, of file: SourceFile) async throws -> [UInt8] {
    try await run(["attachment", String(number)], file)
  }

  private func run(_ arguments: [String], _ file: SourceFile) async throws -> [UInt8] {
    let result: ExecutionResult<Void, BytesOutput, DiscardedOutput>
    do {
      try file.descriptor.seek(offset: 0, from: .start)
      result = try await Subprocess.run(
        .path(executable), arguments: Arguments(arguments), environment: Self.environment,
        input: .fileDescriptor(file.descriptor, closeAfterSpawningProcess: false),
        output: .bytes(limit: Self.outputLimit), error: .discarded)
    } catch {
      throw VaultError(
        .failed, "casevault-intake could not be run", hint: "install it beside casevault",
        cause: error)
    }
    guard case .exited(let code) = result.terminationStatus else {
      throw VaultError(
        .failed, "\(file.name) could not be taken apart: its decoder ended early")
    }
    if code == 0 { return result.standardOutput }
    let reason = (try? decode(IntakeRefusal.self, result.standardOutput))?.refused
    throw VaultError(.refused, "\(file.name): \(reason ?? "its decoder failed")")
  }

  private static let environment = Environment.inherit.updating([
    // What a command for passphrases is, is not the decoder's business.
    "CASEVAULT_PASSPHRASE_COMMAND": nil
  ])

  private func decode<Facts: Decodable>(_: Facts.Type, _ bytes: [UInt8]) throws -> Facts {
    do {
      return try JSONDecoder().decode(Facts.self, from: Data(bytes))
    } catch {
      throw VaultError(.failed, "casevault-intake gave no sense", cause: error)
    }
  }
}

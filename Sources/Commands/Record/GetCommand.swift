internal import Agent
internal import ArgumentParser
internal import CPlatform
internal import CaseVault
internal import Exchange
internal import Storage
internal import Terminal
internal import VaultFormat

struct GetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Get a record out, byte for byte.",
    discussion: """
      With -o the file appears only after everything has verified. Without it the whole \
      record is verified before its first byte comes out.
      """)

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "The record: its id or a beginning of it.")
  var record: String

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: "The file to write; - is standard output.")
  var file: String?

  @Option(help: "Of an e-mail: the attachment with this number; the first is 1.")
  var attachment: Int?

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "get") { session in
      let reader = try session.reader(of: record, in: name)
      if let attachment {
        try await get(attachment, from: reader, session)
      } else {
        try get(from: reader, session)
      }
    }
  }

  private var isToFile: Bool { file != nil && file != "-" }

  private func get(from reader: borrowing RecordReader, _ session: Session) throws {
    let record = reader.record
    let progress = session.progress()
    progress.begin("Reading", total: record.manifest.length, unit: .bytes)
    defer { progress.finish() }
    if let file, isToFile {
      try Destination.write(file) { output in
        try reader.forEachRun { run in
          try output.append(run)
          progress.advance(by: run.count)
        }
      }
    } else {
      try Destination.refuseTerminal(session.output, record.manifest.mediaType, file)
      try reader.verifyThenForEachRun { try session.output.write($0) }
    }
  }

  private func get(
    _ number: Int, from reader: borrowing RecordReader, _ session: Session
  ) async throws {
    guard reader.record.manifest.kind == RecordKind.mail, number >= 1 else {
      throw VaultError(.usage, "only e-mails have attachments, from 1")
    }
    let message = try reader.inMemory()
    let intake = Intake(executable: try Places.intake())
    let bytes: [UInt8]
    do {
      bytes = try await intake.attachment(number, of: message)
    } catch let error as VaultError where error.code == .refused {
      throw VaultError(.notFound, "this e-mail has no attachment \(number)", cause: error)
    }
    if let file, isToFile {
      try Destination.write(file) { try $0.append(bytes) }
    } else {
      try Destination.refuseTerminal(session.output, "application/octet-stream", file)
      try bytes.withUnsafeBytes { try session.output.write($0) }
    }
  }
}

extension Session {
  /// A record's content, with the key that the agent lends for it.
  func reader(of record: String, in name: String) throws -> RecordReader {
    let (entry, key) = try agent.content(of: record, in: name)
    return try RecordReader.open(entry.record, with: key.key, in: folder)
  }
}

/// Where the content of a record goes.
enum Destination {
  /// Writes a file that has its name only once `fill` has returned.
  ///
  /// - Throws: `failed` where it exists already or cannot be written.
  static func write(_ path: String, _ fill: (OutputFile) throws -> Void) throws {
    try Places.refuseInVault(path)
    do {
      let output = try OutputFile(path)
      // What an interrupted command leaves must not be half a letter in clear.
      _ = cp_unlink_when_ended(output.unfinishedPath)
      defer { _ = cp_unlink_when_ended(nil) }
      try fill(output)
      try output.commit()
    } catch let error as StorageError {
      if error.reason == .alreadyExists {
        throw VaultError(
          .failed, "\(path) is there already", hint: "name another file", cause: error)
      }
      throw VaultError(error, while: "writing \(path)")
    }
  }

  /// A terminal is no place for bytes that are no text.
  static func refuseTerminal(_ output: Output, _ mediaType: String, _ file: String?) throws {
    guard output.isTerminal, file != "-", !mediaType.hasPrefix("text/") else { return }
    throw VaultError(
      .usage, "this record is no text for a terminal", hint: "name a file with -o FILE")
  }
}

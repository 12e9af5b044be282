internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Exchange
internal import Terminal
internal import VaultFormat

struct NoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Write notes.", subcommands: [NoteAdd.self, NoteAmend.self])
}

/// What a note is made of.
struct NoteOptions: ParsableArguments {
  @Option(help: "A title; the first line of the note unless given.")
  var title: String?

  @Option(help: "The day of the work, as 2026-11-22.")
  var worked: String?

  @Option(help: "How it came about: in-person, phone, email, video or letter.")
  var channel: Channel?

  @Option(help: "Advice given: the matter.")
  var matter: String?

  @Option(help: "Advice given: the client's options.")
  var choices: String?

  @Option(help: "Advice given: the advice.")
  var advice: String?

  @Option(help: "Advice given: what happens next.")
  var nextSteps: String?

  @Option(help: "A record of the case that belongs to this note; may be given again.")
  var attach: [String] = []

  /// The parts of advice that were given, in order.
  private var parts: [(String, String)] {
    [
      ("Matter", matter), ("Options", choices), ("Advice", advice),
      ("Next steps", nextSteps),
    ].compactMap { part in part.1.map { (part.0, $0) } }
  }

  /// A record made of these options and a file.
  ///
  /// - Parameter path: nil or `-` for standard input, unless advice is given.
  func record(
    _ path: String?, worked: CivilDate, replaces: [Identifier], in file: CaseView
  ) throws -> NewRecord {
    var details: [String: JSON] = [:]
    if let channel { details["channel"] = .string(channel.rawValue) }
    if !attach.isEmpty {
      details["attached"] = JSON(ascending: try attach.map { try file.record(named: $0).id })
    }
    guard parts.isEmpty else {
      guard path == nil else {
        throw VaultError(.usage, "give a file, or the parts of the advice, not both")
      }
      details["form"] = "advice"
      guard parts.contains(where: { !$0.1.allSatisfy(\.isWhitespace) }) else {
        throw VaultError(.usage, "the advice is empty")
      }
      let text = parts.map { "\($0.0)\n\n\($0.1)\n" }.joined(separator: "\n")
      return NewRecord(
        kind: RecordKind.note, title: try title(from: matter ?? advice ?? "Advice given"),
        mediaType: "text/plain", details: details, worked: worked, replaces: replaces,
        content: .bytes(Array(text.utf8)))
    }
    let source = try SourceFile(path ?? "-")
    guard source.size > 0 || path != nil && path != "-" else {
      throw VaultError(.usage, "the note is empty", hint: "type it, and end with Ctrl-D")
    }
    let head = try source.head(4_096)
    let text = Self.text(in: head)
    return NewRecord(
      kind: RecordKind.note,
      title: try title(from: text.flatMap(Self.firstLine) ?? source.name),
      mediaType: text == nil ? "application/octet-stream" : "text/plain", details: details,
      worked: worked, replaces: replaces, content: source.content())
  }

  private func title(from text: String) throws -> String {
    if let title {
      guard title.utf8.count <= Manifest.maximumTitle, title.isFreeOfControls else {
        throw VaultError(.usage, "a title has at most 255 bytes and no control characters")
      }
      return title
    }
    return text.withoutControls.shortened(to: 100)
  }

  /// The text that these bytes begin, or nil where they are none.
  private static func text(in head: [UInt8]) -> String? {
    guard !head.contains(0) else { return nil }
    // The last character may be cut.
    for cut in 0...min(3, head.count) {
      if let text = String(validating: head.dropLast(cut), as: UTF8.self) { return text }
    }
    return nil
  }

  private static func firstLine(_ text: String) -> String? {
    text.split(whereSeparator: \.isNewline).lazy.map { String($0).withoutControls }
      .first { !$0.isEmpty }
  }
}

struct NoteAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add a note to a case.",
    discussion: "Without a file the note is read from standard input, or made of --advice.")

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "The note's file; - is standard input.")
  var file: String?

  @OptionGroup var note: NoteOptions

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "note add") { session in
      let caseFile = try session.agent.look(name)
      try session.file(
        try note.record(
          file, worked: try session.worked(note.worked), replaces: [], in: caseFile),
        in: caseFile)
    }
  }
}

struct NoteAmend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "amend", abstract: "Put a new version in the place of a note.",
    discussion: "The old one is kept in the case's history. The day of the work stays.")

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "The note: its id or a beginning of it.")
  var record: String

  @Argument(help: "The new version's file; - is standard input.")
  var file: String?

  @OptionGroup var note: NoteOptions

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "note amend") { session in
      let caseFile = try session.agent.look(name)
      let old = try caseFile.record(named: record)
      guard old.manifest.kind == RecordKind.note else {
        throw VaultError(
          .usage, "record \(old.id.text.prefix(10)) is no note",
          hint: "withdraw it and file it again")
      }
      try session.warn(ofLater: old, in: caseFile)
      let worked = try note.worked.map { try session.worked($0) } ?? old.manifest.worked
      try session.file(
        try note.record(file, worked: worked, replaces: [old.id], in: caseFile), in: caseFile)
    }
  }
}

extension Session {
  /// Says that a record to be amended was amended before.
  ///
  /// - Throws: `usage` for one that was withdrawn.
  func warn(ofLater record: Record, in file: CaseView) throws {
    guard let entry = file.entries.first(where: { $0.record.id == record.id }) else { return }
    if !entry.withdrawnBy.isEmpty {
      throw VaultError(
        .usage, "record \(record.id.text.prefix(10)) was withdrawn", hint: "add a new note instead")
    }
    if let later = entry.replacedBy.last {
      output.note(
        "record \(record.id.text.prefix(10)) was amended before, by \(later.text.prefix(10)); "
          + "both versions are kept")
    }
  }
}

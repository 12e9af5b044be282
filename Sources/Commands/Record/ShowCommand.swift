internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Exchange
internal import Terminal
internal import VaultFormat

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what is known of a record, or its text.")

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "The record: its id or a beginning of it.")
  var record: String

  @Flag(help: "The record's text, as far as it has one.")
  var text = false

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, text ? "show --text" : "show") { session in
      if text {
        session.output.text(
          try await readableText(try session.reader(of: record, in: name)))
        return
      }
      let entry = try session.agent.entry(record, of: name)
      if options.json {
        session.json(session.object(entry))
      } else {
        facts(of: entry, session)
      }
    }
  }

  private func readableText(_ reader: borrowing RecordReader) async throws -> String {
    let record = reader.record
    // The service's own notes are text already; what strangers sent is taken
    // apart in a process without keys.
    if record.manifest.kind == RecordKind.note, record.manifest.mediaType == "text/plain" {
      return String(decoding: try reader.content(atMost: 64 << 20), as: UTF8.self)
    }
    if record.manifest.mediaType == "application/json" {
      return String(
        decoding: try reader.content(atMost: CaseDetails.maximumSize), as: UTF8.self)
    }
    let intake = Intake(executable: try Places.intake())
    // A note in another encoding than UTF-8 is text all the same.
    let mediaType =
      record.manifest.kind == RecordKind.note ? "text/plain" : record.manifest.mediaType
    let text = try await intake.text(try reader.inMemory(), mediaType: mediaType)
    return String(decoding: text, as: UTF8.self)
  }

  private func facts(of entry: CaseState.Entry, _ session: Session) {
    let manifest = entry.record.manifest
    func fact(_ name: String, _ text: String?) {
      guard let text, !text.isEmpty else { return }
      session.output.line(name + String(repeating: " ", count: max(1, 13 - name.count)) + text)
    }
    fact("Record", entry.record.id.text)
    fact("Title", manifest.title)
    fact("Kind", entry.record.shownKind)
    fact("Type", manifest.mediaType)
    fact("Size", byteCount(manifest.length))
    fact("Work of", manifest.worked.text)
    fact("Recorded", "\(manifest.recorded.text) by \(session.memberName(manifest.author))")
    for (label, name) in [
      ("From", "from"), ("To", "to"), ("Attachments", "attachments"), ("Marked", "defects"),
    ] {
      fact(label, manifest.details[name]?.strings?.joined(separator: ", "))
    }
    for (label, name) in [("Date", "date"), ("Channel", "channel")] {
      fact(label, manifest.details[name]?.string)
    }
    fact("Pages", manifest.details["pages"]?.integer.map { String($0) })
    for (label, ids) in [
      (manifest.kind == RecordKind.withdrawal ? "Withdraws" : "Amends", manifest.replaces),
      ("Amended by", entry.replacedBy),
      ("Withdrawn by", entry.withdrawnBy),
    ] {
      fact(label, ids.map { String($0.text.prefix(10)) }.joined(separator: ", "))
    }
  }
}

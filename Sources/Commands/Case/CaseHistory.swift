internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct CaseHistory: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Everything that was recorded in a case, by whom and when.")

  @Argument(help: "The case.")
  var name: String

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "case history") { session in
      let file = try session.agent.look(name, withContents: true)
      for entry in file.entries {
        if options.json {
          var object = session.object(entry)
          object["change"] = change(entry.record, file, session).map(JSON.object)
          session.json(object)
        } else if options.quiet {
          session.output.line(entry.record.id.text)
        } else {
          show(entry, file, session)
        }
      }
    }
  }

  private func show(_ entry: CaseState.Entry, _ file: CaseView, _ session: Session) {
    let manifest = entry.record.manifest
    session.output.line(
      "\(manifest.recorded.text)  \(entry.record.id.text.prefix(10))  "
        + "\(session.memberName(manifest.author)): \(entry.record.shownKind), \(manifest.title)")
    if manifest.kind == RecordKind.withdrawal {
      let reason = content(of: entry.record, file, session)
      session.output.line(
        "    because: \(reason.map { String(decoding: $0, as: UTF8.self) } ?? "(damaged)")")
    }
    for target in manifest.replaces {
      let verb = manifest.kind == RecordKind.withdrawal ? "withdraws" : "amends"
      session.output.line("    \(verb) \(target.text.prefix(10))")
    }
    for (name, value) in (change(entry.record, file, session) ?? [:]).sorted(by: <) {
      session.output.line("    \(name): \(String(decoding: value.canonical, as: UTF8.self))")
    }
  }

  /// What a record says, or nil where it is damaged: that is named, the command
  /// goes on, and ends with 14.
  private func content(
    of record: Record, _ file: CaseView, _ session: Session
  ) -> [UInt8]? {
    if let content = file.contents[record.id] { return content }
    session.output.warning("record \(record.id.text.prefix(10)) is damaged")
    session.noteDamage()
    return nil
  }

  /// What an opening or an update says, with the adviser's name.
  private func change(
    _ record: Record, _ file: CaseView, _ session: Session
  ) -> [String: JSON]? {
    guard [RecordKind.opening, RecordKind.update].contains(record.manifest.kind) else { return nil }
    guard let content = content(of: record, file, session),
      var members = try? CaseDetails(content: content).members
    else { return nil }
    if let adviser = members["adviser"]?.string {
      members["adviser"] = .string(session.memberName(adviser))
    }
    return members
  }
}

private func < (left: (key: String, value: JSON), right: (key: String, value: JSON)) -> Bool {
  left.key < right.key
}

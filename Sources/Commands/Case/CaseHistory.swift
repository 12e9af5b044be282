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
    try await Session.with(options) { session in
      let file = try session.caseFile(name)
      session.noteReading()
      for entry in file.state.entries {
        if options.json {
          var object = session.object(entry)
          object["change"] = try change(entry.record, file, session).map(JSON.object)
          session.json(object)
        } else if options.quiet {
          session.output.line(entry.record.id.text)
        } else {
          try show(entry, file, session)
        }
      }
    }
  }

  private func show(_ entry: CaseState.Entry, _ file: CaseFile, _ session: Session) throws {
    let manifest = entry.record.manifest
    session.output.line(
      "\(manifest.recorded.text)  \(entry.record.id.text.prefix(10))  "
        + "\(session.memberName(manifest.author)): \(entry.record.shownKind), \(manifest.title)")
    if manifest.kind == RecordKind.withdrawal {
      let reason = try session.ifSound {
        try session.vault.reader(of: entry.record, in: file).content(atMost: 1 << 20)
      }
      session.output.line(
        "    because: \(reason.map { String(decoding: $0, as: UTF8.self) } ?? "(damaged)")")
    }
    for target in manifest.replaces {
      let verb = manifest.kind == RecordKind.withdrawal ? "withdraws" : "amends"
      session.output.line("    \(verb) \(target.text.prefix(10))")
    }
    for (name, value) in (try change(entry.record, file, session) ?? [:]).sorted(by: <) {
      session.output.line("    \(name): \(String(decoding: value.canonical, as: UTF8.self))")
    }
  }

  /// What an opening or an update says, with the adviser's name.
  private func change(
    _ record: Record, _ file: CaseFile, _ session: Session
  ) throws -> [String: JSON]? {
    guard [RecordKind.opening, RecordKind.update].contains(record.manifest.kind) else { return nil }
    let content = try session.ifSound {
      try session.vault.reader(of: record, in: file).content(atMost: CaseDetails.maximumSize)
    }
    guard let content, var members = try? CaseDetails(content: content).members else { return nil }
    if let adviser = members["adviser"]?.string {
      members["adviser"] = .string(session.memberName(adviser))
    }
    return members
  }
}

private func < (left: (key: String, value: JSON), right: (key: String, value: JSON)) -> Bool {
  left.key < right.key
}

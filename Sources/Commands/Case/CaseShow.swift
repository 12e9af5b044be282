internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct CaseShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a case and its records.")

  @Argument(help: "The case: its reference, its id, or a beginning of either.")
  var name: String

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "case show") { session in
      let file = try session.agent.look(name)
      if options.json {
        session.json(object(file, session))
      } else if options.quiet {
        for entry in file.entries { session.output.line(entry.record.id.text) }
      } else {
        show(file, session)
      }
    }
  }

  private func show(_ file: CaseView, _ session: Session) {
    let output = session.output
    let details = file.details
    output.line(
      "\(details.reference?.text ?? file.id.text)  \(file.isOpen ? "open" : "closed")",
      style: .strong)
    func fact(_ name: String, _ text: String?) {
      guard let text, !text.isEmpty else { return }
      output.line(name + String(repeating: " ", count: max(1, 14 - name.count)) + text)
    }
    fact("Client", details.clientName ?? (details.isAnonymous ? "(anonymous)" : nil))
    fact("Known as", details.pseudonym)
    fact("Student no", details.studentID)
    fact("E-mail", details.emails.joined(separator: ", "))
    fact("Telephone", details.phones.joined(separator: ", "))
    fact("Reach by", details.contact)
    fact("DO NOT USE", details.unsafeContact)
    fact("Parties", details.parties.joined(separator: ", "))
    fact("Topic", details.topic)
    fact("Adviser", details.adviser.map(session.memberName))
    fact("Came by", details.channel?.rawValue)
    fact("Opened", file.opened?.text)
    fact("Last work", file.lastWork?.text)
    fact("Kept until", file.expires.flatMap { CivilDate(dayNumber: $0.dayNumber - 1) }?.text)
    output.line()
    var table = Table([
      .init("Record", isWhole: true), .init("Date"), .init("Kind"), .init("Title"),
      .init("By"), .init("Size", alignment: .trailing),
    ])
    for entry in file.entries {
      let manifest = entry.record.manifest
      table.add([
        String(entry.record.id.text.prefix(10)), manifest.worked.text,
        entry.record.shownKind, title(entry), session.memberName(manifest.author),
        byteCount(manifest.length),
      ])
    }
    output.table(table)
  }

  private func title(_ entry: CaseState.Entry) -> String {
    let title = entry.record.manifest.title
    if !entry.withdrawnBy.isEmpty { return "withdrawn: \(title)" }
    if !entry.replacedBy.isEmpty { return "amended: \(title)" }
    return title
  }

  private func object(_ file: CaseView, _ session: Session) -> [String: JSON] {
    let details = file.details
    return [
      "ref": JSON(details.reference?.text), "id": JSON(file.id),
      "status": .string(file.isOpen ? "open" : "closed"),
      "client": details.members["client"] ?? [:], "parties": JSON(details.parties),
      "topic": JSON(details.topic), "adviser": JSON(details.adviser.map(session.memberName)),
      "channel": JSON(details.channel?.rawValue), "opened": JSON(file.opened?.text),
      "closed": JSON(file.closed?.text), "last_work": JSON(file.lastWork?.text),
      "expires": JSON(file.expires?.text), "walled": false, "held": false,
      "records": .array(file.entries.map { .object(session.object($0)) }),
    ]
  }
}

extension Record {
  /// The kind, and for a message its direction.
  var shownKind: String {
    guard let direction = manifest.details["direction"]?.string else { return manifest.kind }
    return "\(manifest.kind) \(direction)"
  }
}

extension Session {
  /// A record as JSON.
  func object(_ entry: CaseState.Entry) -> [String: JSON] {
    let manifest = entry.record.manifest
    return [
      "id": JSON(entry.record.id), "kind": .string(manifest.kind),
      "title": .string(manifest.title), "author": .string(memberName(manifest.author)),
      "time": .string(manifest.recorded.text), "worked": .string(manifest.worked.text),
      "media_type": .string(manifest.mediaType), "bytes": .integer(manifest.length),
      "replaces": JSON(ascending: manifest.replaces),
      "replaced_by": JSON(ascending: entry.replacedBy),
      "withdrawn": .bool(!entry.withdrawnBy.isEmpty),
      "details": .object(manifest.details),
    ]
  }
}

internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Exchange
internal import Storage
internal import Terminal
internal import VaultFormat

struct MailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mail", abstract: "File e-mails.", subcommands: [MailAdd.self])
}

struct MailAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add messages to a case: .eml files, mailboxes, Maildirs.",
    discussion: """
      Each message is kept byte for byte. One that is there already is not added again. \
      Whether it was sent or received is seen from the client's addresses unless said.
      """)

  @Argument(help: "The case.")
  var name: String

  @Argument(help: "Message files, mbox files or Maildir folders; - is standard input.")
  var files: [String]

  @Flag(help: "The service wrote these messages.")
  var sent = false

  @Flag(help: "The service got these messages.")
  var received = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if sent && received { throw ValidationError("--sent and --received exclude each other") }
  }

  func run() async throws {
    try await Session.with(options, "mail add") { session in
      let filing = MailFiling(
        session, try session.agent.look(name), intake: Intake(executable: try Places.intake()),
        direction: sent ? .sent : received ? .received : nil)
      var failures: [VaultError] = []
      let messages = try files.flatMap(Maildir.messages)
      for message in messages {
        do {
          try await filing.add(try SourceFile(message))
        } catch let error as VaultError {
          try session.fail(error, on: message)
          failures.append(error)
        }
      }
      try filing.finish()
      if let first = failures.first {
        throw EndedWith(messages.count == 1 ? first.code : .partlyDone)
      }
    }
  }
}

/// Files messages into one case, many to a commit.
private final class MailFiling {
  private let session: Session
  private let file: CaseView
  /// The case's records, with those that were filed by this command.
  private var entries: [CaseState.Entry]
  private let intake: Intake
  private let direction: MailDirection?
  private let filing: Filing
  private var waiting: [(record: Record, facts: [String: JSON])] = []

  init(_ session: Session, _ file: CaseView, intake: Intake, direction: MailDirection?) {
    self.session = session
    self.file = file
    self.intake = intake
    self.direction = direction
    entries = file.entries
    filing = session.filing()
  }

  func add(_ source: SourceFile) async throws {
    try refuseOtherKinds(source)
    for facts in try await intake.mail(source) {
      try add(facts, of: source)
    }
  }

  /// Messages that break the rules are kept; what is plainly something else is not.
  private func refuseOtherKinds(_ source: SourceFile) throws {
    let kinds: [([UInt8], String)] = [
      (Array("%PDF-".utf8), "a PDF: file it with `casevault scan add`"),
      ([0x89, 0x50, 0x4e, 0x47], "a picture: file it with `casevault scan add`"),
      ([0xff, 0xd8, 0xff], "a picture: file it with `casevault scan add`"),
      ([0xd0, 0xcf, 0x11, 0xe0], "an Outlook file: save the message as .eml first"),
      ([0x50, 0x4b, 0x03, 0x04], "a ZIP or office file"),
    ]
    let head = try source.head(8)
    if let kind = kinds.first(where: { head.starts(with: $0.0) }) {
      throw VaultError(.refused, "\(source.name) is no e-mail", hint: "it is \(kind.1)")
    }
  }

  private func add(_ facts: MailFacts, of source: SourceFile) throws {
    guard facts.offset >= 0, facts.length >= 0, facts.length <= source.size,
      facts.offset <= source.size - facts.length
    else {
      throw VaultError(.failed, "casevault-intake gave no sense")
    }
    let direction =
      direction ?? MailDirection(facts, clientAddresses: file.details.emails)
    if direction == nil {
      session.output.note(
        "\(source.name): none of its addresses is the client's; filed as received")
    }
    let filed = direction ?? .received
    if let present = facts.duplicate(in: entries, direction: filed) {
      report(duplicate: facts, of: present)
      return
    }
    let sameID = facts.sameID(in: entries)
    let record = try filing.add(
      NewRecord(
        kind: RecordKind.mail, title: facts.title, mediaType: "message/rfc822",
        details: facts.details(filed, sameID: sameID),
        worked: facts.worked(today: try session.today()),
        content: source.content(facts.offset..<facts.offset + facts.length)),
      to: file.id)
    entries.append(CaseState.Entry(record: record, replacedBy: [], withdrawnBy: []))
    waiting.append((record, facts.summary(filed, sameID: sameID)))
    if filing.isFull { try finish() }
  }

  private func report(duplicate facts: MailFacts, of present: Record) {
    if session.options.json || session.options.quiet {
      session.report(filed: present, file.details.reference?.text, ["duplicate": true])
    } else {
      session.output.line(
        "Not added again: \(facts.title), which is record \(present.id.text.prefix(10))")
    }
  }

  /// Makes what waits durable, and only then names it.
  func finish() throws {
    try filing.commit()
    for (record, facts) in waiting {
      session.report(filed: record, file.details.reference?.text, facts)
      guard !session.options.json, !session.options.quiet else { continue }
      for (name, value) in [("from", "from"), ("to", "to"), ("with", "attachments")] {
        let texts = facts[value]?.strings ?? []
        if !texts.isEmpty {
          session.output.line("    \(name) \(texts.joined(separator: ", "))")
        }
      }
      let defects = facts["defects"]?.strings ?? []
      if !defects.isEmpty {
        session.output.note("kept whole, marked: \(defects.joined(separator: ", "))")
      }
      if facts["same_id"] != nil {
        session.output.note("another message of this case has the same Message-ID; both are kept")
      }
    }
    waiting = []
  }
}

extension MailFacts {
  /// What `--json` says of a message beside its record.
  func summary(_ direction: MailDirection, sameID: [Identifier]) -> [String: JSON] {
    var summary: [String: JSON] = [
      "duplicate": false, "direction": .string(direction.rawValue),
      "subject": .string(subject), "from": JSON(from), "to": JSON(to), "date": JSON(date),
      "attachments": JSON(attachments.map(\.name)), "defects": JSON(defects),
    ]
    if !sameID.isEmpty { summary["same_id"] = JSON(ascending: sameID) }
    return summary
  }
}

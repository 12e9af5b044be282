internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct LogShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Who opened what, and when: for managers and trustees.",
    discussion: """
      All logs are verified before any entry is shown. What is wrong is named apart, whatever was \
      asked for, and the command then ends with 14.
      """)

  @Option(name: .customLong("case"), help: "Entries of this case.")
  var caseName: String?

  @Option(help: "Entries of this member.")
  var member: String?

  @Option(help: "Entries from this day on.")
  var since: String?

  @Option(help: "Entries up to this day.")
  var until: String?

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let query = Request.LogQuery(
      caseName: caseName, member: member, since: try since.map(day), until: try until.map(day))
    try await Session.with(options, "log show", for: .auditors) { session in
      let (entries, findings) = try session.agent.log(query)
      for entry in entries {
        if options.json {
          session.json(members(of: entry, session))
        } else if options.quiet {
          session.output.line("\(entry.device.text) \(entry.sequence)")
        } else {
          session.output.line(line(of: entry, session))
        }
      }
      try LogCommand.end(with: findings, session.output)
    }
  }

  private func day(_ typed: String) throws -> CivilDate {
    guard let day = CivilDate(typed) else {
      throw VaultError(.usage, "\(typed) is no date", hint: "write it as 2026-11-22")
    }
    return day
  }

  private func line(of entry: LoggedEntry, _ session: Session) -> String {
    let body = entry.body
    var words = [body.time.text, session.memberName(body.member), body.action]
    if let caseID = body.caseID { words.append("case \(caseID.text.prefix(10))") }
    if let record = body.record { words.append("record \(record.text.prefix(10))") }
    words.append(body.purpose.rawValue)
    if body.outcome != .ok { words.append(body.outcome.rawValue) }
    return words.joined(separator: "  ")
  }

  private func members(of entry: LoggedEntry, _ session: Session) -> [String: JSON] {
    let body = entry.body
    return [
      "time": .string(body.time.text),
      "member": .string(session.memberName(body.member)),
      "device": JSON(entry.device), "action": .string(body.action),
      "case": JSON(body.caseID?.text), "record": JSON(body.record?.text),
      "program": JSON(body.program), "purpose": .string(body.purpose.rawValue),
      "result": .string(body.outcome.rawValue),
      "sequence": .integer(Int(clamping: entry.sequence)),
    ]
  }
}

internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct CaseOpen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Open a case.",
    discussion: "Without anything about the client the case is anonymous: its reference is all.")

  @OptionGroup var details: DetailOptions

  @Option(help: "The day of the first contact, as 2026-11-22; today unless given.")
  var worked: String?

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, "case open") { session in
      let filing = session.filing()
      let (opening, details) = try filing.open(
        try details.details(session), worked: try session.worked(worked))
      try filing.commit()

      let reference = details.reference?.text ?? ""
      session.hasFiled = true
      if options.quiet {
        session.output.line(opening.caseID.text)
      } else if options.json {
        session.report(filed: opening, reference)
      } else {
        session.output.line("Opened \(reference).")
        if details.isAnonymous {
          session.output.note(
            "the client is anonymous and can come back by quoting \(reference)")
        }
      }
    }
  }
}

extension Session {
  /// Files records with this session's agent.
  func filing() -> Filing { Filing(with: agent, in: folder) }

  /// Files one record, durably, and names it.
  func file(_ new: NewRecord, in view: CaseView) throws {
    let filing = filing()
    let record = try filing.add(new, to: view.id)
    try filing.commit()
    report(filed: record, view.details.reference?.text)
  }

  /// Names a record that was filed.
  func report(filed record: Record, _ reference: String?, _ more: [String: JSON] = [:]) {
    hasFiled = true
    if options.json {
      let named: [String: JSON] = [
        "ref": JSON(reference), "case": JSON(record.caseID), "record": JSON(record.id),
      ]
      json(named.merging(more) { _, new in new })
    } else if options.quiet {
      output.line(record.id.text)
    } else {
      let shown = reference ?? String(record.caseID.text.prefix(10))
      output.line(
        "Filed \(record.id.text.prefix(10)) in \(shown): \(record.manifest.title)")
    }
  }
}

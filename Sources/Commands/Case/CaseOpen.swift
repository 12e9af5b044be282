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
    try await Session.with(options) { session in
      var members = try details.details(session).members
      let reference = session.vault.freshReference(try session.vault.index())
      members["ref"] = .string(reference.text)
      if members["adviser"] == nil { members["adviser"] = .string(session.vault.member.id) }

      let filing = Filing(in: session.vault)
      let file = try filing.open(CaseDetails(members), worked: try session.worked(worked))
      try filing.commit()

      let opening = file.state.entries[0].record
      session.hasFiled = true
      if options.quiet {
        session.output.line(file.id.text)
      } else if options.json {
        session.report(filed: opening, in: file)
      } else {
        session.output.line("Opened \(reference.text).")
        if file.state.details.isAnonymous {
          session.output.note(
            "the client is anonymous and can come back by quoting \(reference.text)")
        }
      }
    }
  }
}

extension Session {
  /// Files one record, durably, and names it.
  func file(_ new: NewRecord, in caseFile: CaseFile) throws {
    let filing = Filing(in: vault)
    let record = try filing.add(new, to: caseFile)
    try filing.commit()
    report(filed: record, in: caseFile)
  }

  /// Names a record that was filed.
  func report(filed record: Record, in file: CaseFile, _ more: [String: JSON] = [:]) {
    let reference = file.state.details.reference?.text
    hasFiled = true
    if options.json {
      let named: [String: JSON] = [
        "ref": JSON(reference), "case": JSON(file.id), "record": JSON(record.id),
      ]
      json(named.merging(more) { _, new in new })
    } else if options.quiet {
      output.line(record.id.text)
    } else {
      output.line(
        "Filed \(record.id.text.prefix(10)) in \(reference ?? String(file.id.text.prefix(10))): "
          + record.manifest.title)
    }
  }
}

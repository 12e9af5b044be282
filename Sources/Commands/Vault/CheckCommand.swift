internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Look for damage, strangers and gaps in the vault.")

  @Flag(help: "Verify every record to its last chunk.")
  var deep = false

  @Flag(help: "Rebuild the index from the records.")
  var repair = false

  @Flag(help: "Search the vault and this computer's home for clients' names and numbers in clear.")
  var leaks = false

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    try await Session.with(options, deep ? "check --deep" : "check") { session in
      try check(session)
    }
  }

  private func check(_ session: Session) throws {
    let progress = session.progress()
    var hasBegun = false
    let report = try session.agent.check(
      Request.Checking(isDeep: deep, repairs: repair, looksForLeaks: leaks)
    ) { _, total in
      if !hasBegun { progress.begin("Checking", total: total, unit: .things("cases")) }
      hasBegun = true
      progress.advance()
    }
    progress.finish()
    if options.json {
      session.json(json(report))
    } else {
      show(report, session.output)
    }
    if report.hasDamage { throw EndedWith(.damaged) }
    if report.findings.contains(where: { $0.kind == .leak }) { throw EndedWith(.failed) }
  }

  private func show(_ report: Check.Report, _ output: Output) {
    // A hundred of a kind tell as much as a hundred thousand.
    for (kind, findings) in Dictionary(grouping: report.findings, by: \.kind)
      .sorted(by: { $0.key.rawValue < $1.key.rawValue })
    {
      for finding in findings.prefix(100) {
        output.line("\(kind.rawValue)  \(finding.path): \(finding.reason)")
      }
      if findings.count > 100 { output.line("\(kind.rawValue)  and \(findings.count - 100) more") }
    }
    let depth = deep ? "every record verified to its last chunk" : "the front of every record"
    output.line(
      "\(count(report.cases, "case")), \(count(report.records, "record")), "
        + "\(byteCount(report.bytes)): \(depth).")
    if report.repaired > 0 { output.line("Index rows written anew: \(report.repaired).") }
    if report.findings.isEmpty { output.line("Nothing is wrong.") }
  }

  private func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }

  private func json(_ report: Check.Report) -> [String: JSON] {
    [
      "cases": .integer(report.cases), "records": .integer(report.records),
      "bytes": .integer(report.bytes), "deep": .bool(deep),
      "repaired": .integer(report.repaired), "damaged": .bool(report.hasDamage),
      "findings": .array(
        report.findings.map { finding in
          [
            "kind": .string(finding.kind.rawValue), "path": .string(finding.path),
            "reason": .string(finding.reason),
          ]
        }),
    ]
  }
}

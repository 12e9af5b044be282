internal import ArgumentParser
internal import CaseVault
internal import Terminal

struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show and verify the access log.",
    subcommands: [LogShow.self, LogVerify.self])

  /// Names what is wrong with the log, apart from its entries.
  ///
  /// - Throws: `EndedWith(.damaged)` where any of it is damage.
  static func end(with findings: [Finding], _ output: Output) throws {
    for finding in findings.filter(\.isDamage) {
      output.warning("\(finding.path): \(finding.reason)")
    }
    for finding in findings where !finding.isDamage {
      output.note("\(finding.path): \(finding.reason)")
    }
    if findings.contains(where: \.isDamage) { throw EndedWith(.damaged) }
  }
}

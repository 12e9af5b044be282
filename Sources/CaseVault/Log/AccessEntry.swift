package import VaultFormat

/// What somebody is about to read or do, as the access log has it.
package struct AccessEntry: Sendable {
  /// The command's words, such as `case show`.
  package let action: String
  package let caseID: Identifier?
  package let record: Identifier?
  /// The executable's path as the kernel gives it: a hint.
  package let program: String?
  package let purpose: Purpose
  package let outcome: LogBody.Outcome
  /// Sealed under the case's log key, so that they die with the case.
  package let details: [String: JSON]

  package init(
    _ action: String, caseID: Identifier? = nil, record: Identifier? = nil,
    program: String? = nil, purpose: Purpose = .advice, outcome: LogBody.Outcome = .ok,
    details: [String: JSON] = [:]
  ) {
    self.action = action
    self.caseID = caseID
    self.record = record
    self.program = program
    self.purpose = purpose
    self.outcome = outcome
    self.details = details
  }

  /// The program's path as far as an entry has room for it.
  var shownProgram: String? {
    guard let program, !program.isEmpty else { return nil }
    let plain = String(
      String.UnicodeScalarView(
        program.unicodeScalars.map {
          $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
        }))
    guard plain.utf8.count > LogBody.maximumProgram else { return plain }
    return String(decoding: plain.utf8.prefix(LogBody.maximumProgram - 3), as: UTF8.self)
  }
}

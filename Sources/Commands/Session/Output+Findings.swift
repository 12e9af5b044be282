internal import CaseVault
internal import Terminal
internal import VaultFormat

extension Output {
  /// Names what is damaged or missing, a few of many.
  ///
  /// - Returns: whether there was any.
  @discardableResult
  func warn(of findings: [Finding]) -> Bool {
    let damage = findings.filter(\.isDamage)
    warn(naming: damage)
    return !damage.isEmpty
  }

  /// Names findings, a few of many.
  func warn(naming findings: [Finding]) {
    for finding in findings.prefix(10) { warning("\(finding.path): \(finding.reason)") }
    if findings.count > 10 { warning("and \(findings.count - 10) more") }
  }

  /// Prints one object as one line of JSON.
  func json(_ object: [String: JSON]) {
    json(String(decoding: JSON.object(object).canonical, as: UTF8.self))
  }
}

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
    for finding in damage.prefix(10) { warning("\(finding.path): \(finding.reason)") }
    if damage.count > 10 { warning("and \(damage.count - 10) more") }
    return !damage.isEmpty
  }

  /// Prints one object as one line of JSON.
  func json(_ object: [String: JSON]) {
    json(String(decoding: JSON.object(object).canonical, as: UTF8.self))
  }
}

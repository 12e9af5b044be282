internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

extension Membership {
  /// The member at this computer, whatever their role.
  ///
  /// - Parameter role: what the command asks of the role, before a key is asked for.
  /// - Throws: `refused`, `noKey`, `locked`, `damaged`.
  static func opened(
    _ options: GlobalOptions, checking role: (Role) throws -> Void = { _ in }
  ) throws -> Membership {
    let vault = try Places.vault(options)
    let home = try Places.home(outside: vault.folder.path)
    let file = try home.identityFile(of: vault.id)
    if let standing = vault.roster.standing(of: file.device) { try role(standing.member.role) }
    guard vault.roster.standing(of: file.device) != nil else {
      throw VaultError(
        .refused, "this computer is not on the vault's roster",
        hint: "ask the manager to admit it")
    }
    return try Membership(
      vault, identity: Identity.open(file, with: try Passphrase.existing(options)), home: home)
  }
}

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

internal import CaseVault
internal import Sealing
internal import Storage
internal import Terminal
internal import VaultFormat

/// One command's work on one open vault.
final class Session {
  let vault: OpenVault
  let options: GlobalOptions
  let output = Output.standard
  private var warned = 0

  /// Opens the vault: role first, then key.
  ///
  /// - Throws: `VaultError`.
  init(_ options: GlobalOptions) throws {
    self.options = options
    let closed = try Places.vault(options)
    let home = try Places.home(outside: closed.folder.path)
    let file = try home.identityFile(of: closed.id)
    try Self.checkRole(file, in: closed)
    let identity = try Identity.open(file, with: try Passphrase.existing(options))
    vault = try OpenVault(closed, identity: identity, home: home)
    vault.completeFilings()
  }

  private static func checkRole(_ file: IdentityFile, in vault: Vault) throws {
    guard let standing = vault.roster.standing(of: file.device) else {
      throw VaultError(
        .refused, "this computer is not on the vault's roster",
        hint: "ask the manager to admit it")
    }
    guard standing.member.role.holdsMasterKey else {
      throw VaultError(.refused, "the role \(standing.member.role.rawValue) opens no case")
    }
  }

  /// Runs a command's work, then says what was noticed on the way.
  ///
  /// - Throws: `EndedWith(.damaged)` where the work was done and damage was seen.
  static func with(
    _ options: GlobalOptions, _ work: (Session) async throws -> Void
  ) async throws {
    let session = try Session(options)
    do {
      try await work(session)
    } catch let error as VaultError {
      session.warnOfDamage()
      throw error
    } catch let ended as EndedWith {
      // What was not found may be in what is damaged.
      let isDamaged = session.warnOfDamage()
      throw ended.code == .notFound && isDamaged ? EndedWith(.damaged) : ended
    }
    if session.warnOfDamage() { throw EndedWith(.damaged) }
  }

  /// Until the access log exists, every reading says that it is not in it.
  func noteReading() {
    output.warning("this reading is not logged: the access log comes with the next version")
  }

  /// Names what is damaged or missing, a few of many.
  ///
  /// - Returns: whether there was any.
  @discardableResult
  private func warnOfDamage() -> Bool {
    let findings = vault.findings
    for finding in findings where finding.kind == .stale {
      output.warning("\(finding.path): \(finding.reason)")
    }
    let damage = findings.filter(\.isDamage)
    for finding in damage.prefix(10) { output.warning("\(finding.path): \(finding.reason)") }
    if damage.count > 10 { output.warning("and \(damage.count - 10) more") }
    if !damage.isEmpty {
      output.hint("`casevault check --deep` looks at everything")
    }
    return !damage.isEmpty
  }

  /// The case that a person named.
  func caseFile(_ name: String, _ index: Index? = nil) throws -> CaseFile {
    let id = try (index ?? (try vault.index())).caseID(named: name, in: vault.keyring)
    return try vault.caseFile(id)
  }

  /// A member's id by name or its beginning; `me` is this one.
  func memberID(_ name: String) throws -> String {
    if name == "me" { return vault.member.id }
    let members = vault.roster.members.filter(\.role.holdsMasterKey)
    let words = SearchWords(name)
    let found = members.filter { $0.name == name }
    let close = members.filter { !words.isEmpty && words.match([$0.name]) }
    guard let member = found.first ?? close.first, found.count == 1 || close.count == 1 else {
      throw VaultError(
        .notFound, close.isEmpty ? "no adviser \(name)" : "several advisers are called \(name)")
    }
    return member.id
  }

  func memberName(_ id: String) -> String { vault.roster.name(of: id) ?? id }

  /// Today, or the day that a person gave for the work.
  func worked(_ typed: String?) throws -> CivilDate {
    guard let typed else { return try vault.today() }
    guard let day = CivilDate(typed) else {
      throw VaultError(.usage, "\(typed) is no date", hint: "write it as 2026-11-22")
    }
    return day
  }

  func progress() -> Progress { Progress(options.progress) }

  /// Prints one object as one line of JSON.
  func json(_ object: [String: JSON]) {
    output.json(String(decoding: JSON.object(object).canonical, as: UTF8.self))
  }
}

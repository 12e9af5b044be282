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
  private var sawDamage = false
  /// Whether something was acknowledged as filed.
  var hasFiled = false

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
    // What was filed is filed: a code that says otherwise would have it filed twice.
    if session.warnOfDamage(), !session.hasFiled { throw EndedWith(.damaged) }
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
    return !damage.isEmpty || sawDamage
  }

  /// The case that a person named.
  func caseFile(_ name: String, _ index: Index? = nil) throws -> CaseFile {
    let id = try (index ?? (try vault.index())).caseID(named: name, in: vault.keyring)
    let file = try vault.caseFile(id)
    guard file.state.opened != nil else {
      throw VaultError(
        .damaged, "the record that opens case \(id.text.prefix(10)) is missing",
        hint: VaultError.restoreHint)
    }
    // The index finds and the case decides: a row that lies about its reference
    // must not send an adviser's note to another client.
    guard file.answers(to: name) else {
      throw VaultError(
        .damaged, "the index names the wrong case for \(name)",
        hint: "name the case by its id; `casevault check` says more")
    }
    return file
  }

  /// Names a file that could not be filed, so that the others can go on.
  ///
  /// - Throws: the error itself where no other file would fare better.
  func fail(_ error: VaultError, on path: String) throws {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let named = VaultError(
      error.code, error.message.contains(name) ? error.message : "\(name): \(error.message)",
      hint: error.hint, cause: error.cause)
    if (error.cause as? StorageError)?.isOutOfSpace == true { throw named }
    output.error(named.message, hint: named.hint)
  }

  /// What `read` gives, or nil where it is damaged: that is named, the command
  /// goes on, and ends with 14.
  func ifSound<Result>(_ read: () throws -> Result) throws -> Result? {
    do {
      return try read()
    } catch let error as VaultError where error.code == .damaged {
      output.warning(error.message)
      sawDamage = true
      return nil
    }
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

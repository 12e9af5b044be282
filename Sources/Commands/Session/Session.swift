internal import Agent
internal import CaseVault
internal import Sealing
internal import Storage
internal import Terminal
internal import VaultFormat

/// One command's work, with an agent that holds the keys: the unlocked one, or, with
/// a passphrase, one of its own.
final class Session {
  let agent: AgentClient
  /// The vault's folder.
  let folder: Folder
  let options: GlobalOptions
  let output = Output.standard
  private var sawDamage = false
  /// Whether something was acknowledged as filed.
  var hasFiled = false

  /// - Parameter action: the command's words, as the access log names them.
  /// - Throws: `VaultError`.
  private init(_ options: GlobalOptions, _ action: String, for role: Unlocking.Role) throws {
    self.options = options
    let place = try Places.place(options)
    folder = place.folder
    let greeting = Places.greeting(place, action, options)
    agent =
      try AgentClient.reach(place.vault, in: place.home, greeting)
      ?? AgentClient(Self.ownAgent(place, options, for: role), greeting)
  }

  /// Opens the vault in this process: role first, then key.
  private static func ownAgent(
    _ place: Places.Place, _ options: GlobalOptions, for role: Unlocking.Role
  ) throws -> NearLine {
    let membership = try Unlocking.membership(place, options, for: role)
    return NearLine(try Agent(membership), program: Places.program)
  }

  /// Runs a command's work, then says what was noticed on the way.
  ///
  /// - Parameters:
  ///   - action: the command's words, as the access log names them.
  ///   - role: whose work it is.
  /// - Throws: `EndedWith(.damaged)` where the work was done and damage was seen.
  static func with(
    _ options: GlobalOptions, _ action: String, for role: Unlocking.Role = .casework,
    _ work: (Session) async throws -> Void
  ) async throws {
    let session = try Session(options, action, for: role)
    do {
      try await work(session)
    } catch let error as VaultError {
      // What was not found may be in what is damaged.
      let isDamaged = session.close()
      guard error.code == .notFound, isDamaged else { throw error }
      throw VaultError(.damaged, error.message, hint: error.hint, cause: error)
    } catch let ended as EndedWith {
      let isDamaged = session.close()
      throw ended.code == .notFound && isDamaged ? EndedWith(.damaged) : ended
    } catch {
      session.close()
      throw error
    }
    // What was filed is filed: a code that says otherwise would have it filed twice.
    if session.close(), !session.hasFiled { throw EndedWith(.damaged) }
  }

  /// Ends the conversation and says what was noticed.
  ///
  /// - Returns: whether damage was.
  @discardableResult
  private func close() -> Bool {
    agent.close()
    return warn(of: agent.findings)
  }

  /// Says what was noticed.
  ///
  /// - Returns: whether damage was.
  private func warn(of findings: [Finding]) -> Bool {
    output.warn(naming: findings.filter(\.kind.isRemark))
    let isDamaged = output.warn(of: findings)
    if isDamaged {
      output.hint("`casevault check --deep` looks at everything")
    }
    return isDamaged || sawDamage
  }

  /// Notes damage that the command itself met and named.
  func noteDamage() { sawDamage = true }

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

  /// A member's id by name or its beginning; `me` is this one.
  func memberID(_ name: String) throws -> String {
    if name == "me" { return agent.welcome.member.id }
    let members = agent.welcome.members.filter(\.role.holdsMasterKey)
    let words = SearchWords(name)
    let found = members.filter { $0.name == name }
    let close = members.filter { !words.isEmpty && words.match([$0.name]) }
    guard let member = found.first ?? close.first, found.count == 1 || close.count == 1 else {
      throw VaultError(
        .notFound, close.isEmpty ? "no adviser \(name)" : "several advisers are called \(name)")
    }
    return member.id
  }

  func memberName(_ id: String) -> String {
    agent.welcome.members.first { $0.id == id }?.name ?? id
  }

  /// Today in the vault's zone.
  func today() throws -> CivilDate { try Clock.system.now.day(in: agent.welcome.timeZone) }

  /// Today, or the day that a person gave for the work.
  func worked(_ typed: String?) throws -> CivilDate {
    guard let typed else { return try today() }
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

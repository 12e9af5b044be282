internal import Sealing
internal import Storage
package import VaultFormat

/// A member at one of their devices, whatever their role: the identity is open
/// and can sign.
package final class Membership {
  package private(set) var vault: Vault
  package let identity: Identity
  package private(set) var member: Member
  package let home: Home
  package let clock: Clock
  /// The access log of this device: what this member reads and signs is entered there first.
  package let log: AccessLog
  private var noticed: [Finding] = []
  private var noticedOnce: Set<Finding> = []

  /// Takes the home's lock, or shares it with others of this process, and opens the access log.
  ///
  /// - Parameters:
  ///   - bootClock: what measures the windows of the access log.
  ///   - whenWaiting: called once when another process holds the lock; it is waited for.
  /// - Throws: `refused` for a device that is not on the roster, `damaged` for an
  ///   identity that does not fit it, and as ``AccessLog/open(_:identity:home:clock:bootClock:whenWaiting:)``.
  package init(
    _ vault: Vault, identity: Identity, home: Home, clock: Clock = .system,
    bootClock: BootClock = .system, whenWaiting: () -> Void = {}
  ) throws {
    self.vault = vault
    self.identity = identity
    self.home = home
    self.clock = clock
    member = try Self.member(of: identity, in: vault)
    log = try AccessLog.open(
      vault, identity: identity, home: home, clock: clock, bootClock: bootClock,
      whenWaiting: whenWaiting)
  }

  /// Takes in roster entries that came since the vault was opened.
  ///
  /// - Returns: whether there were any.
  /// - Throws: as ``Vault/init(_:home:)`` and the initialiser.
  package func refresh() throws -> Bool {
    guard let refreshed = try vault.refreshed() else { return false }
    let member = try Self.member(of: identity, in: refreshed)
    notice(vault.findings)
    vault = refreshed
    log.see(refreshed)
    self.member = member
    return true
  }

  private static func member(
    of identity: Identity, in vault: Vault
  ) throws(VaultError) -> Member {
    guard let standing = vault.roster.standing(of: identity.device) else {
      throw VaultError(
        .refused, "this computer is not on the vault's roster",
        hint: "ask the manager to admit it")
    }
    // One that enrolled did not know yet whose it would be.
    guard [Identity.undecided, standing.member.id].contains(identity.member),
      standing.keys.sign == Identifier(identity.signing.publicKey)
    else { throw VaultError(.damaged, "the identity does not fit the vault's roster") }
    return standing.member
  }

  package var policy: Policy { vault.roster.founding.policy }

  /// The head that this device names in what it writes.
  package var rosterHead: Identifier { vault.roster.head(for: identity.device) }

  /// What was noticed by this member's programs since they began.
  package var findings: [Finding] { vault.findings + noticed + log.findings }

  /// What had vanished from the vault and was put back, or could not be: told once.
  package var restorations: [Finding] { vault.restorations + log.restored }

  package func notice(_ findings: some Sequence<Finding>) {
    for finding in findings where noticedOnce.insert(finding).inserted { noticed.append(finding) }
  }

  /// Forgets what was noticed while earlier requests were answered.
  package func forgetNoticed() {
    noticed = []
    noticedOnce = []
  }

  /// Today in the vault's zone.
  ///
  /// - Throws: `failed` where the system does not know the zone.
  package func today() throws(VaultError) -> CivilDate {
    try clock.now.day(in: policy.timeZone)
  }

  /// Signs a statement of this device and publishes it under its id.
  ///
  /// - Parameters:
  ///   - folder: where in the vault, such as `roster`.
  ///   - head: the roster head that it names; unless given, the one that this
  ///     device sees.
  /// - Throws: `failed`.
  @discardableResult
  package func publish(
    _ kind: Statement.Kind, _ body: [String: JSON], in folder: String,
    seeing head: Identifier? = nil
  ) throws -> Statement {
    let statement = Statement(
      kind, vault: vault.id, roster: head ?? rosterHead, device: identity.device, body: body
    ).signed(by: identity)
    try log.enter(made: [statement.signature])
    do throws(StorageError) {
      try vault.folder.publish(statement.bytes, at: "\(folder)/\(statement.id.text)")
    } catch {
      throw VaultError(error, while: "writing to the vault")
    }
    return statement
  }
}

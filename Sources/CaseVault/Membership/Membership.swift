internal import Sealing
internal import Storage
package import VaultFormat

/// A member at one of their devices, whatever their role: the identity is open
/// and can sign.
package final class Membership {
  package let vault: Vault
  package let identity: Identity
  package let member: Member
  package let home: Home
  package let clock: Clock
  private var noticed: [Finding] = []
  private var noticedOnce: Set<Finding> = []

  /// - Throws: `refused` for a device that is not on the roster, `damaged` for an
  ///   identity that does not fit it.
  package init(
    _ vault: Vault, identity: Identity, home: Home, clock: Clock = .system
  ) throws(VaultError) {
    self.vault = vault
    self.identity = identity
    self.home = home
    self.clock = clock
    member = try Self.member(of: identity, in: vault)
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
  package var findings: [Finding] { vault.findings + noticed }

  package func notice(_ findings: some Sequence<Finding>) {
    for finding in findings where noticedOnce.insert(finding).inserted { noticed.append(finding) }
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
    do throws(StorageError) {
      try vault.folder.publish(statement.bytes, at: "\(folder)/\(statement.id.text)")
    } catch {
      throw VaultError(error, while: "writing to the vault")
    }
    return statement
  }
}

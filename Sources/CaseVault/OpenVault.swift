internal import Sealing
package import Storage
package import VaultFormat

/// A vault with this device's identity open: cases can be read and written.
package final class OpenVault {
  package let vault: Vault
  package let identity: Identity
  package let member: Member
  package let home: Home
  package let clock: Clock
  package let keyring: Keyring
  /// This device's index segments, once they were read.
  var ownSegments: [Identifier: IndexSegment]?
  private var noticed: [Finding] = []
  private var noticedOnce: Set<Finding> = []

  /// Opens the keyring with an identity.
  ///
  /// - Throws: `refused` for a role that reads no case or a device that is not on
  ///   the roster, `noKey`, `damaged`.
  package init(
    _ vault: Vault, identity: Identity, home: Home, clock: Clock = .system
  ) throws {
    self.vault = vault
    self.identity = identity
    self.home = home
    self.clock = clock
    member = try Self.member(of: identity, in: vault)
    keyring = try Keyring(vault, identity)
  }

  private static func member(of identity: Identity, in vault: Vault) throws -> Member {
    guard let standing = vault.roster.standing(of: identity.device) else {
      throw VaultError(
        .refused, "this computer is not on the vault's roster",
        hint: "ask the manager to admit it")
    }
    guard standing.member.id == identity.member,
      standing.keys.sign == Identifier(identity.signing.publicKey)
    else { throw VaultError(.damaged, "the identity does not fit the vault's roster") }
    guard standing.member.role.holdsMasterKey else {
      throw VaultError(
        .refused, "the role \(standing.member.role.rawValue) opens no case")
    }
    return standing.member
  }

  package var folder: Folder { vault.folder }
  package var roster: Roster { vault.roster }
  /// The head that this device names in what it writes.
  package var rosterHead: Identifier { roster.head(for: identity.device) }
  package var policy: Policy { vault.roster.founding.policy }

  /// What was noticed since the vault was opened.
  package var findings: [Finding] { vault.findings + keyring.findings + noticed }

  func notice(_ findings: some Sequence<Finding>) {
    for finding in findings where noticedOnce.insert(finding).inserted { noticed.append(finding) }
  }

  /// Today in the vault's zone.
  ///
  /// - Throws: `failed` where the system does not know the zone.
  package func today() throws(VaultError) -> CivilDate {
    try clock.now.day(in: policy.timeZone)
  }
}

internal import Sealing
package import Storage
package import VaultFormat

/// A vault with the keys of its cases at hand: they can be read and written.
package final class OpenVault {
  package let membership: Membership
  package let keyring: Keyring
  /// The index, once it was read.
  var loadedIndex: LoadedIndex?

  /// What was seen of the cases looked at last.
  var seenCases = SeenCases()
  /// Whether what is seen of cases is kept in the home when ``keepSeen()`` is called, many cases at
  /// once, and not each time that one is looked at.
  package var gathersSeen = false
  /// What is not kept yet, by generation.
  var unkept: [Identifier: (key: CaseKey, seen: SeenRecords)] = [:]

  /// Opens the keyring for a member.
  ///
  /// - Throws: `refused` for a role that reads no case, `noKey`, `damaged`.
  package init(_ membership: Membership) throws {
    guard membership.member.role.holdsMasterKey else {
      throw VaultError(
        .refused, "the role \(membership.member.role.rawValue) opens no case")
    }
    self.membership = membership
    keyring = try Keyring(membership.vault, membership.identity)
  }

  /// Opens the keyring with an identity.
  ///
  /// - Throws: as ``Membership/init(_:identity:home:clock:)``, and `refused` for a
  ///   role that reads no case, `noKey`, `damaged`.
  package convenience init(
    _ vault: Vault, identity: Identity, home: Home, clock: Clock = .system
  ) throws {
    try self.init(Membership(vault, identity: identity, home: home, clock: clock))
  }

  package var vault: Vault { membership.vault }
  package var identity: Identity { membership.identity }
  package var member: Member { membership.member }
  package var home: Home { membership.home }
  package var clock: Clock { membership.clock }
  package var folder: Folder { vault.folder }
  package var roster: Roster { vault.roster }
  package var rosterHead: Identifier { membership.rosterHead }
  package var policy: Policy { membership.policy }

  /// What was noticed since the vault was opened.
  package var findings: [Finding] { membership.findings + keyring.findings }

  func notice(_ findings: some Sequence<Finding>) { membership.notice(findings) }

  /// Looks for what came since: roster entries, epochs, grants and case keys, and
  /// the index where it is in memory. Cases look for themselves.
  ///
  /// - Throws: as ``Membership/refresh()`` and ``Keyring/refresh(_:)``, and
  ///   `refused` where this member opens no case any more.
  package func refresh() throws {
    try folder.listingAhead(changing) {
      try takeInKeys()
      if loadedIndex != nil { _ = try index() }
    }
  }

  /// The folders in which others' work shows first.
  private var changing: [String] {
    ["roster", "keyring"] + keyring.epochs.map { "keyring/\($0.id.text)" }
      + (loadedIndex.map { ["index"] + $0.known.keys.map { "index/\($0.text)" } } ?? [])
  }

  private func takeInKeys() throws {
    if try membership.refresh() {
      keepSeen()
      // What verified under the old roster is looked at again.
      seenCases = SeenCases()
      loadedIndex = nil
      guard member.role.holdsMasterKey else {
        throw VaultError(.refused, "the role \(member.role.rawValue) opens no case")
      }
    }
    try keyring.refresh(vault)
  }

  /// Today in the vault's zone.
  ///
  /// - Throws: `failed` where the system does not know the zone.
  package func today() throws(VaultError) -> CivilDate { try membership.today() }
}

package import CaseVault
import Sealing
import Storage
package import VaultFormat

/// Somebody else with a device: on the roster or not.
package struct Colleague: Sendable {
  package let identity: Identity
  package let member: Member
  package let home: Home
  /// The roster entry that admits them.
  package let entry: Identifier
}

extension Office {
  /// A device's keys, of nobody yet.
  package func strangersIdentity() throws -> Identity {
    Identity(
      vault: vaultID, member: Base32.encode(randomBytes(16)), signing: try SigningKey.random(),
      unlock: try UnlockKey.random())
  }

  /// The body of an admission (FORMAT §6.2).
  package func admission(
    of identity: Identity, _ member: Member, parents: [Identifier],
    tombstones: [Identifier] = []
  ) throws -> RosterEntry {
    .admit(
      RosterEntry.Admission(
        member: member,
        device: DeviceKeys(
          sign: Identifier(identity.signing.publicKey), unlock: identity.unlockPublic),
        parents: parents,
        sight: RosterEntry.Sight(chains: [:], epoch: try epoch, tombstones: tombstones),
        time: clock.now))
  }

  /// Admits a member with a device, as the manager's `staff admit` does, and
  /// grants the master key.
  ///
  /// - Parameters:
  ///   - signer: the manager unless said otherwise.
  ///   - parents: the current heads unless said otherwise.
  package func admit(
    _ name: String = "Ada Adviser", role: Role = .adviser, by signer: Identity? = nil,
    parents: [Identifier]? = nil, isGranted: Bool = true
  ) throws -> Colleague {
    let identity = try strangersIdentity()
    let member = Member(id: identity.member, name: name, role: role)
    let parents = try parents ?? Vault(Folder(share.path)).roster.heads
    let entry = try admission(of: identity, member, parents: parents)
    let signed = statement(
      2, by: signer ?? manager, roster: parents.first, entry.members(at: clock.now))
    try plant(signed, in: "roster")
    let chain = statement(
      32, by: identity,
      UnlockKeyEntry(number: 0, previous: nil, unlock: identity.unlockPublic).members)
    try share.plant(chain.bytes, at: "devices/\(identity.device.text)/0")
    if isGranted { try grantMasterKey(to: identity) }
    return Colleague(
      identity: identity, member: member, home: try home("home-\(identity.member)"),
      entry: Identifier(hash(.statementID, signed.bytes)))
  }

  /// Seals the master key, or another one in its place, to a device.
  @discardableResult
  package func grantMasterKey(
    _ key: HeldKey? = nil, to identity: Identity, as device: Identifier? = nil,
    subject: Identifier? = nil
  ) throws -> String {
    let epoch = try epoch
    var grant = Grant(
      .masterKey, vault: vaultID, subject: subject ?? epoch, roster: vaultID,
      device: device ?? identity.device, unlock: identity.unlockPublic)
    let key = try key ?? masterKey()
    grant.box = try Box.seal(key.key, to: identity.unlockPublic.inline, data: grant.data)
    return try plant(segment: grant.bytes, in: "keyring/\(epoch.text)")
  }
}

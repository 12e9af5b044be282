package import Sealing
package import Storage
package import VaultFormat

/// Making a vault: its founder's identity, the first roster entry, the first
/// epoch, the grants (FORMAT §6, §7, §8).
package struct Founding {
  /// What everything this program writes is marked with in the roster.
  package static let version = "0.3"

  package let service: String
  package let manager: String
  package let cost: PassphraseCost
  package let time: Timestamp

  package init(service: String, manager: String, cost: PassphraseCost, time: Timestamp) {
    self.service = service
    self.manager = manager
    self.cost = cost
    self.time = time
  }

  /// Makes the vault at `path`. The identity is kept before the vault appears;
  /// without it nobody could ever open what is there.
  ///
  /// - Returns: the vault's id.
  /// - Throws: `failed` where something is at `path` already or cannot be written.
  package func makeVault(
    at path: String, home: Home, passphrase: borrowing SecretBytes, faults: Faults? = nil
  ) throws -> Identifier {
    let signing = try SigningKey.random()
    let unlock = try UnlockKey.random()
    let auditor = try UnlockKey.random()
    let managers = try UnlockKey.random()
    let master = try SecretKey.random()

    let member = Member(id: Base32.encode(randomBytes(16)), name: manager, role: .manager)
    let entry = rosterEntry(
      member,
      DeviceKeys(sign: Identifier(signing.publicKey), unlock: Identifier(unlock.publicKey)),
      auditor: auditor.publicKey, managers: managers.publicKey)
    let device = Identity.device(of: signing.publicKey)
    var first = Statement(
      .rosterFound, vault: .zero, roster: .zero, device: device, body: entry.members(at: time))
    first.signature = signing.sign(Statement.signatureText, first.signed)
    // A name that the reader would refuse must not come to be.
    guard (try? RosterEntry(first)) != nil else {
      throw VaultError(
        .usage, "the names of service and manager need 1 to 255 bytes and no control characters")
    }

    let vault = first.id
    let identity = Identity(
      vault: vault, member: member.id, signing: signing, unlock: unlock)
    let chain = Statement(
      .unlockKey, vault: vault, roster: vault, device: device,
      body: UnlockKeyEntry(number: 0, previous: nil, unlock: identity.unlockPublic).members
    ).signed(by: identity)
    let epoch = try epoch(vault, identity, master)
    let grants = [
      try grant(.masterKey, of: master, subject: epoch.id, to: identity),
      try grant(
        .auditor, of: auditor.secret, subject: Identifier(auditor.publicKey), to: identity),
      try grant(
        .managers, of: managers.secret, subject: Identifier(managers.publicKey), to: identity),
    ]

    try home.keep(try identity.sealed(by: passphrase, cost: cost))
    do {
      try Folder.build(at: path, faults: faults) { folder in
        for name in ["requests", "cases", "index", "log", "shred", "enquiries", "tmp"] {
          try folder.makeFolder(name)
        }
        try folder.publish(first.bytes, at: "roster/\(vault.text)")
        try folder.publish(chain.bytes, at: "devices/\(device.text)/0")
        try folder.publish(epoch.bytes, at: "keyring/\(epoch.id.text)/document")
        for grant in grants {
          try folder.publish(grant.bytes, at: "keyring/\(epoch.id.text)/\(grant.name)")
        }
        try folder.publish(Self.readme, at: "README.txt")
        try folder.publish(
          VaultDescriptor(vault: vault).bytes, at: VaultDescriptor.fileName)
      }
    } catch let error as StorageError {
      if error.reason != .crashed { home.forgetIdentity(of: vault) }
      if error.reason == .alreadyExists {
        throw VaultError(
          .failed, "there is something at \(path) already",
          hint: "name a folder that does not exist or is empty", cause: error)
      }
      throw VaultError(error, while: "making the vault")
    }
    return vault
  }

  private func rosterEntry(
    _ member: Member, _ device: DeviceKeys, auditor: Bytes32, managers: Bytes32
  ) -> RosterEntry {
    .found(
      RosterEntry.Founding(
        service: service, member: member, device: device, policy: .initial,
        auditor: Identifier(auditor), managers: Identifier(managers),
        kinds: KindInUse.all, time: time))
  }

  private func epoch(
    _ vault: Identifier, _ identity: Identity, _ master: borrowing SecretKey
  ) throws -> Statement {
    let intake = try UnlockKey.random()
    let intakePublic = Identifier(intake.publicKey)
    let nonce = randomBytes(Envelope.nonceSize)
    let sealed = Envelope.seal(
      intake.secret, key: try master.derive(.intake, vault.bytes), nonce: nonce,
      data: EpochDocument.intakeData(vault: vault, intakePublic: intakePublic))
    let document = EpochDocument(
      commitment: Identifier(master.commitment(.masterCommitment, vault.bytes)),
      intakePublic: intakePublic, intakePrivate: nonce + sealed, parents: [], time: time)
    return Statement(
      .epoch, vault: vault, roster: vault, device: identity.device, body: document.members
    ).signed(by: identity)
  }

  private func grant(
    _ purpose: Grant.Purpose, of key: borrowing SecretKey, subject: Identifier,
    to identity: Identity
  ) throws -> Grant {
    try .sealing(
      key, purpose, of: subject, vault: identity.vault, roster: identity.vault,
      to: identity.device, unlock: identity.unlockPublic)
  }

  private static let readme = Array(
    """
    This folder is a casevault: the confidential case files of an advice service.

    Every file in it is encrypted. Without the keys of a member of the service
    nothing in it can be read; with them, use the program casevault. Please do not
    rename, edit or delete anything here. If you found this folder and do not know
    whose it is, give it back unopened or delete it whole.

    """.utf8)
}

package import Sealing
internal import Storage
package import VaultFormat

/// This device's place in one vault, with its private keys at hand.
package final class Identity: Sendable {
  package let vault: Identifier
  package let device: Identifier
  /// The member that the device belongs to, or ``undecided``.
  package let member: String
  package let signing: SigningKey
  let unlock: [HeldUnlockKey]

  /// An unlock key in a list.
  final class HeldUnlockKey: Sendable {
    let key: UnlockKey
    init(_ key: consuming UnlockKey) { self.key = key }
  }

  package init(
    vault: Identifier, member: String, signing: consuming SigningKey,
    unlock: consuming UnlockKey
  ) {
    self.vault = vault
    self.member = member
    device = Self.device(of: signing.publicKey)
    self.signing = signing
    self.unlock = [HeldUnlockKey(unlock)]
  }

  private init(
    vault: Identifier, member: String, signing: consuming SigningKey, held: [HeldUnlockKey]
  ) {
    self.vault = vault
    self.member = member
    device = Self.device(of: signing.publicKey)
    self.signing = signing
    unlock = held
  }

  /// A device's id (FORMAT §1.4).
  package static func device(of publicKey: Bytes32) -> Identifier {
    Identifier(hash(.device, publicKey.array))
  }

  /// The member of a device that enrolled: the roster says whose it came to be.
  package static let undecided = Base32.encode(Array(repeating: 0, count: 16))

  /// The public half of the newest unlock key.
  package var unlockPublic: Identifier { Identifier(unlock[0].key.publicKey) }

  /// What the spools of one process have their keys from: only who holds this device's private key
  /// can make a spool, or open one (FORMAT §12).
  ///
  /// - Parameters:
  ///   - process: the name of its folder.
  ///   - held: one of the device's unlock keys; of a new process, the newest.
  /// - Throws: `lockedMemoryUnavailable`.
  func spoolKey(
    of process: String, from held: HeldUnlockKey
  ) throws(SealingError) -> SecretKey {
    try held.key.secret.derive(
      .spoolOwn, SpoolHeader.place(vault: vault, device: device, process: process))
  }
}

extension Identity {
  /// The identity file under a passphrase (FORMAT §11).
  ///
  /// - Throws: `VaultError`.
  package func sealed(
    by passphrase: borrowing SecretBytes, cost: PassphraseCost
  ) throws -> IdentityFile {
    var file = IdentityFile(
      vault: vault, device: device, member: member, passes: cost.passes, memory: cost.memory,
      salt: randomBytes(16))
    var plaintext = try SecretBytes(zeroed: 4 + SecretKey.size * (1 + unlock.count))
    try plaintext.place(UInt32(unlock.count), at: 0)
    try plaintext.place(signing.seed, at: 4)
    for (index, held) in unlock.enumerated() {
      try plaintext.place(held.key.secret, at: 36 + 32 * index)
    }
    let key = try SecretKey.stretched(from: passphrase, salt: file.salt, cost: cost)
    file.commitment = Identifier(key.commitment(.identityCommitment, file.parameters))
    file.nonce = randomBytes(Envelope.nonceSize)
    file.sealed = Envelope.seal(
      plaintext, key: try key.derive(.identity), nonce: file.nonce, data: file.data)
    return file
  }

  /// Opens an identity file.
  ///
  /// - Throws: `noKey` for a wrong passphrase, `damaged` for a file that asks for
  ///   parameters out of bounds (nothing is allocated then) or does not verify.
  package static func open(
    _ file: IdentityFile, with passphrase: borrowing SecretBytes
  ) throws -> Identity {
    let cost: PassphraseCost
    do {
      cost = try PassphraseCost(passes: file.passes, memory: file.memory)
    } catch {
      throw VaultError(
        .damaged, "the identity asks for more work than casevault ever gives it",
        hint: "the file was altered; fetch nothing from it and enrol this computer again",
        cause: error)
    }
    let key = try SecretKey.stretched(from: passphrase, salt: file.salt, cost: cost)
    do {
      try key.verify(file.commitment.inline, .identityCommitment, file.parameters)
    } catch {
      throw VaultError(
        .noKey, "wrong passphrase",
        hint: "nobody can recover one: who forgot it sets CASEVAULT_HOME to a fresh folder and "
          + "joins again with `casevault enrol`", cause: error)
    }
    do {
      let plaintext = try Envelope.openBytes(
        file.sealed, key: try key.derive(.identity), nonce: file.nonce, data: file.data)
      return try take(plaintext, from: file)
    } catch let error as SealingError where error == .notAuthentic {
      throw VaultError(.damaged, "the identity is damaged", cause: error)
    }
  }

  private static func take(
    _ plaintext: borrowing SecretBytes, from file: IdentityFile
  ) throws -> Identity {
    let count = Int(try plaintext.number(at: 0))
    guard (1...8).contains(count), plaintext.count == 36 + 32 * count else {
      throw VaultError(.damaged, "the identity is damaged")
    }
    let signing = try SigningKey(seed: try SecretKey(copying: plaintext, at: 4))
    var held: [HeldUnlockKey] = []
    for index in 0..<count {
      held.append(
        HeldUnlockKey(
          UnlockKey(secret: try SecretKey(copying: plaintext, at: 36 + 32 * index))))
    }
    let identity = Identity(
      vault: file.vault, member: file.member, signing: signing, held: held)
    guard identity.device == file.device else {
      throw VaultError(.damaged, "the identity is damaged")
    }
    return identity
  }
}

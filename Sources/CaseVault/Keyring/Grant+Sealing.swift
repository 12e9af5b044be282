internal import Sealing
internal import VaultFormat

extension Grant {
  /// Seals a shared key to a device's unlock key (FORMAT §8).
  ///
  /// - Throws: `SealingError.badPublicKey`, `lockedMemoryUnavailable`.
  static func sealing(
    _ key: borrowing SecretKey, _ purpose: Purpose, of subject: Identifier, vault: Identifier,
    roster: Identifier, to device: Identifier, unlock: Identifier
  ) throws(SealingError) -> Grant {
    var grant = Grant(
      purpose, vault: vault, subject: subject, roster: roster, device: device, unlock: unlock)
    grant.box = try Box.seal(key, to: unlock.inline, data: grant.data)
    return grant
  }

  /// The name of the grant's file.
  var name: String { Identifier(hash(.segment, bytes)).text }

  /// Opens the grant with a device's unlock keys; nil where it is for another, or
  /// what it holds is no key at all. Whether it is the right one, its subject says.
  func key(with identity: Identity) -> SecretKey? {
    guard vault == identity.vault, device == identity.device else { return nil }
    for held in identity.unlock where Identifier(held.key.publicKey) == unlock {
      return try? Box.open(box, with: held.key, data: data)
    }
    return nil
  }
}

extension Grant.Purpose {
  /// Whether devices of a role are granted this key (FORMAT §6.5).
  func isFor(_ role: Role) -> Bool {
    switch self {
    case .masterKey: role.holdsMasterKey
    case .auditor: [.manager, .trustee].contains(role)
    case .managers: role == .manager
    // Behind a wall the readers are named, whatever their role.
    case .caseKey: false
    }
  }
}

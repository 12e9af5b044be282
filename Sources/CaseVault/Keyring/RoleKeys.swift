package import Sealing
internal import Storage
package import VaultFormat

/// A role's key pair (design/vault.md §5), open.
package final class RolePair: Sendable {
  /// X25519.
  package let publicKey: Identifier
  package let key: UnlockKey

  init(_ key: consuming UnlockKey) {
    publicKey = Identifier(key.publicKey)
    self.key = key
  }
}

extension Membership {
  /// The pairs of a role that were granted to this device, in every epoch (FORMAT §8).
  ///
  /// - Parameter purpose: `auditor` or `managers`.
  /// - Returns: none for a role that is not entitled to them.
  /// - Throws: `failed` where the keyring cannot be read.
  package func rolePairs(_ purpose: Grant.Purpose) throws -> [RolePair] {
    guard member.role.holds(purpose) else { return [] }
    var pairs: [Identifier: RolePair] = [:]
    for epoch in try vault.folder.listing(of: "keyring").entries {
      guard epoch.kind == .folder, let name = epoch.name else { continue }
      for entry in try vault.folder.listing(of: "keyring/\(name)").entries {
        guard entry.kind == .file, let file = entry.name, Identifier(file) != nil,
          let pair = pair(at: "keyring/\(name)/\(file)", purpose)
        else { continue }
        pairs[pair.publicKey] = pair
      }
    }
    return pairs.values.sorted { $0.publicKey < $1.publicKey }
  }

  private func pair(at path: String, _ purpose: Grant.Purpose) -> RolePair? {
    guard let file = try? vault.folder.open(path), file.size == Grant.size,
      let bytes = try? file.read(count: Grant.size, at: 0), let grant = try? Grant(bytes),
      grant.purpose == purpose, grant.vault == vault.id, grant.device == identity.device
    else { return nil }
    for held in identity.unlock where Identifier(held.key.publicKey) == grant.unlock {
      guard let secret = try? Box.open(grant.box, with: held.key, data: grant.data) else {
        continue
      }
      let pair = RolePair(UnlockKey(secret: secret))
      // Anybody can seal a key to this device: the public half makes it true.
      if pair.publicKey == grant.subject { return pair }
    }
    return nil
  }
}

extension Role {
  fileprivate func holds(_ purpose: Grant.Purpose) -> Bool {
    switch purpose {
    case .auditor: self == .manager || self == .trustee
    case .managers: self == .manager
    case .masterKey, .caseKey: false
    }
  }
}

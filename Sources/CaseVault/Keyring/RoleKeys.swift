package import Sealing
package import VaultFormat

/// A key pair that a role shares: the auditors' or the managers' (design/vault.md §5).
package final class RolePair: Sendable {
  /// The public half, X25519, as the roster names it.
  package let publicKey: Identifier
  package let key: UnlockKey

  init(_ key: consuming UnlockKey) {
    publicKey = Identifier(key.publicKey)
    self.key = key
  }
}

extension Membership {
  /// The pairs of a role that this device holds: each granted to it, its public half
  /// checked against the grant's subject and the roster.
  ///
  /// - Parameter purpose: `auditor` or `managers`.
  /// - Returns: none for a role that is not entitled, whatever was granted.
  /// - Throws: `failed` where the keyring cannot be listed.
  package func rolePairs(_ purpose: Grant.Purpose) throws -> [RolePair] {
    guard let named = vault.roster.publicHalf(of: purpose), purpose.isFor(member.role) else {
      return []
    }
    for grant in try vault.grants() where grant.purpose == purpose && grant.subject == named {
      guard let secret = grant.key(with: identity) else { continue }
      let pair = RolePair(UnlockKey(secret: secret))
      if pair.publicKey == named { return [pair] }
    }
    return []
  }
}

extension Roster {
  /// The public half of a role's pair; nil for a purpose that has none.
  func publicHalf(of purpose: Grant.Purpose) -> Identifier? {
    switch purpose {
    case .auditor: founding.auditor
    case .managers: founding.managers
    case .masterKey, .caseKey: nil
    }
  }
}

internal import Sealing
internal import Storage
package import VaultFormat

/// Sees that every device has the shared keys that the roster entitles it to
/// (design/vault.md §5): any device that holds a key grants it on.
package struct Grants {
  /// What was written, and what was noticed.
  package struct Report: Sendable {
    package fileprivate(set) var written = 0
    package fileprivate(set) var findings: [Finding] = []
  }

  /// A shared key that this device holds.
  private struct Held {
    let purpose: Grant.Purpose
    let subject: Identifier
    /// Seals it to a device's unlock key, naming a roster head.
    let seal: (Identifier, Identifier, Identifier) throws(SealingError) -> Grant
  }

  private struct Place: Hashable {
    let purpose: Grant.Purpose
    let subject: Identifier
    let device: Identifier
    let unlock: Identifier
  }

  private let vault: Vault
  private let epoch: Identifier
  private let held: [Held]
  private var there: Set<Place> = []
  private var report = Report()

  /// Writes the grants that are missing. It can be cut off anywhere and run again.
  ///
  /// - Parameter renewed: a device that gets its grants anew, whatever lies there: a
  ///   grant is not signed, and one that somebody planted does not open.
  /// - Throws: `damaged` where no epoch verifies, `failed`.
  @discardableResult
  package static func complete(
    _ membership: Membership, renewing renewed: Identifier? = nil
  ) throws -> Report {
    var grants = try Grants(membership)
    for (device, chain) in membership.vault.chains().sorted(by: { $0.key < $1.key }) {
      try grants.complete(device, chain, isRenewed: device == renewed)
    }
    return grants.report
  }

  private init(_ membership: Membership) throws {
    vault = membership.vault
    let (id, document) = try vault.currentEpoch()
    let grants = try vault.grants()
    epoch = id
    there = Set(
      grants.map {
        Place(purpose: $0.purpose, subject: $0.subject, device: $0.device, unlock: $0.unlock)
      })
    var held = try Self.pairs(of: membership)
    if membership.member.role.holdsMasterKey,
      let open = Epoch.opened(id, document, by: grants, membership.identity)
    {
      held.append(
        Held(purpose: .masterKey, subject: id) { device, unlock, head throws(SealingError) in
          try open.grant(to: device, unlock: unlock, roster: head)
        })
    }
    self.held = held
  }

  private static func pairs(of membership: Membership) throws -> [Held] {
    let vault = membership.vault.id
    return try [Grant.Purpose.auditor, .managers].flatMap { purpose in
      try membership.rolePairs(purpose).map { pair in
        Held(purpose: purpose, subject: pair.publicKey) {
          device, unlock, head throws(SealingError) in
          try .sealing(
            pair.key.secret, purpose, of: pair.publicKey, vault: vault, roster: head, to: device,
            unlock: unlock)
        }
      }
    }
  }

  private mutating func complete(
    _ device: Identifier, _ chain: DeviceChain, isRenewed: Bool
  ) throws {
    let head = vault.roster.head(for: device)
    guard let standing = vault.roster.standing(of: device, at: head), let unlock = chain.newest
    else { return }
    guard vault.roster.isWhole(chain, of: device) else {
      report.findings.append(Vault.putBack(device))
      return
    }
    for key in held where key.purpose.isFor(standing.member.role) {
      let place = Place(
        purpose: key.purpose, subject: key.subject, device: device, unlock: unlock)
      guard isRenewed || !there.contains(place) else { continue }
      try publish(try key.seal(device, unlock, head))
    }
  }

  private mutating func publish(_ grant: Grant) throws {
    do throws(StorageError) {
      // Read back whole.
      try vault.folder.publish(grant.bytes, at: "keyring/\(epoch.text)/\(grant.name)")
    } catch {
      throw VaultError(error, while: "writing a grant")
    }
    report.written += 1
  }
}

extension Epoch {
  /// Opens an epoch with the first grant to this device whose key matches the
  /// document's commitment.
  static func opened(
    _ id: Identifier, _ document: EpochDocument, by grants: [Grant], _ identity: Identity
  ) -> Epoch? {
    for grant in grants where grant.purpose == .masterKey && grant.subject == id {
      guard let master = grant.key(with: identity) else { continue }
      let epoch = try? Epoch(
        id: id, document: document, vault: identity.vault, master: master)
      if let epoch { return epoch }
    }
    return nil
  }
}

extension Membership {
  /// Whether this device can open what its role opens: for an adviser or a manager,
  /// whether a grant of the master key opens.
  ///
  /// - Throws: `damaged` where no epoch verifies, `failed`.
  package func hasItsKeys() throws -> Bool {
    guard member.role.holdsMasterKey else { return true }
    let (id, document) = try vault.currentEpoch()
    return Epoch.opened(id, document, by: try vault.grants(), identity) != nil
  }
}

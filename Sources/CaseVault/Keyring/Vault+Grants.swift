internal import Sealing
internal import Storage
internal import VaultFormat

extension Vault {
  /// Every grant that lies in the keyring under its own name. None is opened here.
  ///
  /// - Throws: `failed` where a folder cannot be listed.
  func grants() throws -> [Grant] {
    var grants: [Grant] = []
    for folder in try self.folder.listing(of: "keyring").entries where folder.kind == .folder {
      guard let epoch = folder.name, Identifier(epoch) != nil else { continue }
      for entry in try self.folder.listing(of: "keyring/\(epoch)").entries {
        guard entry.kind == .file, let name = entry.name,
          let grant = grant(at: "keyring/\(epoch)/\(name)"), grant.name == name
        else { continue }
        grants.append(grant)
      }
    }
    return grants
  }

  /// A grant of this vault, told from a segment by its size.
  private func grant(at path: String) -> Grant? {
    guard let file = try? folder.open(path), file.size == Grant.size,
      let bytes = try? file.read(count: Grant.size, at: 0),
      let grant = try? Grant(bytes), grant.vault == id
    else { return nil }
    return grant
  }

  /// The epochs whose documents a manager signed.
  ///
  /// - Throws: `failed` where the keyring cannot be listed.
  func epochs() throws -> [Identifier: EpochDocument] {
    var epochs: [Identifier: EpochDocument] = [:]
    for entry in try folder.listing(of: "keyring").entries where entry.kind == .folder {
      guard let id = entry.name.flatMap({ Identifier($0) }) else { continue }
      epochs[id] = epochDocument(id)
    }
    return epochs
  }

  private func epochDocument(_ epoch: Identifier) -> EpochDocument? {
    let path = "keyring/\(epoch.text)/document"
    guard let bytes = try? folder.read(path, atMost: Statement.maximumSize),
      let statement = try? Statement(bytes), statement.id == epoch, statement.kind == .epoch,
      statement.vault == id,
      let signer = roster.standing(of: statement.device, at: statement.roster),
      signer.member.role == .manager, statement.isSigned(by: signer.keys.sign)
    else { return nil }
    return try? EpochDocument(statement.members())
  }

  /// The epoch that new keys go under: one that no other names as a parent, the
  /// lower of two (FORMAT §7.1).
  ///
  /// - Throws: `damaged` where there is none.
  func currentEpoch() throws -> (id: Identifier, document: EpochDocument) {
    let epochs = try epochs()
    let parents = Set(epochs.values.flatMap(\.parents))
    let current = epochs.filter { !parents.contains($0.key) }.min { $0.key < $1.key }
    guard let current else {
      throw VaultError(
        .damaged, "no epoch of this vault verifies", hint: VaultError.restoreHint)
    }
    return (current.key, current.value)
  }
}

internal import Sealing
internal import Storage
internal import VaultFormat

extension Vault {
  /// Every grant that lies in the keyring under its own name. None is opened here.
  ///
  /// - Throws: `failed` where a folder cannot be listed.
  func grants() throws -> [Grant] {
    try KeyringFiles.read(of: folder, copies).epochs.values.flatMap(\.files).compactMap { file in
      guard file.bytes.count == Grant.size, let grant = try? Grant(file.bytes),
        grant.vault == id, grant.name == file.name
      else { return nil }
      return grant
    }
  }

  /// The epochs whose documents a manager signed.
  ///
  /// - Throws: `failed` where the keyring cannot be listed.
  func epochs() throws -> [Identifier: EpochDocument] {
    var epochs: [Identifier: EpochDocument] = [:]
    for (id, reading) in try KeyringFiles.read(of: folder, copies).epochs {
      let file = reading.files.first { $0.name == KeyringFiles.documentName }
      epochs[id] = file.flatMap { epochDocument(id, $0.bytes) }
    }
    return epochs
  }

  private func epochDocument(_ epoch: Identifier, _ bytes: [UInt8]) -> EpochDocument? {
    guard let statement = try? Statement(bytes), statement.id == epoch, statement.kind == .epoch,
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

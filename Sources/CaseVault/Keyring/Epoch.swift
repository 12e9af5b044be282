internal import Sealing
internal import VaultFormat

/// One life of the master key, open (FORMAT §7.1).
final class Epoch: Sendable {
  let id: Identifier
  let document: EpochDocument
  private let vault: Identifier
  private let wrapKey: SecretKey
  /// To be granted to others who are entitled.
  private let master: SecretKey

  init(
    id: Identifier, document: EpochDocument, vault: Identifier, master: consuming SecretKey
  ) throws {
    self.id = id
    self.document = document
    self.vault = vault
    try master.verify(document.commitment.inline, .masterCommitment, vault.bytes)
    let wrapKey = try master.derive(.wrap, id.bytes)
    self.wrapKey = wrapKey
    self.master = master
  }

  /// Seals the master key to a device's unlock key.
  ///
  /// - Parameter roster: the head at which the device is entitled.
  /// - Throws: `SealingError`.
  func grant(
    to device: Identifier, unlock: Identifier, roster: Identifier
  ) throws(SealingError) -> Grant {
    try .sealing(
      master, .masterKey, of: id, vault: vault, roster: roster, to: device, unlock: unlock)
  }

  /// Wraps a case key under this epoch's master key (FORMAT §7.2).
  func wrap(_ caseKey: CaseKey) -> Wrap {
    let nonce = randomBytes(Envelope.nonceSize)
    let data = Wrap.data(
      vault: vault, epoch: id, caseID: caseKey.caseID, generation: caseKey.generation)
    return Wrap(
      caseID: caseKey.caseID, generation: caseKey.generation, nonce: nonce,
      sealed: Envelope.seal(caseKey.key, key: wrapKey, nonce: nonce, data: data))
  }

  /// Opens a wrap and verifies that its key is the one it names, and that this
  /// belongs to its case (FORMAT §7.3).
  ///
  /// - Throws: `SealingError.notAuthentic`.
  func open(_ wrap: Wrap) throws(SealingError) -> CaseKey {
    let data = Wrap.data(
      vault: vault, epoch: id, caseID: wrap.caseID, generation: wrap.generation)
    let key = try Envelope.openKey(wrap.sealed, key: wrapKey, nonce: wrap.nonce, data: data)
    try key.verify(wrap.generation.inline, .caseCommitment, vault.bytes)
    guard CaseKey.caseID(of: wrap.generation) == wrap.caseID else { throw .notAuthentic }
    return CaseKey(
      vault: vault, caseID: wrap.caseID, generation: wrap.generation, key: key)
  }
}

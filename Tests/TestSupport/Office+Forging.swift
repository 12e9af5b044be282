package import CaseVault
import Sealing
package import VaultFormat

/// What a colleague, or the owner of the disk, puts into the vault by hand.
extension Office {
  /// The one epoch of a fresh vault.
  package var epoch: Identifier {
    get throws {
      try share.names("keyring").compactMap { Identifier($0) }.first.orThrow()
    }
  }

  /// The master key, as every adviser's device has it.
  package func masterKey() throws -> HeldKey {
    let epoch = try epoch
    let unlock = UnlockKey(secret: try managerUnlock.key.copy())
    for name in share.names("keyring/\(epoch.text)") where name != "document" {
      guard let grant = try? Grant(share.read("keyring/\(epoch.text)/\(name)")),
        grant.purpose == .masterKey, grant.device == manager.device,
        // A test may have planted one that is for another.
        grant.unlock == manager.unlockPublic
      else { continue }
      return HeldKey(try Box.open(grant.box, with: unlock, data: grant.data))
    }
    throw Missing()
  }

  /// The key of a case, as every adviser has it.
  package func caseKey(of caseID: Identifier) throws -> HeldKey {
    let epoch = try epoch
    let wrapKey = try masterKey().key.derive(Label("cv1.wrap"), epoch.bytes)
    for name in share.names("keyring/\(epoch.text)") where name != "document" {
      guard let segment = try? KeySegment(share.read("keyring/\(epoch.text)/\(name)")),
        let wrap = segment.wraps.first(where: { $0.caseID == caseID })
      else { continue }
      let data = Wrap.data(
        vault: vaultID, epoch: epoch, caseID: caseID, generation: wrap.generation)
      return HeldKey(
        try Envelope.openKey(wrap.sealed, key: wrapKey, nonce: wrap.nonce, data: data))
    }
    throw Missing()
  }

  /// A wrap of any key for any case and generation.
  package func wrap(
    _ key: HeldKey, caseID: Identifier, generation: Identifier
  ) throws -> Wrap {
    let epoch = try epoch
    let nonce = randomBytes(Envelope.nonceSize)
    let data = Wrap.data(vault: vaultID, epoch: epoch, caseID: caseID, generation: generation)
    return Wrap(
      caseID: caseID, generation: generation, nonce: nonce,
      sealed: Envelope.seal(
        key.key, key: try masterKey().key.derive(Label("cv1.wrap"), epoch.bytes), nonce: nonce,
        data: data))
  }

  /// A case key and what it names.
  package func freshKey() throws -> (key: HeldKey, generation: Identifier, caseID: Identifier) {
    let key = HeldKey(try SecretKey.random())
    let generation = Identifier(key.key.commitment(Label("cv1.case.com"), vaultID.bytes))
    return (key, generation, Identifier(hash(Label("cv1.case"), generation.bytes)))
  }

  /// Publishes a segment of wraps.
  ///
  /// - Returns: its path.
  @discardableResult
  package func plant(
    _ wraps: [Wrap], signedBy identity: Identity, as device: Identifier? = nil,
    replaced: [Identifier] = [], roster: Identifier? = nil, epoch other: Identifier? = nil,
    vault: Identifier? = nil
  ) throws -> String {
    let epoch = try epoch
    var segment = KeySegment(
      vault: vault ?? vaultID, epoch: other ?? epoch, roster: roster ?? vaultID,
      device: device ?? identity.device, replaced: replaced, wraps: wraps)
    segment.signature = identity.signing.sign(KeySegment.signatureText, segment.signed)
    return try plant(segment: segment.bytes, in: "keyring/\(epoch.text)")
  }

  /// Plants a segment or a grant under the name that its bytes have.
  @discardableResult
  package func plant(segment bytes: [UInt8], in folder: String) throws -> String {
    let path = "\(folder)/\(Identifier(hash(.segmentID, bytes)).text)"
    try share.plant(bytes, at: path)
    return path
  }

  /// Plants a statement under the name that its bytes have.
  @discardableResult
  package func plant(_ statement: Statement, in folder: String) throws -> String {
    let path = "\(folder)/\(Identifier(hash(.statementID, statement.bytes)).text)"
    try share.plant(statement.bytes, at: path)
    return path
  }

  /// A statement of any kind, signed by a device.
  package func statement(
    _ kind: UInt32, by identity: Identity, as device: Identifier? = nil,
    roster: Identifier? = nil, vault: Identifier? = nil, _ body: [String: JSON]
  ) -> Statement {
    Statement(
      Statement.Kind(rawValue: kind), vault: vault ?? vaultID, roster: roster ?? vaultID,
      device: device ?? identity.device, body: body
    ).signed(by: identity)
  }
}

/// Something that a test needs is not there.
package struct Missing: Error {
  package init() {}
}

extension Optional {
  /// The value, or an error that fails the test.
  package func orThrow() throws -> Wrapped {
    guard let self else { throw Missing() }
    return self
  }
}

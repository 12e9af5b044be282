internal import Sealing
internal import Storage
internal import VaultFormat

/// Reads `keyring/`: documents, grants to this device, segments (FORMAT §7, §8).
struct KeyringReading {
  /// A verified segment of an open epoch.
  struct Segment {
    let id: Identifier
    let segment: KeySegment
    let epoch: Epoch
    let path: String
  }

  private let vault: Vault
  private let identity: Identity
  private(set) var epochs: [Epoch] = []
  private(set) var segments: [Segment] = []
  private(set) var findings: [Finding] = []

  /// - Throws: `failed` where a folder cannot be read. Damage becomes findings.
  static func read(_ vault: Vault, _ identity: Identity) throws -> KeyringReading {
    try Merging.whileStable {
      var reading = KeyringReading(vault, identity)
      try reading.read()
      return reading
    }
  }

  private init(_ vault: Vault, _ identity: Identity) {
    self.vault = vault
    self.identity = identity
  }

  private mutating func read() throws {
    for entry in try vault.folder.listing(of: "keyring").entries {
      guard entry.kind == .folder, let name = entry.name, let id = Identifier(name) else {
        findings.append(
          Finding(.stranger, "keyring/\(entry.shown)", "not a file of the vault"))
        continue
      }
      try read(epoch: id)
    }
  }

  /// Why no epoch could be opened.
  var refusal: VaultError {
    if let damage = findings.first(where: \.isDamage) {
      return VaultError(
        .damaged, "\(damage.path) is damaged: \(damage.reason)", hint: VaultError.restoreHint)
    }
    return VaultError(.noKey, "no grant in this vault is for this computer")
  }

  private mutating func read(epoch id: Identifier) throws {
    let path = "keyring/\(id.text)"
    guard let document = document(of: id, at: "\(path)/document") else { return }
    var grants: [Grant] = []
    var found: [Identifier: KeySegment] = [:]
    for entry in try vault.folder.listing(of: path).entries where entry.name != "document" {
      let shown = "\(path)/\(entry.shown)"
      guard entry.kind == .file, let name = entry.name, let fileID = Identifier(name) else {
        findings.append(Finding(.stranger, shown, "not a file of the vault"))
        continue
      }
      try take(fileID, at: "\(path)/\(name)", of: id, &grants, &found)
    }
    guard let epoch = open(id, document, grants) else { return }
    epochs.append(epoch)
    // Only a device itself says what its segments replace.
    for segment in found.values {
      for replaced in segment.replaced where found[replaced]?.device == segment.device {
        found[replaced] = nil
      }
    }
    for (id, segment) in found.sorted(by: { $0.key < $1.key }) {
      segments.append(Segment(id: id, segment: segment, epoch: epoch, path: "\(path)/\(id.text)"))
    }
  }

  private mutating func document(of id: Identifier, at path: String) -> EpochDocument? {
    do {
      let statement = try Statement(vault.folder.read(path, atMost: Statement.maximumSize))
      guard statement.id == id, statement.kind == .epoch, statement.vault == vault.id else {
        findings.append(Finding(.damaged, path, "its content does not fit its name"))
        return nil
      }
      guard let signer = vault.roster.standing(of: statement.device, at: statement.roster),
        signer.member.role == .manager, statement.isSigned(by: signer.keys.sign)
      else {
        findings.append(Finding(.forged, path, "not signed by a manager"))
        return nil
      }
      return try EpochDocument(statement.members())
    } catch {
      findings.append(Finding(.damaged, path, "not an epoch document"))
      return nil
    }
  }

  private mutating func take(
    _ id: Identifier, at path: String, of epoch: Identifier, _ grants: inout [Grant],
    _ found: inout [Identifier: KeySegment]
  ) throws {
    do {
      guard let bytes = try bytes(at: path) else {
        findings.append(Finding(.damaged, path, "not a file of the keyring"))
        return
      }
      if Statement.isStatement(Array(bytes.prefix(Preamble.size))) {
        // One that a device of the roster signed was refused before.
        findings.append(Finding(.stranger, path, "a statement that nobody here signed"))
        return
      }
      guard Identifier(hash(.segment, bytes)) == id else {
        findings.append(Finding(.damaged, path, "its content does not fit its name"))
        return
      }
      if bytes.count == Grant.size, let grant = try? Grant(bytes) {
        if grant.vault == vault.id { grants.append(grant) }
        return
      }
      let segment = try KeySegment(bytes)
      guard segment.vault == vault.id, segment.epoch == epoch else {
        findings.append(Finding(.forged, path, "of another vault or epoch"))
        return
      }
      guard let signer = vault.roster.standing(of: segment.device, at: segment.roster),
        signer.member.role.holdsMasterKey,
        (try? verify(
          segment.signature, by: signer.keys.sign.inline, KeySegment.signatureText,
          Array(bytes.dropLast(Statement.signatureSize)))) != nil
      else {
        findings.append(Finding(.forged, path, "signed by no device with the right to"))
        return
      }
      found[id] = segment
    } catch let error as StorageError where error.isMissing {
      throw Merging.Vanished()
    } catch {
      findings.append(Finding(.damaged, path, "not a file of the keyring"))
    }
  }

  /// A file whose size is what its first bytes ask for; nil for any other, which
  /// is not read to its end.
  private func bytes(at path: String) throws -> [UInt8]? {
    let file = try vault.folder.open(path)
    guard file.size <= KeySegment.maximumSize else { return nil }
    let head = try file.read(count: min(file.size, KeySegment.headSize), at: 0)
    guard
      file.size <= Statement.maximumSize
        || KeySegment.size(from: head) == file.size
    else { return nil }
    return try file.read(count: file.size, at: 0)
  }

  /// Opens the epoch with the first grant to this device whose key matches the
  /// document's commitment.
  private func open(
    _ id: Identifier, _ document: EpochDocument, _ grants: [Grant]
  ) -> Epoch? {
    guard let standing = vault.roster.standing(of: identity.device),
      standing.member.role.holdsMasterKey
    else { return nil }
    for grant in grants
    where grant.purpose == .masterKey && grant.subject == id && grant.device == identity.device {
      for held in identity.unlock where Identifier(held.key.publicKey) == grant.unlock {
        guard let master = try? Box.open(grant.box, with: held.key, data: grant.data) else {
          continue
        }
        if let epoch = try? Epoch(id: id, document: document, vault: vault.id, master: master) {
          return epoch
        }
      }
    }
    return nil
  }
}

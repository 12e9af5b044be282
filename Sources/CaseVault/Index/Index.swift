internal import Sealing
internal import Storage
package import VaultFormat

/// The summaries of all cases that this device can open, read from the index
/// folders (FORMAT §9). It finds and lists; it decides nothing.
package struct Index {
  /// A case and its summary.
  package struct Row: Sendable {
    package let caseID: Identifier
    package let summary: IndexRow
  }

  private var rows: [Identifier: IndexRow] = [:]
  /// Cases in the keyring that no row covers and whose records made none.
  package private(set) var uncovered: [Identifier] = []

  /// All rows, by case.
  package var all: [Row] {
    rows.map { Row(caseID: $0, summary: $1) }.sorted { $0.caseID < $1.caseID }
  }

  package subscript(caseID: Identifier) -> IndexRow? { rows[caseID] }

  /// The cases with a reference: more than one only by a rare accident.
  package func rows(with reference: Reference) -> [Row] {
    all.filter { $0.summary.texts(.reference).contains(reference.text) }
  }

  /// Takes the row in if it says more than the one that is there.
  mutating func take(_ row: IndexRow, of caseID: Identifier) {
    if let present = rows[caseID] {
      guard
        row.recordCount > present.recordCount
          || row.recordCount == present.recordCount && row.stateHash < present.stateHash
      else { return }
    }
    rows[caseID] = row
  }

  mutating func leaveUncovered(_ caseID: Identifier) { uncovered.append(caseID) }
}

extension OpenVault {
  /// Reads the index. Cases that no row covers are folded from their records.
  ///
  /// - Throws: `failed` where the folder cannot be read. Damaged segments are
  ///   noticed, not thrown: the index can be rebuilt.
  package func index() throws -> Index {
    var index = Index()
    for segment in try indexSegments() {
      for row in segment.rows {
        if let opened = open(row, of: segment.device) { index.take(opened, of: row.caseID) }
      }
    }
    for caseID in keyring.caseIDs where index[caseID] == nil {
      if let row = (try? caseFile(caseID))?.row {
        index.take(row, of: caseID)
      } else {
        index.leaveUncovered(caseID)
      }
    }
    return index
  }

  private func open(_ row: SealedRow, of device: Identifier) -> IndexRow? {
    guard keyring.holds(row.caseID),
      let key = try? keyring.key(of: row.caseID, generation: row.generation)
    else { return nil }
    let data = SealedRow.data(
      vault: vault.id, device: device, caseID: row.caseID, generation: row.generation)
    guard let rowKey = try? key.key.derive(.row),
      let plaintext = try? Envelope.open(
        row.sealed, key: rowKey, nonce: row.nonce, data: data),
      let opened = try? IndexRow(plaintext)
    else {
      notice([Finding(.damaged, "index/\(device.text)", "a row does not verify; ignored")])
      return nil
    }
    return opened
  }

  /// The verified segments that no other replaces.
  func indexSegments() throws -> [IndexSegment] {
    var segments: [Identifier: IndexSegment] = [:]
    for folder in try folder.listing(of: "index").entries {
      guard folder.kind == .folder, let name = folder.name, let device = Identifier(name) else {
        notice([Finding(.stranger, "index/\(folder.shown)", "not a file of the vault")])
        continue
      }
      for entry in try self.folder.listing(of: "index/\(name)").entries {
        let shown = "index/\(name)/\(entry.shown)"
        guard entry.kind == .file, let file = entry.name, let id = Identifier(file) else {
          notice([Finding(.stranger, shown, "not a file of the vault")])
          continue
        }
        segments[id] = segment(id, at: shown, of: device)
      }
    }
    let replaced = Set(segments.values.flatMap(\.replaced))
    return segments.filter { !replaced.contains($0.key) }.sorted { $0.key < $1.key }
      .map(\.value)
  }

  private func segment(
    _ id: Identifier, at path: String, of device: Identifier
  ) -> IndexSegment? {
    do {
      let bytes = try folder.read(path, atMost: IndexSegment.maximumSize)
      guard Identifier(hash(.segment, bytes)) == id else {
        notice([Finding(.damaged, path, "its content does not fit its name")])
        return nil
      }
      let segment = try IndexSegment(bytes)
      guard segment.vault == vault.id, segment.device == device,
        let signer = roster.standing(of: device, at: segment.roster),
        signer.member.role.holdsMasterKey
      else {
        notice([Finding(.forged, path, "signed by no device with the right to")])
        return nil
      }
      try verify(
        segment.signature, by: signer.keys.sign.inline, IndexSegment.signatureText,
        Array(bytes.dropLast(Statement.signatureSize)))
      return segment
    } catch {
      notice([Finding(.damaged, path, "not an index segment")])
      return nil
    }
  }

  /// Publishes one segment with the rows of these cases.
  func publishRows(of files: [CaseFile]) throws {
    let rows = try files.compactMap { file in
      try file.row.map { try seal($0, file.key) }
    }
    guard !rows.isEmpty else { return }
    var segment = IndexSegment(
      vault: vault.id, roster: roster.head, device: identity.device, replaced: [], rows: rows)
    segment.signature = identity.signing.sign(IndexSegment.signatureText, segment.signed)
    let bytes = segment.bytes
    try folder.publish(
      bytes, at: "index/\(identity.device.text)/\(Identifier(hash(.segment, bytes)).text)")
  }

  private func seal(_ row: IndexRow, _ key: CaseKey) throws -> SealedRow {
    let nonce = randomBytes(Envelope.nonceSize)
    let data = SealedRow.data(
      vault: vault.id, device: identity.device, caseID: key.caseID,
      generation: key.generation)
    let sealed = Envelope.seal(
      row.bytes, key: try key.key.derive(.row), nonce: nonce, data: data)
    return SealedRow(
      caseID: key.caseID, generation: key.generation, nonce: nonce, sealed: sealed)
  }
}

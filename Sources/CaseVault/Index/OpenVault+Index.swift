internal import Sealing
internal import Storage
internal import VaultFormat

extension OpenVault {
  /// Reads the index. Cases that no row covers are folded from their records.
  ///
  /// - Throws: `failed` where the folder cannot be read. Damaged segments are
  ///   noticed, not thrown.
  package func index() throws -> Index {
    var index = try storedIndex()
    for caseID in keyring.caseIDs where index[caseID] == nil {
      if let row = try readable(caseID)?.row { index.take(row, of: caseID) }
    }
    return index
  }

  /// The index as it is stored, without the cases that no row covers.
  func storedIndex() throws -> Index {
    let reading = try readIndex()
    var index = Index()
    for (device, segments) in reading.segments {
      for row in segments.values.flatMap(\.rows) {
        if let opened = open(row, of: device) { index.take(opened, of: row.caseID) }
      }
    }
    return index
  }

  private func readIndex() throws -> IndexReading {
    let reading = try IndexReading.read(vault)
    notice(reading.findings)
    ownSegments = reading.segments[identity.device] ?? [:]
    return reading
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

  /// Publishes one segment with the rows of these cases and those of the
  /// segments that it replaces.
  ///
  /// - Parameter replacingAll: take in every segment of this device, so that no
  ///   row of its own stands against these.
  func publishRows(of files: [CaseFile], replacingAll: Bool = false) throws {
    let fresh = try files.compactMap { file in
      try file.row.map { try seal($0, file.key) }
    }
    guard !fresh.isEmpty else { return }
    let own = try ownSegments ?? readIndex().segments[identity.device] ?? [:]
    let replaced =
      replacingAll
      ? Array(own.keys.sorted().prefix(KeySegment.maximumReplaced))
      : Merging.absorbed(
        own.mapValues(\.rows.count), adding: fresh.count, limit: Self.mergedRows)
    var segment = IndexSegment(
      vault: vault.id, roster: rosterHead, device: identity.device, replaced: replaced,
      rows: merged(fresh, replaced.flatMap { own[$0]?.rows ?? [] }))
    segment.signature = identity.signing.sign(IndexSegment.signatureText, segment.signed)
    let bytes = segment.bytes
    let id = Identifier(hash(.segment, bytes))
    let path = "index/\(identity.device.text)"
    try folder.publish(bytes, at: "\(path)/\(id.text)")
    Merging.remove(replaced, from: path, in: folder)
    ownSegments = own.filter { !replaced.contains($0.key) }.merging([id: segment]) { _, new in new }
  }

  /// The most rows of one merged segment: at their greatest size they fit into
  /// what a reader takes.
  private static let mergedRows = IndexSegment.maximumSize / (SealedRow.maximumSealed + 68) - 1

  /// One row for each case: the fresh one, otherwise the one that says more.
  private func merged(_ fresh: [SealedRow], _ old: [SealedRow]) -> [SealedRow] {
    var rows = Dictionary(fresh.map { ($0.caseID, $0) }) { first, _ in first }
    let settled = Set(rows.keys)
    var best = Index()
    for row in old where !settled.contains(row.caseID) {
      guard let opened = open(row, of: identity.device) else {
        // Of a case whose key this process has not seen yet.
        if !keyring.holds(row.caseID), rows[row.caseID] == nil { rows[row.caseID] = row }
        continue
      }
      best.take(opened, of: row.caseID)
      if best[row.caseID] == opened { rows[row.caseID] = row }
    }
    return rows.values.sorted { $0.caseID < $1.caseID }
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

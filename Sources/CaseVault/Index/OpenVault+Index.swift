internal import Sealing
internal import Storage
internal import VaultFormat

extension OpenVault {
  /// The index as it is now: what came since it was last read is read, and the
  /// rest is in memory. Cases that no row covers are folded from their records.
  ///
  /// - Parameter age: how many seconds old what is in memory may be; then
  ///   nothing is read.
  /// - Throws: `failed` where the folder cannot be read. Damaged segments are
  ///   noticed, not thrown.
  package func index(freshAtMost age: Int = 0) throws -> Index {
    let now = clock.now.seconds
    if age > 0, let loaded = loadedIndex, let readAt = loaded.readAt,
      (0..<age).contains(now - readAt)
    {
      return loaded.index
    }
    var index = try storedIndex()
    for caseID in keyring.caseIDs where index[caseID] == nil {
      if let row = try readable(caseID)?.row { index.take(row, of: caseID) }
    }
    loadedIndex?.index = index
    loadedIndex?.readAt = now
    return index
  }

  /// The index as it is stored, without the cases that no row covers.
  func storedIndex() throws -> Index {
    try readIndex()
    return loadedIndex?.stored ?? Index()
  }

  /// Takes in the segments that came since the index was last read.
  private func readIndex() throws {
    var loaded = loadedIndex ?? LoadedIndex()
    let reading = try IndexReading.read(vault, known: loaded.known)
    notice(reading.findings)
    for (device, segments) in reading.segments {
      for (id, segment) in segments {
        loaded.take(id, segment)
        if device == identity.device { loaded.own[id] = segment }
      }
    }
    loaded.openWaiting(keyring.holds, open)
    for (device, replaced) in reading.replaced { loaded.drop(replaced, of: device) }
    loadedIndex = loaded
  }

  private func open(_ row: SealedRow, _ device: Identifier) -> IndexRow? {
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
    if loadedIndex == nil { try readIndex() }
    let own = loadedIndex?.own ?? [:]
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
    // In bulk it would cost a sync a case: what was filed is seen at the next look.
    if files.count <= Self.rememberedAtOnce { for file in files { remember(file) } }
    Merging.remove(replaced, from: path, in: folder)
    vault.copies?.keep([(id.text, bytes)], in: path)
    vault.copies?.drop(replaced.map(\.text), in: path)
    loadedIndex?.put(
      id, segment, of: files.compactMap { file in file.row.map { (file.id, Index.Entry($0)) } })
  }

  private static let rememberedAtOnce = 8

  /// The most rows of one merged segment: at their greatest size they fit into
  /// what a reader takes.
  private static let mergedRows = IndexSegment.maximumSize / (SealedRow.maximumSealed + 68) - 1

  /// One row for each case: the fresh one, otherwise the one that says more.
  private func merged(_ fresh: [SealedRow], _ old: [SealedRow]) -> [SealedRow] {
    var rows = Dictionary(fresh.map { ($0.caseID, $0) }) { first, _ in first }
    let settled = Set(rows.keys)
    var best = Index()
    for row in old where !settled.contains(row.caseID) {
      guard let opened = open(row, identity.device) else {
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

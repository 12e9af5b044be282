internal import Sealing
internal import Storage
internal import VaultFormat

/// What this computer has seen of one case: every record that verified, and the
/// names of those that have vanished since (FORMAT §12.2).
struct SeenRecords {
  /// Sound ones, by id.
  private(set) var records: [Identifier: SeenRecord] = [:]
  /// What was seen but does not verify by today's roster, or is incomplete.
  private var others: [Identifier: SeenRecordsFile.Entry] = [:]

  /// Every record ever seen here.
  var ids: Set<Identifier> { Set(records.keys).union(others.keys) }

  /// Takes in records that have verified.
  ///
  /// - Returns: whether one of them is new.
  mutating func take(_ fresh: [SeenRecord]) -> Bool {
    var isNew = false
    for seen in fresh where records[seen.record.id]?.entry != seen.entry {
      records[seen.record.id] = seen
      others[seen.record.id] = nil
      isNew = true
    }
    return isNew
  }

  fileprivate init(_ entries: [SeenRecordsFile.Entry], of key: CaseKey, in vault: Vault) {
    for entry in entries {
      if let seen = try? SeenRecord(entry, of: key, in: vault) {
        records[entry.record] = seen
      } else {
        others[entry.record] = entry
      }
    }
  }

  init() {}

  fileprivate var entries: [SeenRecordsFile.Entry] {
    (records.values.map(\.entry) + others.values).sorted { $0.record < $1.record }
  }
}

extension Home {
  private func seenPath(of key: CaseKey) -> String { "\(key.vault.text)/\(key.folder)" }

  /// What was seen of a case on this computer; nothing where the file is not
  /// there, is damaged, or belongs to another vault, case or generation.
  func seenRecords(of key: CaseKey, in vault: Vault) -> SeenRecords {
    guard
      let bytes = try? state.read(seenPath(of: key), atMost: SeenRecordsFile.maximumSize),
      let file = try? SeenRecordsFile(bytes), file.vault == vault.id,
      file.caseID == key.caseID, file.generation == key.generation,
      let plaintext = try? Envelope.open(
        file.sealed, key: key.key.derive(.cache), nonce: file.nonce, data: file.data),
      let entries = try? file.entries(plaintext)
    else { return SeenRecords() }
    return SeenRecords(entries, of: key, in: vault)
  }

  /// Keeps what was seen of a case, in place of what was kept before.
  ///
  /// - Throws: `StorageError`, `SealingError`.
  func keep(_ seen: SeenRecords, of key: CaseKey) throws {
    let entries = Array(seen.entries.prefix(SeenRecordsFile.maximumRecords))
    var file = SeenRecordsFile(
      count: entries.count, vault: key.vault, caseID: key.caseID, generation: key.generation)
    file.nonce = randomBytes(Envelope.nonceSize)
    file.sealed = Envelope.seal(
      SeenRecordsFile.plaintext(entries), key: try key.key.derive(.cache), nonce: file.nonce,
      data: file.data)
    try state.replace(file.bytes, at: seenPath(of: key))
  }
}

/// What was seen of the cases that were looked at last, in memory.
struct SeenCases {
  private static let maximumCount = 64
  private var seen: [Identifier: SeenRecords] = [:]
  /// The case looked at longest ago first.
  private var order: [Identifier] = []

  subscript(generation: Identifier) -> SeenRecords? {
    get { seen[generation] }
    set {
      order.removeAll { $0 == generation }
      seen[generation] = newValue
      guard newValue != nil else { return }
      order.append(generation)
      if order.count > Self.maximumCount { seen[order.removeFirst()] = nil }
    }
  }
}

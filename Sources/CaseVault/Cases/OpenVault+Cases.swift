internal import Sealing
internal import Storage
package import VaultFormat

extension OpenVault {
  /// Reads a case: one listing of its folder, and what was not seen before.
  ///
  /// - Parameter isReadingAll: read also what was seen, as a check does.
  /// - Throws: as ``Keyring/keys(of:)``, `failed`, and `damaged` where all its
  ///   records have vanished.
  package func caseFile(_ id: Identifier, isReadingAll: Bool = false) throws -> CaseFile {
    take(try reading(of: id).read(isReadingAll: isReadingAll))
  }

  /// The reading of a case, which needs nothing else of this vault and may go on beside other work.
  ///
  /// - Throws: as ``Keyring/keys(of:)``.
  package func reading(of id: Identifier) throws -> CaseReading {
    let key = try keys(of: id)[0]
    let known = vault.copies == nil ? SeenRecords() : seenInMemory(of: key)
    return CaseReading(key: key, vault: vault, home: home, known: known)
  }

  /// Takes in what a reading came to.
  package func take(_ result: CaseReading.Result) -> CaseFile {
    notice(result.file.findings)
    remember(result.file, result.seen)
    return result.file
  }

  /// The keys of a case. One that is not known may have come since.
  private func keys(of id: Identifier) throws -> [CaseKey] {
    if !keyring.holds(id) { try refresh() }
    return try keyring.keys(of: id)
  }

  private func seenRecords(of key: CaseKey) -> SeenRecords {
    guard vault.copies != nil else { return SeenRecords() }
    return seenInMemory(of: key) ?? home.seenRecords(of: key, in: vault)
  }

  private func seenInMemory(of key: CaseKey) -> SeenRecords? {
    unkept[key.generation]?.seen ?? seenCases[key.generation]
  }

  /// Keeps what verified of a case, in memory and, at once or with others', in the home. The records
  /// are durable under their names before.
  func remember(_ file: CaseFile) {
    remember(file, seenRecords(of: file.key))
  }

  /// As above, with what was seen of the case before.
  private func remember(_ file: CaseFile, _ before: SeenRecords) {
    guard vault.copies != nil else { return }
    var seen = before
    let isNew = seen.take(file.takeFresh())
    seenCases[file.key.generation] = seen
    guard isNew else { return }
    unkept[file.key.generation] = (file.key, seen)
    if !gathersSeen || unkept.count >= Self.maximumUnkept { keepSeen() }
  }

  /// Of how many cases, at most, what was seen may wait to be kept.
  private static let maximumUnkept = 64

  /// Whether ``keepSeen()`` has something to do.
  package var owesSeen: Bool { !unkept.isEmpty }

  /// Keeps in the home what was seen of cases since it was called last; what cannot be kept is
  /// noticed.
  package func keepSeen() {
    let waiting = Array(unkept.values)
    unkept = [:]
    let home = home
    let results = SideBySide.map(waiting) { try home.keep($0.seen, of: $0.key) }
    for (kept, result) in zip(waiting, results) {
      guard case .failure = result else { continue }
      notice([
        Finding(
          .stale, kept.key.folder, "this computer could not keep what it saw of the case")
      ])
    }
  }

  /// Opens a record for reading.
  ///
  /// - Throws: `damaged`.
  package func reader(of record: Record, in file: CaseFile) throws -> RecordReader {
    try RecordReader.open(record.name, of: file.key, in: vault)
  }

  /// A reference that no case in the index has.
  package func freshReference(_ index: Index) -> Reference {
    while true {
      let reference = Reference(random: randomBytes(7))
      if index.rows(with: reference).isEmpty { return reference }
    }
  }

  /// Completes the index where an earlier command of this device could not.
  package func completeFilings() {
    for note in home.filingNotes(in: vault.id) { complete(note) }
  }

  /// Brings the index up to what the cases of a note say.
  func complete(_ note: FilingNote) {
    do {
      try publishRows(of: try note.cases.filter(keyring.holds).compactMap(readable))
      home.forget(note)
    } catch {
      notice([
        Finding(.stale, "index", "not brought up to date; the next command completes it")
      ])
    }
  }

  /// Whether a case's folder still shows the records that it was folded from: one listing. What did not
  /// verify may be whole by now, or its author known.
  ///
  /// - Throws: `StorageError`.
  package func isCurrent(_ file: CaseFile) throws -> Bool {
    try file.damaged.isEmpty
      && CaseFile.stamp(of: folder.listing(of: file.key.folder)) == file.listing
  }

  /// A case, or nil where it is damaged.
  ///
  /// - Throws: `failed` where it cannot be read at all.
  func readable(_ id: Identifier) throws -> CaseFile? {
    do {
      return try caseFile(id)
    } catch let error as VaultError where error.code == .damaged {
      return nil
    }
  }
}

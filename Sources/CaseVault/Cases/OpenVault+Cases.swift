internal import Sealing
internal import Storage
package import VaultFormat

extension OpenVault {
  /// Reads a case.
  ///
  /// - Throws: as ``Keyring/keys(of:)``, and `failed`.
  package func caseFile(_ id: Identifier) throws -> CaseFile {
    let keys = try keyring.keys(of: id)
    let file = try CaseFile(keys[0], in: vault)
    notice(file.findings)
    return file
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
    for note in home.filingNotes(in: vault.id) {
      do {
        try publishRows(of: try note.cases.filter(keyring.holds).compactMap(readable))
        home.forget(note)
      } catch {
        notice([
          Finding(.stale, "index", "not brought up to date; the next command completes it")
        ])
      }
    }
  }

  /// How many records a case's folder has, by their names.
  func recordCount(of key: CaseKey) throws -> Int {
    try folder.listing(of: key.folder).entries.count { entry in
      entry.kind == .file && entry.name.flatMap { RecordName($0) }?.suffix == key.suffix
    }
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

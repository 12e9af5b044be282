internal import Sealing
internal import Storage
internal import VaultFormat

/// One record as it verified: what a case is folded from.
struct SeenRecord: Sendable {
  let record: Record
  let entry: SeenRecordsFile.Entry
  /// Of an opening or an update.
  let details: CaseDetails?

  /// A record that this device just sealed, or read from the vault and verified.
  init(_ record: Record, json: [UInt8], content: [UInt8]?, _ details: CaseDetails?) {
    self.record = record
    entry = SeenRecordsFile.Entry(
      record: record.id, signature: record.signature, json: json, content: content)
    self.details = details
  }

  /// A record that verified once on this computer, verified again: its author's
  /// right by today's roster, its signature, its content's root.
  ///
  /// - Throws: `damaged`, `FormatError`; then it is read from the vault again.
  init(_ entry: SeenRecordsFile.Entry, of key: CaseKey, in vault: Vault) throws {
    let manifest = try Manifest(json: entry.json)
    let name = RecordName(record: entry.record, suffix: key.suffix)
    let author = try RecordReader.author(
      of: manifest, name, entry.json, entry.signature, key, vault.roster)
    try RecordReader.verifyDays(of: manifest, name, vault.roster)
    record = Record(
      id: entry.record, name: name, caseID: key.caseID, manifest: manifest,
      signature: entry.signature, author: author)
    self.entry = entry
    details = try Self.details(entry.content, manifest)
  }

  /// What an opening or update says, if its content is what its author signed.
  private static func details(
    _ content: [UInt8]?, _ manifest: Manifest
  ) throws -> CaseDetails? {
    guard manifest.holdsDetails else { return nil }
    guard let content, content.count == manifest.length else {
      throw FormatError.missing("content")
    }
    var slots: [UInt8] = []
    for start in stride(from: 0, to: content.count, by: RecordLayout.chunkSize) {
      let end = min(start + RecordLayout.chunkSize, content.count)
      slots += Identifier(hash(.chunk, Array(content[start..<end]))).bytes
    }
    guard contentRoot(length: content.count, slots: slots[...]) == manifest.root else {
      throw FormatError.invalid("content")
    }
    return try CaseDetails(content: content, isUpdate: manifest.kind == RecordKind.update)
  }
}

extension Manifest {
  /// Whether the content is what a case is folded from.
  var holdsDetails: Bool { kind == RecordKind.opening || kind == RecordKind.update }
}

extension RecordReader {
  /// Reads one record of a case: its front, and the content of an opening or update.
  ///
  /// - Throws: `VaultError`.
  static func seen(
    _ name: RecordName, of key: CaseKey, in vault: Vault, on shelf: Shelf
  ) throws -> SeenRecord {
    let reader = try open(name, of: key, in: vault, on: shelf)
    let manifest = reader.record.manifest
    guard manifest.holdsDetails else {
      return SeenRecord(reader.record, json: reader.json, content: nil, nil)
    }
    let content = try reader.content(atMost: CaseDetails.maximumSize)
    do {
      let details = try CaseDetails(
        content: content, isUpdate: manifest.kind == RecordKind.update)
      return SeenRecord(reader.record, json: reader.json, content: content, details)
    } catch {
      throw damage(name, "its content makes no sense", cause: error)
    }
  }
}

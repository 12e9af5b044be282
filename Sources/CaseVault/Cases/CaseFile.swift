internal import Sealing
internal import Storage
package import VaultFormat

/// One case, read: its key, its verified records, its state.
package final class CaseFile {
  package let key: CaseKey
  package private(set) var state: CaseState
  /// The records that did not verify, each with its reason.
  package private(set) var damaged: [VaultError] = []
  private(set) var records: [Record] = []
  private var contents: [Identifier: CaseDetails] = [:]
  private let policy: Policy
  private var listed: [Finding] = []
  /// Records that this computer has seen and the folder no longer shows.
  private(set) var vanished: Set<Identifier> = []
  /// What verified that was not seen before, since it was asked for last.
  private var fresh: [SeenRecord] = []

  /// Of the files in the case's folder, by their names.
  private(set) var listing = 0
  /// The same for the same records, within one process.
  package var stamp: Int { listing ^ (damaged.isEmpty ? 0 : damaged.map(\.message).hashValue) }

  package var id: Identifier { key.caseID }

  /// A case that has no record yet.
  init(new key: CaseKey, policy: Policy) {
    self.key = key
    self.policy = policy
    state = CaseState(caseID: key.caseID, records: [], contents: [:], policy: policy)
  }

  /// Lists a case's folder, verifies the front of every record that was not
  /// seen before, eight at a time, and folds them all.
  ///
  /// Records that do not verify are left out and named in ``damaged``.
  ///
  /// - Parameters:
  ///   - seen: what this computer has seen of the case.
  ///   - isReadingAll: read also what was seen, as a check does.
  /// - Throws: `failed` where the folder cannot be read, `damaged` where it shows
  ///   no record of a case that had some.
  init(
    _ key: CaseKey, in vault: Vault, _ seen: SeenRecords = SeenRecords(),
    isReadingAll: Bool = false
  ) throws {
    self.key = key
    policy = vault.roster.founding.policy
    state = CaseState(caseID: key.caseID, records: [], contents: [:], policy: policy)
    let shelf = try vault.folder.wholeShelf(key.folder)
    let names = names(on: shelf)
    listing = Self.stamp(of: shelf.listing)
    vanished = seen.ids.subtracting(names.map(\.record))
    guard !names.isEmpty || seen.ids.isEmpty else {
      throw VaultError(
        .damaged, "all records of case \(id.text.prefix(10)) have vanished",
        hint: VaultError.restoreHint)
    }
    let absent = isReadingAll ? names : names.filter { seen.records[$0.record] == nil }
    let read = SideBySide.map(absent) { name in
      try RecordReader.seen(name, of: key, in: vault, on: shelf)
    }
    for (name, result) in zip(absent, read) { try take(result, name) }
    if !isReadingAll {
      for name in names { if let known = seen.records[name.record] { take(known) } }
    }
    fold()
  }

  /// Of all files in a case's folder, by their names alone.
  static func stamp(of listing: Listing) -> Int {
    listing.entries.reduce(0) { $0 ^ ($1.kind == .file ? $1.name?.hashValue ?? 0 : 0) }
  }

  private func names(on shelf: Shelf) -> [RecordName] {
    shelf.listing.entries.compactMap { entry in
      guard entry.kind == .file, let record = entry.name.flatMap({ RecordName($0) }),
        record.suffix == key.suffix
      else {
        listed.append(
          Finding(.stranger, "\(key.folder)/\(entry.shown)", "not a record of this case"))
        return nil
      }
      return record
    }
  }

  private func take(_ result: Result<SeenRecord, any Error>, _ name: RecordName) throws {
    do {
      let seen = try result.get()
      take(seen)
      fresh.append(seen)
    } catch let error as VaultError {
      // A share that does not answer says nothing of the record: without it the
      // case would be folded from less than is there.
      if error.code == .failed { throw error }
      damaged.append(error)
    } catch {
      damaged.append(RecordReader.damage(name, "its content makes no sense", cause: error))
    }
  }

  private func take(_ seen: SeenRecord) {
    records.append(seen.record)
    contents[seen.record.id] = seen.details
  }

  /// What verified that was not seen before and not asked for yet.
  func takeFresh() -> [SeenRecord] {
    defer { fresh = [] }
    return fresh
  }

  /// Takes in a record that this device just sealed.
  func add(_ record: Record, content: CaseDetails?) {
    listing ^= record.name.text.hashValue
    records.append(record)
    contents[record.id] = content
    if let json = try? record.manifest.json() {
      fresh.append(SeenRecord(record, json: json, content: content?.content, content))
    }
    if state.heads == record.manifest.parents {
      state.append(record, content: content)
    } else {
      fold()
    }
  }

  private func fold() {
    state = CaseState(
      caseID: id, records: records, contents: contents, policy: policy, vanished: vanished)
  }

  /// The records of the case's folder, sound or not.
  var recordCount: Int { records.count + damaged.count }

  /// What is not as it should be in this case.
  package var findings: [Finding] {
    listed + state.findings
      + damaged.map { Finding(.damaged, key.folder, $0.message) }
      + vanished.map {
        Finding(
          .missing, "\(key.folder)/\(RecordName(record: $0, suffix: key.suffix).text)",
          "record \($0.text.prefix(10)) has vanished")
      }
  }

  /// Whether a folder of this name in a mount at `device` became this case, at `moment` or later: its
  /// first record is then a file that was saved there.
  func isFrom(folder name: String, at device: Identifier, since moment: Timestamp) -> Bool {
    records.contains { opening in
      opening.manifest.kind == RecordKind.opening && opening.manifest.device == device
        && opening.manifest.recorded >= moment && contents[opening.id]?.isOf(folder: name) == true
        && records.contains { first in
          first.manifest.parents == [opening.id] && first.manifest.device == device
            && !Self.mountDetails.isDisjoint(with: first.manifest.details.keys)
        }
    }
  }

  /// The details of what was saved through a mount only (FORMAT §4.6).
  private static let mountDetails: Set = ["file", "modified", "sitting"]

  /// The summary for the index (FORMAT §9); nil for a case without an opening.
  package var row: IndexRow? {
    guard let opened = state.opened, let lastWork = state.lastWork, let expires = state.expires
    else { return nil }
    let ids = records.map(\.id).sorted()
    let details = state.details
    var entries: [IndexRow.Entry] = []
    func add(_ field: IndexRow.Field, _ texts: [String]) {
      entries += texts.map { IndexRow.Entry(field, $0) }
    }
    add(.reference, [details.reference?.text].compactMap { $0 })
    add(.client, [details.clientName].compactMap { $0 })
    add(.pseudonym, [details.pseudonym].compactMap { $0 })
    add(.studentID, [details.studentID].compactMap { $0 })
    add(.topic, [details.topic].compactMap { $0 })
    add(.adviser, [details.adviser].compactMap { $0 })
    add(.email, details.emails)
    add(.telephone, details.phones)
    add(.party, details.parties)
    return IndexRow(
      recordCount: ids.count,
      stateHash: Identifier(key.key.commitment(.state, ids.flatMap(\.bytes))),
      isOpen: state.isOpen, flags: details.isAnonymous ? .anonymous : [], opened: opened,
      closed: state.closed, lastWork: lastWork, expires: expires, entries: entries)
  }
}

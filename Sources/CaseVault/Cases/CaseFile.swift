internal import Sealing
internal import Storage
package import VaultFormat

/// One case, read: its key, its verified records, its state.
package final class CaseFile {
  package let key: CaseKey
  package private(set) var state: CaseState
  /// The records that did not verify, each with its reason.
  package private(set) var damaged: [VaultError] = []
  private var records: [Record] = []
  private var contents: [Identifier: CaseDetails] = [:]
  private let policy: Policy
  private var listed: [Finding] = []

  package var id: Identifier { key.caseID }

  /// A case that has no record yet.
  init(new key: CaseKey, policy: Policy) {
    self.key = key
    self.policy = policy
    state = CaseState(caseID: key.caseID, records: [], contents: [:], policy: policy)
  }

  /// Reads a case's folder, verifies the front of every record and folds it.
  ///
  /// Records that do not verify are left out and named in ``damaged``.
  ///
  /// - Throws: `failed` where the folder cannot be read.
  init(_ key: CaseKey, in vault: Vault) throws {
    self.key = key
    policy = vault.roster.founding.policy
    state = CaseState(caseID: key.caseID, records: [], contents: [:], policy: policy)
    for entry in try vault.folder.listing(of: key.folder).entries {
      guard entry.kind == .file, let name = entry.name, let record = RecordName(name),
        record.suffix == key.suffix, name == record.text
      else {
        listed.append(
          Finding(.stranger, "\(key.folder)/\(entry.shown)", "not a record of this case"))
        continue
      }
      try read(record, in: vault)
    }
    fold()
  }

  private func read(_ name: RecordName, in vault: Vault) throws {
    do {
      let reader = try RecordReader.open(name, of: key, in: vault)
      let kind = reader.record.manifest.kind
      if kind == RecordKind.opening || kind == RecordKind.update {
        let content = try reader.content(atMost: CaseDetails.maximumSize)
        contents[reader.record.id] = try CaseDetails(
          content: content, isUpdate: kind == RecordKind.update)
      }
      records.append(reader.record)
    } catch let error as VaultError {
      // A share that does not answer says nothing of the record: without it the
      // case would be folded from less than is there.
      if error.code == .failed { throw error }
      damaged.append(error)
    } catch {
      damaged.append(RecordReader.damage(name, "its content makes no sense", cause: error))
    }
  }

  /// Takes in a record that this device just sealed.
  func add(_ record: Record, content: CaseDetails?) {
    records.append(record)
    contents[record.id] = content
    if state.heads == record.manifest.parents {
      state.append(record, content: content)
    } else {
      fold()
    }
  }

  private func fold() {
    state = CaseState(caseID: id, records: records, contents: contents, policy: policy)
  }

  /// The records of the case's folder, sound or not.
  var recordCount: Int { records.count + damaged.count }

  /// What is not as it should be in this case.
  package var findings: [Finding] {
    listed + state.findings
      + damaged.map { Finding(.damaged, key.folder, $0.message) }
  }

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

  /// The record that `typed` names by its id or the beginning of one.
  ///
  /// - Throws: `notFound`, also where several begin so; `damaged` where it is one
  ///   of those that did not verify.
  package func record(named typed: String) throws(VaultError) -> Record {
    let typed = typed.lowercased()
    let found = records.filter { $0.id.text.hasPrefix(typed) }
    guard !typed.isEmpty, found.count <= 1 else {
      throw VaultError(
        .notFound, "several records of this case begin with \(typed)",
        hint: "give more of the record's id")
    }
    if let record = found.first { return record }
    if let damage = damaged.first(where: { $0.message.contains("record \(typed.prefix(10))") }) {
      throw damage
    }
    throw VaultError(
      .notFound, "no record \(typed.prefix(60)) in this case",
      hint: "`casevault case show CASE` lists its records")
  }
}

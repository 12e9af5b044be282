internal import CPlatform
internal import CaseVault
internal import VaultFormat

extension Conversation {
  /// Rows of the index, after one entry for all of them. The words of a search
  /// are not kept.
  func rows(_ choose: (Index) -> [Index.Row]) throws -> [Index.Row] {
    let vault = try openedOrRefused()
    agent.settleAll()
    let rows = choose(try vault.index(freshAtMost: agent.rowAge))
    try enter()
    return rows
  }

  /// A case, after the entry of its reading.
  func look(_ name: String, _ withContents: Bool) throws -> CaseView {
    let vault = try openedOrRefused()
    let file = try caseFile(name, in: vault)
    try enter(file)
    looked = (file, cp_boot_time_ns())
    return CaseView(file, contents: withContents ? contents(of: file, in: vault) : [:])
  }

  /// One record and, where it is wanted, the key of its content, after the entry
  /// of the record's reading.
  func read(_ typed: String, of name: String, _ withContent: Bool) throws -> Reply {
    let vault = try openedOrRefused()
    let file = try caseFile(name, in: vault)
    let entry: CaseState.Entry
    do {
      entry = try CaseView(file).entry(named: typed)
    } catch {
      // The answer tells that the case is there, and what is wrong with it.
      try enter(file, outcome: error.code == .damaged ? .damaged : .ok)
      throw error
    }
    guard withContent else {
      try enter(file, record: entry.record.id)
      return .record(entry, nil)
    }
    do {
      let read = try RecordReader.contentKey(of: entry.record.name, file.key, in: vault.vault)
      guard read.record.signature == entry.record.signature else {
        throw VaultError(.damaged, "the record changed while it was read")
      }
      try enter(file, record: entry.record.id)
      return .record(entry, read.key)
    } catch let error as VaultError where error.code == .damaged {
      try enter(file, record: entry.record.id, outcome: .damaged)
      throw error
    }
  }

  /// The case that a person named.
  private func caseFile(_ name: String, in vault: OpenVault) throws -> CaseFile {
    let id = try vault.caseID(named: name, freshAtMost: agent.rowAge)
    let file = try vault.caseFile(id)
    guard file.state.opened != nil else {
      throw VaultError(
        .damaged, "the record that opens case \(id.text.prefix(10)) is missing",
        hint: VaultError.restoreHint)
    }
    // The index finds and the case decides: a row that lies about its reference
    // must not send an adviser's note to another client.
    guard file.answers(to: name) else {
      throw VaultError(
        .damaged, "the index names the wrong case for \(name)",
        hint: "name the case by its id; `casevault check` says more")
    }
    return file
  }

  /// What openings, updates and withdrawals say; those that are damaged are left out.
  private func contents(of file: CaseFile, in vault: OpenVault) -> [Identifier: [UInt8]] {
    let told = [RecordKind.opening, RecordKind.update, RecordKind.withdrawal]
    var contents: [Identifier: [UInt8]] = [:]
    for entry in file.state.entries where told.contains(entry.record.manifest.kind) {
      contents[entry.record.id] = try? vault.reader(of: entry.record, in: file)
        .content(atMost: CaseDetails.maximumSize)
    }
    return contents
  }
}

package import VaultFormat

/// A case as whoever holds its key tells it to whoever asked: its state and its
/// records' facts, and no key.
package struct CaseView: Sendable {
  package let id: Identifier
  package let details: CaseDetails
  package let isOpen: Bool
  package let opened: CivilDate?
  package let closed: CivilDate?
  package let lastWork: CivilDate?
  /// The first day on which the case may be destroyed.
  package let expires: CivilDate?
  /// In the order of the fold.
  package private(set) var entries: [CaseState.Entry]
  /// The records that did not verify, each with its reason.
  package let damaged: [VaultError]
  /// What openings, updates and withdrawals say, where the history was asked for.
  package let contents: [Identifier: [UInt8]]

  package init(
    id: Identifier, details: CaseDetails, isOpen: Bool, opened: CivilDate?, closed: CivilDate?,
    lastWork: CivilDate?, expires: CivilDate?, entries: [CaseState.Entry],
    damaged: [VaultError], contents: [Identifier: [UInt8]] = [:]
  ) {
    self.id = id
    self.details = details
    self.isOpen = isOpen
    self.opened = opened
    self.closed = closed
    self.lastWork = lastWork
    self.expires = expires
    self.entries = entries
    self.damaged = damaged
    self.contents = contents
  }

  /// The view of a case that was read.
  package init(_ file: CaseFile, contents: [Identifier: [UInt8]] = [:]) {
    let state = file.state
    self.init(
      id: file.id, details: state.details, isOpen: state.isOpen, opened: state.opened,
      closed: state.closed, lastWork: state.lastWork, expires: state.expires,
      entries: state.entries, damaged: file.damaged, contents: contents)
  }

  /// Takes in a record that was filed here, without what it says of the whole case.
  package mutating func take(_ record: Record) {
    let replaced = Set(record.manifest.replaces)
    if !replaced.isEmpty {
      for index in entries.indices where replaced.contains(entries[index].record.id) {
        if record.manifest.kind == RecordKind.withdrawal {
          entries[index].withdrawnBy.append(record.id)
        } else {
          entries[index].replacedBy.append(record.id)
        }
      }
    }
    entries.append(CaseState.Entry(record: record, replacedBy: [], withdrawnBy: []))
  }

  /// The record that `typed` names by its id or the beginning of one.
  ///
  /// - Throws: `notFound`, also where several begin so; `damaged` where it is one
  ///   of those that did not verify.
  package func record(named typed: String) throws(VaultError) -> Record {
    try entry(named: typed).record
  }

  /// The record that `typed` names, with what later ones did to it.
  ///
  /// - Throws: as ``record(named:)``.
  package func entry(named typed: String) throws(VaultError) -> CaseState.Entry {
    let typed = typed.lowercased()
    let found = entries.filter { $0.record.id.text.hasPrefix(typed) }
    guard !typed.isEmpty, found.count <= 1 else {
      throw VaultError(
        .notFound, "several records of this case begin with \(typed)",
        hint: "give more of the record's id")
    }
    if let entry = found.first { return entry }
    if let damage = damaged.first(where: { $0.message.contains("record \(typed.prefix(10))") }) {
      throw damage
    }
    throw VaultError(
      .notFound, "no record \(typed.prefix(60)) in this case",
      hint: "`casevault case show CASE` lists its records")
  }
}

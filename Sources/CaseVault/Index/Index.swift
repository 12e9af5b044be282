package import VaultFormat

/// The summaries of all cases that this device can open, read from the index
/// folders (FORMAT §9). It finds and lists; it decides nothing.
package struct Index {
  /// A case and its summary.
  package struct Row: Sendable {
    package let caseID: Identifier
    package let summary: IndexRow

    package init(caseID: Identifier, summary: IndexRow) {
      self.caseID = caseID
      self.summary = summary
    }
  }

  /// A summary and its words, taken apart when they are first searched.
  final class Entry {
    let summary: IndexRow
    private(set) lazy var text = SearchText(
      summary.entries.lazy.filter { $0.field != .adviser }.map(\.text))

    init(_ summary: IndexRow) {
      self.summary = summary
    }
  }

  private var entries: [Identifier: Entry] = [:]

  /// All rows, by case.
  package var all: [Row] { filter { _ in true } }

  /// The state of each case, as its row tells it.
  package var states: [Identifier: Identifier] { entries.mapValues(\.summary.stateHash) }

  /// The same for the same rows, within one process.
  package var stamp: Int {
    entries.reduce(entries.count) { stamp, row in
      var hasher = Hasher()
      hasher.combine(row.key)
      hasher.combine(row.value.summary.stateHash)
      hasher.combine(row.value.summary.recordCount)
      return stamp ^ hasher.finalize()
    }
  }

  package subscript(caseID: Identifier) -> IndexRow? { entries[caseID]?.summary }

  /// The cases with a reference: more than one only by a rare accident.
  package func rows(with reference: Reference) -> [Row] {
    let text = reference.text
    return filter { entry in
      entry.summary.entries.contains { $0.field == .reference && $0.text == text }
    }
  }

  /// Some of the rows, by case.
  func filter(_ isWanted: (Entry) -> Bool) -> [Row] {
    entries.filter { isWanted($1) }.map { Row(caseID: $0, summary: $1.summary) }
      .sorted { $0.caseID < $1.caseID }
  }

  /// Takes the row in if it says more than the one that is there.
  mutating func take(_ row: IndexRow, of caseID: Identifier) {
    take(Entry(row), of: caseID)
  }

  /// Takes an entry in, with the words it has by now, if it says more.
  mutating func take(_ entry: Entry, of caseID: Identifier) {
    let row = entry.summary
    if let present = entries[caseID]?.summary {
      guard
        row.recordCount > present.recordCount
          || row.recordCount == present.recordCount && row.stateHash < present.stateHash
      else { return }
    }
    entries[caseID] = entry
  }
}

package import VaultFormat

/// The summaries of all cases that this device can open, read from the index
/// folders (FORMAT §9). It finds and lists; it decides nothing.
package struct Index {
  /// A case and its summary.
  package struct Row: Sendable {
    package let caseID: Identifier
    package let summary: IndexRow
  }

  private var rows: [Identifier: IndexRow] = [:]

  /// All rows, by case.
  package var all: [Row] {
    rows.map { Row(caseID: $0, summary: $1) }.sorted { $0.caseID < $1.caseID }
  }

  package subscript(caseID: Identifier) -> IndexRow? { rows[caseID] }

  /// The cases with a reference: more than one only by a rare accident.
  package func rows(with reference: Reference) -> [Row] {
    all.filter { $0.summary.texts(.reference).contains(reference.text) }
  }

  /// Takes the row in if it says more than the one that is there.
  mutating func take(_ row: IndexRow, of caseID: Identifier) {
    if let present = rows[caseID] {
      guard
        row.recordCount > present.recordCount
          || row.recordCount == present.recordCount && row.stateHash < present.stateHash
      else { return }
    }
    rows[caseID] = row
  }
}

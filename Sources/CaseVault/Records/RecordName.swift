package import VaultFormat

/// The name of a record's file: its id, a dash, the first ten characters of the
/// generation (FORMAT §2).
package struct RecordName: Hashable, Sendable {
  package let record: Identifier
  package let suffix: String

  package init(record: Identifier, suffix: String) {
    self.record = record
    self.suffix = suffix
  }

  /// Nil for any other name.
  package init?(_ name: String) {
    guard name.utf8.count == 63, let dash = name.utf8.firstIndex(of: UInt8(ascii: "-")),
      let record = Identifier(name[..<dash])
    else { return nil }
    let suffix = String(name[name.utf8.index(after: dash)...])
    guard Base32.isText(suffix) else { return nil }
    self.init(record: record, suffix: suffix)
  }

  package var text: String { "\(record.text)-\(suffix)" }
}

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
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let record = Identifier(parts[0]), parts[1].utf8.count == 10,
      Base32.decode(parts[1] + "aaaaaa") != nil
    else { return nil }
    self.init(record: record, suffix: String(parts[1]))
  }

  package var text: String { "\(record.text)-\(suffix)" }
}

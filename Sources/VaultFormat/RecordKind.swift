/// The kinds of record that this program folds (FORMAT §4.6).
package enum RecordKind {
  package static let opening = "opening"
  package static let update = "update"
  package static let note = "note"
  package static let mail = "mail"
  package static let scan = "scan"
  package static let withdrawal = "withdrawal"

  /// What a program can save through a mount.
  package static let saved = [note, mail, scan]
}

package import VaultFormat

/// Whoever holds the keys and makes records with them: their headers, their
/// signatures, the order in which they come to be (design/vault.md §9).
///
/// The one who files seals the content and writes the file, with the key of that
/// one record's content and no other. The steps for each record are ``begin(_:in:)``
/// and ``finish(_:length:root:)``; then for all of a batch ``prepare(_:)``, the
/// publication, ``complete(_:)``.
package protocol Registrar: AnyObject {
  /// Begins a case with a key and, unless the details give one, a reference of
  /// its own; begins its opening.
  ///
  /// - Throws: `VaultError`.
  func openCase(_ details: CaseDetails, worked: CivilDate) throws -> BegunRecord

  /// Makes the header of a record that is to be.
  ///
  /// - Throws: `usage` for work dated after today; as ``OpenVault/caseFile(_:)``.
  func begin(_ proposal: RecordProposal, in caseID: Identifier) throws -> BegunRecord

  /// Takes back what a record that was begun was to be: it turned out to be something else while its
  /// content came.
  ///
  /// - Throws: as ``begin(_:in:)``; `refused` for a record that was not begun here, for openings
  ///   and updates.
  func revise(_ record: Identifier, to proposal: RecordProposal) throws

  /// Signs a record's manifest, once, and only for a header made here.
  ///
  /// - Parameters:
  ///   - length: of the content, in bytes.
  ///   - root: over the hashes of its chunks (FORMAT §4.4).
  /// - Throws: `refused` for a record that was not begun here or is finished
  ///   already, `usage` for one that the format has no room for.
  func finish(
    _ record: Identifier, length: Int, root: Identifier
  ) throws -> FinishedRecord

  /// Makes durable what must be there before these records have names: their
  /// cases' keys, their entries in the log.
  ///
  /// - Throws: `failed`.
  func prepare(_ records: [Identifier]) throws

  /// Brings the index up to date after these records were published. A row that
  /// cannot be written is no failure: the next command completes it.
  func complete(_ records: [Identifier]) throws
}

/// A record that has a header and a content key, and nothing more yet.
package struct BegunRecord: Sendable {
  package let header: RecordHeader
  package let contentKey: LentKey
  /// What an opening is to say, completed with reference and adviser.
  package let change: CaseDetails?

  package init(header: RecordHeader, contentKey: LentKey, change: CaseDetails? = nil) {
    self.header = header
    self.contentKey = contentKey
    self.change = change
  }
}

/// A signed record and the first 4,096 bytes of its file.
package struct FinishedRecord: Sendable {
  package let record: Record
  package let front: [UInt8]

  package init(record: Record, front: [UInt8]) {
    self.record = record
    self.front = front
  }
}

/// The 208 bytes in front of a record (FORMAT §4.1).
package struct RecordHeader: Equatable, Sendable {
  package static let size = 208
  /// The part that the record key is derived from: all but the commitment.
  package static let keyedSize = 176

  package let vault: Identifier
  package let caseID: Identifier
  package let generation: Identifier
  package let record: Identifier
  package let salt: Identifier
  /// The commitment of the record key.
  package var commitment: Identifier

  package init(
    vault: Identifier, caseID: Identifier, generation: Identifier, record: Identifier,
    salt: Identifier, commitment: Identifier = .zero
  ) {
    self.vault = vault
    self.caseID = caseID
    self.generation = generation
    self.record = record
    self.salt = salt
    self.commitment = commitment
  }

  /// - Throws: what `Preamble` throws, `truncated`, `notZero`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    guard try Preamble.expect(.record, from: &reader) == 0 else { throw .notZero }
    vault = try reader.identifier()
    caseID = try reader.identifier()
    generation = try reader.identifier()
    record = try reader.identifier()
    salt = try reader.identifier()
    commitment = try reader.identifier()
    try reader.end()
  }

  package var bytes: [UInt8] {
    var bytes = Preamble(.record).bytes
    for field in [vault, caseID, generation, record, salt, commitment] { bytes.append(field) }
    return bytes
  }

  /// The first 176 bytes.
  package var keyedBytes: [UInt8] { Array(bytes[..<Self.keyedSize]) }
}

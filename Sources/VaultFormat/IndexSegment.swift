/// A case's summary under its row key (FORMAT §9).
package struct SealedRow: Equatable, Sendable {
  package static let maximumSealed = 16_424

  package let caseID: Identifier
  package let generation: Identifier
  package let nonce: [UInt8]
  /// Ciphertext and tag.
  package let sealed: [UInt8]

  package init(caseID: Identifier, generation: Identifier, nonce: [UInt8], sealed: [UInt8]) {
    self.caseID = caseID
    self.generation = generation
    self.nonce = nonce
    self.sealed = sealed
  }

  /// What a row authenticates beside itself.
  package static func data(
    vault: Identifier, device: Identifier, caseID: Identifier, generation: Identifier
  ) -> [UInt8] {
    Array("casevault 1 row\n".utf8) + vault.bytes + device.bytes + caseID.bytes
      + generation.bytes
  }
}

/// A signed file of rows (FORMAT §9).
package struct IndexSegment: Equatable, Sendable {
  package static let maximumRows = 1 << 20
  package static let maximumSize = 256 << 20
  package static let signatureText: StaticString = "casevault 1 rows\n"

  package let vault: Identifier
  package let roster: Identifier
  package let device: Identifier
  package let replaced: [Identifier]
  package let rows: [SealedRow]
  package var signature: [UInt8] = []

  package init(
    vault: Identifier, roster: Identifier, device: Identifier, replaced: [Identifier],
    rows: [SealedRow]
  ) {
    self.vault = vault
    self.roster = roster
    self.device = device
    self.replaced = replaced.sorted()
    self.rows = rows
  }

  /// Takes a file apart. The signature is not verified here.
  ///
  /// - Throws: `FormatError`; counts and sizes are bounded first.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let count = try Preamble.expect(.indexSegment, from: &reader)
    guard count <= Self.maximumRows else { throw .invalid("rows") }
    vault = try reader.identifier()
    roster = try reader.identifier()
    device = try reader.identifier()
    replaced = try KeySegment.replaced(&reader)
    var rows: [SealedRow] = []
    for _ in 0..<count {
      let caseID = try reader.identifier()
      let generation = try reader.identifier()
      let size: UInt32 = try reader.integer()
      guard size <= SealedRow.maximumSealed, size > 40, (size - 40) % 256 == 0 else {
        throw .invalid("row")
      }
      rows.append(
        SealedRow(
          caseID: caseID, generation: generation, nonce: try reader.take(24),
          sealed: try reader.take(Int(size) - 24)))
    }
    guard Set(rows.map(\.caseID)).count == rows.count else { throw .invalid("rows") }
    self.rows = rows
    signature = try reader.take(Statement.signatureSize)
    try reader.end()
  }

  /// What the signature covers.
  package var signed: [UInt8] {
    var bytes = Preamble(.indexSegment, number: UInt32(rows.count)).bytes
    for field in [vault, roster, device] { bytes.append(field) }
    bytes.append(integer: UInt32(replaced.count))
    bytes.append(zeros: 4)
    for segment in replaced { bytes.append(segment) }
    for row in rows {
      bytes.append(row.caseID)
      bytes.append(row.generation)
      bytes.append(integer: UInt32(row.nonce.count + row.sealed.count))
      bytes += row.nonce
      bytes += row.sealed
    }
    return bytes
  }

  package var bytes: [UInt8] { signed + signature }
}

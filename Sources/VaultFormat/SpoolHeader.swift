/// The front of a spool: what a program writes into a mount and no record holds yet, kept sealed
/// in the device's home (FORMAT §12).
package struct SpoolHeader: Equatable, Sendable {
  /// Of a block, in bytes.
  package static let blockSize = RecordLayout.chunkSize
  /// The most that a description has, in bytes.
  package static let descriptionSize = 2_048
  /// Of the header, in bytes: preamble, vault, device, the spool's own 32 random bytes.
  package static let size = Preamble.size + 32 + 32 + 32
  /// Where the nonce of the description stands; the sealed description follows.
  package static let descriptionOffset = size
  /// Where the description ends.
  package static let frontSize = descriptionOffset + 24 + descriptionSize + 16
  /// Where the first block's slot begins.
  package static let slotsOffset = 4_096
  /// Of a slot, in bytes: a nonce, a block, its tag. A nonce of zeros: no block.
  package static let slotSize = 24 + blockSize + 16

  package let vault: Identifier
  package let device: Identifier
  /// What tells the spool's key from those of the process's other spools.
  package let salt: Identifier

  package init(vault: Identifier, device: Identifier, salt: Identifier) {
    self.vault = vault
    self.device = device
    self.salt = salt
  }

  /// - Throws: `FormatError`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    guard try Preamble.expect(.spool, from: &reader) == UInt32(Self.blockSize) else {
      throw .laterProgram
    }
    vault = try reader.identifier()
    device = try reader.identifier()
    salt = try reader.identifier()
    try reader.end()
  }

  package var bytes: [UInt8] {
    Preamble(.spool, number: UInt32(Self.blockSize)).bytes + vault.bytes + device.bytes + salt.bytes
  }

  /// What the key of one process's spools is derived from, beside the device's own key.
  ///
  /// - Parameter process: the name of its folder.
  package static func place(
    vault: Identifier, device: Identifier, process: String
  ) -> [UInt8] { vault.bytes + device.bytes + Array(process.utf8) }

  /// Whether a folder may be called so: 15 bytes in base32.
  package static func isProcess(_ name: String) -> Bool { Base32.decode(name)?.count == 15 }

  /// Where the slot of a block begins.
  package static func slotOffset(_ index: Int) -> Int { slotsOffset + index * slotSize }

  /// What a description is bound to.
  package static let descriptionData = Array("casevault 1 spool description\n".utf8)

  /// What a block is bound to.
  package static func blockData(_ index: Int) -> [UInt8] {
    var data = Array("casevault 1 spool block\n".utf8)
    data.append(integer: UInt64(index))
    return data
  }

  /// A description as it is sealed: its length, its JSON, zeros.
  ///
  /// - Throws: `invalid` for one that is too long.
  package static func padded(description json: [UInt8]) throws(FormatError) -> [UInt8] {
    guard json.count <= descriptionSize - 4 else { throw .invalid("description") }
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(json.count))
    bytes += json
    bytes.append(zeros: descriptionSize - bytes.count)
    return bytes
  }

  /// Takes a description that was opened out of its padding.
  ///
  /// - Throws: `FormatError`.
  package static func description(in plaintext: [UInt8]) throws(FormatError) -> [UInt8] {
    guard plaintext.count == descriptionSize else { throw .invalid("description") }
    var reader = ByteReader(plaintext)
    let count: UInt32 = try reader.integer()
    let json = try reader.take(Int(count))
    try reader.zeros(reader.remaining)
    return json
  }
}

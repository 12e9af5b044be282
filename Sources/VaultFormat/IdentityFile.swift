/// A device's private keys, sealed by a passphrase (FORMAT §11).
package struct IdentityFile: Equatable, Sendable {
  package static let maximumSize = 4_096
  /// A count, the seed, 1 to 8 unlock keys, a tag.
  private static let sealedSizes = (4 + 32 + 32 + 16)...(4 + 32 + 8 * 32 + 16)

  package let vault: Identifier
  package let device: Identifier
  /// Sixteen bytes in base32.
  package let member: String
  /// Argon2id, as the file asks; not yet checked against any bound.
  package let passes: UInt32
  package let memory: UInt64
  package let salt: [UInt8]
  package var commitment: Identifier
  package var nonce: [UInt8]
  /// Ciphertext and tag.
  package var sealed: [UInt8]

  package init(
    vault: Identifier, device: Identifier, member: String, passes: UInt32, memory: UInt64,
    salt: [UInt8]
  ) {
    self.vault = vault
    self.device = device
    self.member = member
    self.passes = passes
    self.memory = memory
    self.salt = salt
    commitment = .zero
    nonce = Array(repeating: 0, count: 24)
    sealed = []
  }

  /// - Throws: `FormatError`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.maximumSize else { throw .invalid("identity") }
    var reader = ByteReader(bytes)
    guard try Preamble.expect(.identity, from: &reader) == 0 else { throw .notZero }
    vault = try reader.identifier()
    device = try reader.identifier()
    member = String(decoding: try reader.take(26), as: UTF8.self)
    guard Base32.decode(member)?.count == 16 else { throw .invalid("member") }
    try reader.zeros(2)
    passes = try reader.integer()
    memory = try reader.integer()
    salt = try reader.take(16)
    commitment = try reader.identifier()
    nonce = try reader.take(24)
    sealed = try reader.take(reader.remaining)
    guard sealed.count >= Self.sealedSizes.lowerBound else { throw .truncated }
    guard sealed.count <= Self.sealedSizes.upperBound else { throw .trailingBytes }
    guard (sealed.count - Self.sealedSizes.lowerBound) % 32 == 0 else { throw .invalid("sealed") }
  }

  /// The bytes that the commitment covers.
  package var parameters: [UInt8] {
    var bytes = Preamble(.identity).bytes
    bytes.append(vault)
    bytes.append(device)
    bytes += Array(member.utf8)
    bytes.append(zeros: 2)
    bytes.append(integer: passes)
    bytes.append(integer: memory)
    return bytes + salt
  }

  /// What the sealed part authenticates beside itself.
  package var data: [UInt8] { parameters + commitment.bytes }

  package var bytes: [UInt8] { data + nonce + sealed }
}

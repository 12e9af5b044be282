package import Sealing
internal import VaultFormat

/// The keys of one record file (FORMAT §4.1).
struct RecordCipher: ~Copyable {
  private let recordKey: SecretKey

  private init(_ key: borrowing SecretKey, _ header: RecordHeader) throws(SealingError) {
    recordKey = try key.derive(.recordKey, header.keyedBytes)
  }

  /// The keys of a file about to be written; completes its header.
  static func fresh(
    _ caseKey: CaseKey, _ header: inout RecordHeader
  ) throws(SealingError) -> RecordCipher {
    let cipher = try RecordCipher(caseKey.key, header)
    header.commitment = Identifier(cipher.recordKey.commitment(.recordCommitment))
    return cipher
  }

  /// The keys of a file that exists.
  ///
  /// - Throws: `notAuthentic` where the header's commitment names another key.
  static func existing(
    _ caseKey: CaseKey, _ header: RecordHeader
  ) throws(SealingError) -> RecordCipher {
    let cipher = try RecordCipher(caseKey.key, header)
    try cipher.recordKey.verify(header.commitment.inline, .recordCommitment)
    return cipher
  }

  /// The key that opens content and chunk hashes, and nothing else.
  borrowing func contentKey() throws(SealingError) -> SecretKey {
    try recordKey.derive(.content)
  }

  /// A manifest is sealed once under its key, so its nonce is fixed.
  private static let manifestNonce = [UInt8](repeating: 0, count: Envelope.nonceSize)

  borrowing func seal(manifest: [UInt8], _ header: RecordHeader) throws(SealingError) -> [UInt8] {
    Envelope.seal(
      manifest, key: try recordKey.derive(.manifest), nonce: Self.manifestNonce,
      data: header.bytes)
  }

  borrowing func open(manifest: [UInt8], _ header: RecordHeader) throws(SealingError) -> [UInt8] {
    try Envelope.open(
      manifest, key: try recordKey.derive(.manifest), nonce: Self.manifestNonce,
      data: header.bytes)
  }
}

/// The key of one record's content, on its way to whoever was allowed to read or
/// write it.
package final class LentKey: Sendable {
  package let key: SecretKey
  package init(_ key: consuming SecretKey) { self.key = key }
}

/// The ciphers of a record's two streams, from its content key.
struct ContentCiphers: ~Copyable, Sendable {
  let chunks: SharedCipher
  let hashes: ChunkCipher

  init(_ contentKey: borrowing SecretKey) throws(SealingError) {
    let chunks = try contentKey.derive(.chunks)
    let hashes = try contentKey.derive(.hashes)
    self.chunks = SharedCipher(ChunkCipher(key: chunks))
    self.hashes = ChunkCipher(key: hashes)
  }
}

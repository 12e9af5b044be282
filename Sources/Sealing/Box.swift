internal import CSodium

/// An X25519 key (RFC 7748) that boxes are sealed to.
package struct UnlockKey: ~Copyable, Sendable {
  /// The public half.
  package let publicKey: Bytes32
  package let secret: SecretKey

  /// The pair of a private half.
  package init(secret: consuming SecretKey) {
    var publicKey = Bytes32(repeating: 0)
    _ = unsafe withUnsafeMutableBytes(of: &publicKey) { publicKey in
      unsafe crypto_scalarmult_base(
        publicKey.baseAddress!.assumingMemoryBound(to: UInt8.self), secret.bytes)
    }
    self.publicKey = publicKey
    self.secret = secret
  }

  /// A fresh pair.
  package static func random() throws(SealingError) -> UnlockKey {
    UnlockKey(secret: try SecretKey.random())
  }
}

/// Boxes: a key sealed to a public key by nobody in particular (FORMAT §1.2).
package enum Box {
  /// How much longer a box is than what it holds, in bytes.
  package static let overhead = 72
  /// The size of a box that holds a key, in bytes.
  package static let keySize = SecretKey.size + overhead

  private static let label = Label("cv1.box")

  /// Seals `key` to `recipient`.
  ///
  /// - Returns: 104 bytes.
  /// - Throws: `badPublicKey`, `lockedMemoryUnavailable`.
  package static func seal(
    _ key: borrowing SecretKey, to recipient: Bytes32, data: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    let ephemeral = try UnlockKey.random()
    let boxKey = try agree(
      ephemeral.secret, recipient, ephemeral: ephemeral.publicKey, recipient: recipient)
    let nonce = randomBytes(Envelope.nonceSize)
    return ephemeral.publicKey.array + nonce
      + Envelope.seal(key, key: boxKey, nonce: nonce, data: data)
  }

  /// Opens a box that holds a key.
  ///
  /// - Throws: `notAuthentic`, `badPublicKey`.
  package static func open(
    _ box: [UInt8], with recipient: borrowing UnlockKey, data: [UInt8]
  ) throws(SealingError) -> SecretKey {
    guard box.count == keySize, let ephemeral = Bytes32(box[..<32]) else { throw .notAuthentic }
    let boxKey = try agree(
      recipient.secret, ephemeral, ephemeral: ephemeral, recipient: recipient.publicKey)
    return try Envelope.openKey(
      Array(box[56...]), key: boxKey, nonce: Array(box[32..<56]), data: data)
  }

  private static func agree(
    _ secret: borrowing SecretKey, _ publicKey: Bytes32, ephemeral: Bytes32, recipient: Bytes32
  ) throws(SealingError) -> SecretKey {
    let shared = try SecretKey()
    // libsodium answers −1 where the shared secret is all zero.
    guard unsafe crypto_scalarmult(shared.mutableBytes, secret.bytes, publicKey.array) == 0
    else { throw .badPublicKey }
    return try shared.derive(label, ephemeral.array + recipient.array)
  }
}

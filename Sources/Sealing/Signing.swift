internal import CSodium

/// An Ed25519 signing key (RFC 8032), kept as its seed.
package struct SigningKey: ~Copyable, Sendable {
  /// Bytes of a signature.
  package static let signatureSize = 64

  /// The public half.
  package let publicKey: Bytes32
  package let seed: SecretKey
  private let expanded: SecretBytes

  /// The pair of a seed.
  ///
  /// - Throws: `lockedMemoryUnavailable`.
  package init(seed: consuming SecretKey) throws(SealingError) {
    var publicKey = Bytes32(repeating: 0)
    let expanded = try SecretBytes(zeroed: Int(crypto_sign_SECRETKEYBYTES))
    _ = unsafe withUnsafeMutableBytes(of: &publicKey) { publicKey in
      unsafe crypto_sign_seed_keypair(
        publicKey.baseAddress!.assumingMemoryBound(to: UInt8.self),
        expanded.address.assumingMemoryBound(to: UInt8.self), seed.bytes)
    }
    self.publicKey = publicKey
    self.seed = seed
    self.expanded = expanded
  }

  /// A fresh pair.
  package static func random() throws(SealingError) -> SigningKey {
    try SigningKey(seed: SecretKey.random())
  }

  /// `sign(self, text, message)` of FORMAT §1.1: 64 bytes.
  package borrowing func sign(_ text: StaticString, _ message: [UInt8]) -> [UInt8] {
    let signed = text.utf8Bytes + message
    return unsafe [UInt8](unsafeUninitializedCapacity: Self.signatureSize) { out, filled in
      unsafe crypto_sign_detached(
        out.baseAddress!, nil, signed, UInt64(signed.count),
        expanded.address.assumingMemoryBound(to: UInt8.self))
      filled = Self.signatureSize
    }
  }
}

/// Checks an Ed25519 signature over `text || message`.
///
/// - Throws: `notAuthentic`.
package func verify(
  _ signature: some RandomAccessCollection<UInt8>, by publicKey: Bytes32, _ text: StaticString,
  _ message: [UInt8]
) throws(SealingError) {
  guard signature.count == SigningKey.signatureSize, Sodium.isReady else { throw .notAuthentic }
  let signature = Array(signature)
  let signed = text.utf8Bytes + message
  let status = unsafe crypto_sign_verify_detached(
    signature, signed, UInt64(signed.count), publicKey.array)
  guard status == 0 else { throw .notAuthentic }
}

extension StaticString {
  /// The text's bytes.
  package var utf8Bytes: [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
  }
}

internal import CSodium

/// ChaCha20-Poly1305 with counter nonces and a final flag, over one stream
/// (FORMAT §1.1, `chunk`; the construction is STREAM of Hoang et al., 2015, as
/// age uses it).
///
/// A key seals one stream once. The caller sees to that: its key is derived
/// from a salt that no other file has.
package struct ChunkCipher: ~Copyable, Sendable {
  /// Bytes of the tag behind each chunk.
  package static let tagSize = 16

  private let key: SecretKey

  package init(key: consuming SecretKey) {
    self.key = key
  }

  /// Seals chunk `index` from `plaintext` into `sealed`.
  ///
  /// - Parameter sealed: 16 bytes longer than `plaintext`.
  package borrowing func seal(
    _ plaintext: UnsafeRawBufferPointer, index: UInt64, isLast: Bool,
    into sealed: UnsafeMutableRawBufferPointer
  ) {
    precondition(sealed.count == plaintext.count + Self.tagSize)
    let nonce = Self.nonce(index, isLast)
    unsafe withUnsafeBytes(of: nonce) { nonce in
      _ = unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
        sealed.baseAddress!.assumingMemoryBound(to: UInt8.self), nil,
        plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(plaintext.count),
        nil, 0, nil, nonce.baseAddress!.assumingMemoryBound(to: UInt8.self), key.bytes)
    }
  }

  /// Opens chunk `index` from `sealed` into `plaintext`.
  ///
  /// - Throws: `notAuthentic`; `plaintext` is then all zero.
  package borrowing func open(
    _ sealed: UnsafeRawBufferPointer, index: UInt64, isLast: Bool,
    into plaintext: UnsafeMutableRawBufferPointer
  ) throws(SealingError) {
    guard sealed.count == plaintext.count + Self.tagSize else { throw .outOfBounds }
    let nonce = Self.nonce(index, isLast)
    let status = unsafe withUnsafeBytes(of: nonce) { nonce in
      unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
        plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil,
        sealed.baseAddress!.assumingMemoryBound(to: UInt8.self), UInt64(sealed.count),
        nil, 0, nonce.baseAddress!.assumingMemoryBound(to: UInt8.self), key.bytes)
    }
    guard status == 0 else { throw .notAuthentic }
  }

  /// Eleven bytes of counter, big-endian, and the final flag.
  private static func nonce(_ index: UInt64, _ isLast: Bool) -> InlineArray<12, UInt8> {
    var nonce = InlineArray<12, UInt8>(repeating: 0)
    for byte in 0..<8 {
      nonce[3 + byte] = UInt8(truncatingIfNeeded: index >> UInt64(56 - 8 * byte))
    }
    nonce[11] = isLast ? 1 : 0
    return nonce
  }
}

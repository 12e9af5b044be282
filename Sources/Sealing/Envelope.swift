internal import CSodium

/// XChaCha20-Poly1305 for everything that is not bulk (FORMAT §1.1, `aead`).
package enum Envelope {
  /// Bytes of the tag behind the ciphertext.
  package static let tagSize = 16
  /// Bytes of a nonce.
  package static let nonceSize = 24

  /// Seals public-sized bytes.
  ///
  /// - Parameters:
  ///   - nonce: 24 bytes, used once with this key.
  ///   - data: authenticated with the ciphertext, not part of it.
  /// - Returns: the ciphertext and its tag.
  package static func seal(
    _ plaintext: [UInt8], key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) -> [UInt8] {
    unsafe plaintext.withUnsafeBytes { plaintext in
      unsafe seal(plaintext, key: key.bytes, nonce: nonce, data: data)
    }
  }

  /// Seals a key.
  package static func seal(
    _ secret: borrowing SecretKey, key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) -> [UInt8] {
    unsafe seal(
      UnsafeRawBufferPointer(start: secret.address, count: SecretKey.size),
      key: key.bytes, nonce: nonce, data: data)
  }

  /// Seals a run of secret bytes.
  package static func seal(
    _ secret: borrowing SecretBytes, key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) -> [UInt8] {
    unsafe seal(
      UnsafeRawBufferPointer(start: secret.address, count: secret.count),
      key: key.bytes, nonce: nonce, data: data)
  }

  /// Opens what `seal` made.
  ///
  /// - Throws: `notAuthentic`.
  package static func open(
    _ sealed: [UInt8], key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard sealed.count >= tagSize else { throw .notAuthentic }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - tagSize)
    let opened = unsafe plaintext.withUnsafeMutableBytes { plaintext in
      unsafe open(sealed, into: plaintext.baseAddress, key: key.bytes, nonce: nonce, data: data)
    }
    guard opened else { throw .notAuthentic }
    return plaintext
  }

  /// Opens a key into locked memory.
  ///
  /// - Throws: `notAuthentic`, also where it is not 32 bytes.
  package static func openKey(
    _ sealed: [UInt8], key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) throws(SealingError) -> SecretKey {
    guard sealed.count == SecretKey.size + tagSize else { throw .notAuthentic }
    let secret = try SecretKey()
    guard
      unsafe open(
        sealed, into: secret.address, key: key.bytes, nonce: nonce, data: data)
    else { throw .notAuthentic }
    return secret
  }

  /// Opens a run of secret bytes into locked memory.
  ///
  /// - Throws: `notAuthentic`, `outOfBounds`.
  package static func openBytes(
    _ sealed: [UInt8], key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) throws(SealingError) -> SecretBytes {
    guard sealed.count > tagSize else { throw .notAuthentic }
    let secret = try SecretBytes(zeroed: sealed.count - tagSize)
    guard
      unsafe open(
        sealed, into: secret.address, key: key.bytes, nonce: nonce, data: data)
    else { throw .notAuthentic }
    return secret
  }

  /// Seals bytes where they lie, such as in locked memory.
  package static func seal(
    _ plaintext: UnsafeRawBufferPointer, key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) -> [UInt8] {
    unsafe seal(plaintext, key: key.bytes, nonce: nonce, data: data)
  }

  /// Opens into memory that is there.
  ///
  /// - Parameter plaintext: 16 bytes shorter than `sealed`.
  /// - Throws: `outOfBounds`, `notAuthentic`; `plaintext` is then all zero.
  package static func open(
    _ sealed: [UInt8], into plaintext: UnsafeMutableRawBufferPointer,
    key: borrowing SecretKey, nonce: [UInt8], data: [UInt8]
  ) throws(SealingError) {
    guard sealed.count == plaintext.count + tagSize else { throw .outOfBounds }
    guard
      unsafe open(sealed, into: plaintext.baseAddress, key: key.bytes, nonce: nonce, data: data)
    else { throw .notAuthentic }
  }

  private static func seal(
    _ plaintext: UnsafeRawBufferPointer, key: UnsafePointer<UInt8>, nonce: [UInt8],
    data: [UInt8]
  ) -> [UInt8] {
    precondition(nonce.count == nonceSize, "a nonce has 24 bytes")
    return unsafe [UInt8](unsafeUninitializedCapacity: plaintext.count + tagSize) { out, filled in
      unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
        out.baseAddress!, nil, plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self),
        UInt64(plaintext.count), data, UInt64(data.count), nil, nonce, key)
      filled = plaintext.count + tagSize
    }
  }

  private static func open(
    _ sealed: [UInt8], into plaintext: UnsafeMutableRawPointer?, key: UnsafePointer<UInt8>,
    nonce: [UInt8], data: [UInt8]
  ) -> Bool {
    guard nonce.count == nonceSize else { return false }
    return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext?.assumingMemoryBound(to: UInt8.self), nil, nil, sealed, UInt64(sealed.count),
      data, UInt64(data.count), nonce, key) == 0
  }
}

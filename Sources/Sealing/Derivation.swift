internal import CSodium

extension SecretKey {
  /// Derives a key: `kdf(self, label, message)` of FORMAT §1.1.
  ///
  /// - Throws: `lockedMemoryUnavailable`.
  package borrowing func derive(
    _ label: Label, _ message: [UInt8] = []
  ) throws(SealingError) -> SecretKey {
    let derived = try SecretKey()
    var hasher = Hasher32(label, key: self)
    hasher.update(message)
    unsafe hasher.finish(into: derived.mutableBytes)
    return derived
  }

  /// The public commitment that names this key: `kdf(self, label, message)`.
  ///
  /// BLAKE2b is collision-resistant in key and message together, so a
  /// commitment fits one key only.
  package borrowing func commitment(_ label: Label, _ message: [UInt8] = []) -> Bytes32 {
    var hasher = Hasher32(label, key: self)
    hasher.update(message)
    return hasher.finish()
  }

  /// Checks a commitment in constant time.
  ///
  /// - Throws: `notAuthentic` where the key is another one.
  package borrowing func verify(
    _ commitment: Bytes32, _ label: Label, _ message: [UInt8] = []
  ) throws(SealingError) {
    guard constantTimeEqual(commitment, self.commitment(label, message)) else {
      throw .notAuthentic
    }
  }
}

/// Compares thirty-two bytes in constant time.
package func constantTimeEqual(_ left: Bytes32, _ right: Bytes32) -> Bool {
  unsafe withUnsafeBytes(of: left) { left in
    unsafe withUnsafeBytes(of: right) { right in
      unsafe sodium_memcmp(left.baseAddress!, right.baseAddress!, 32) == 0
    }
  }
}

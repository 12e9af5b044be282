internal import CSodium

/// The cost of turning a passphrase into a key with Argon2id (RFC 9106).
package struct PassphraseCost: Equatable, Sendable {
  /// Passes over the memory.
  package let passes: UInt32
  /// Memory in bytes.
  package let memory: UInt64

  /// What an identity may ask for (FORMAT §11). Beyond it nothing is allocated.
  package static let allowedPasses: ClosedRange<UInt32> = 1...16
  package static let allowedMemory: ClosedRange<UInt64> = (8 << 20)...(2 << 30)

  /// 2 passes over 64 MiB.
  package static let interactive = PassphraseCost(unchecked: 2, 64 << 20)
  /// 3 passes over 256 MiB.
  package static let moderate = PassphraseCost(unchecked: 3, 256 << 20)
  /// 4 passes over 1 GiB.
  package static let sensitive = PassphraseCost(unchecked: 4, 1 << 30)

  /// - Throws: `outOfBounds`.
  package init(passes: UInt32, memory: UInt64) throws(SealingError) {
    // Argon2id counts memory in KiB, and libsodium would round down in silence.
    guard Self.allowedPasses.contains(passes), Self.allowedMemory.contains(memory),
      memory % 1_024 == 0
    else { throw .outOfBounds }
    self.init(unchecked: passes, memory)
  }

  private init(unchecked passes: UInt32, _ memory: UInt64) {
    self.passes = passes
    self.memory = memory
  }
}

extension SecretKey {
  /// Stretches a passphrase: `argon2id` of FORMAT §1.1.
  ///
  /// - Parameter salt: 16 bytes.
  /// - Throws: `outOfBounds`, `outOfMemory`.
  package static func stretched(
    from passphrase: borrowing SecretBytes, salt: [UInt8], cost: PassphraseCost
  ) throws(SealingError) -> SecretKey {
    guard salt.count == Int(crypto_pwhash_argon2id_SALTBYTES) else { throw .outOfBounds }
    let key = try SecretKey()
    let status = unsafe crypto_pwhash_argon2id(
      key.mutableBytes, UInt64(SecretKey.size),
      passphrase.address.assumingMemoryBound(to: CChar.self), UInt64(passphrase.count), salt,
      UInt64(cost.passes), Int(cost.memory), crypto_pwhash_argon2id_ALG_ARGON2ID13)
    guard status == 0 else { throw .outOfMemory }
    return key
  }
}

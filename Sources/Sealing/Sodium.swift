internal import CSodium

/// Thirty-two public bytes: a digest, a commitment, a public key.
package typealias Bytes32 = InlineArray<32, UInt8>

/// libsodium, initialised once per process before its first use.
enum Sodium {
  /// True once libsodium is ready. Reading it initialises the library.
  static let isReady: Bool = sodium_init() >= 0
}

/// Why a sealing operation was refused. None carries a secret or a plaintext.
package enum SealingError: Error, Equatable {
  /// libsodium could not be initialised.
  case libraryUnavailable
  /// The system refused to lock memory for secrets (see `ulimit -l`).
  case lockedMemoryUnavailable
  /// An authentication tag, a commitment or a signature did not verify.
  case notAuthentic
  /// A size or a parameter lies outside what the format allows.
  case outOfBounds
  /// A public key is not one: an all-zero shared secret, a point of small order.
  case badPublicKey
  /// The memory that Argon2id asks for could not be had.
  case outOfMemory
}

/// Fills fresh public bytes from libsodium's random generator.
package func randomBytes(_ count: Int) -> [UInt8] {
  _ = Sodium.isReady
  return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    if count > 0 { unsafe randombytes_buf(buffer.baseAddress!, count) }
    filled = count
  }
}

extension InlineArray where Element == UInt8 {
  /// The bytes as an array.
  package var array: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      for index in 0..<count { unsafe buffer.initializeElement(at: index, to: self[index]) }
      filled = count
    }
  }
}

extension InlineArray where Element == UInt8, count == 32 {
  /// Thirty-two bytes from an array, or nil where it has another length.
  package init?(_ array: some RandomAccessCollection<UInt8>) {
    guard array.count == 32 else { return nil }
    self.init(repeating: 0)
    var index = 0
    for byte in array {
      self[index] = byte
      index += 1
    }
  }
}

internal import CSodium

/// What a digest or a derived key is for: at most 16 ASCII characters, used as
/// BLAKE2b's personalisation (FORMAT §1.1).
package struct Label: Sendable {
  fileprivate let personal: InlineArray<16, UInt8>

  package init(_ name: StaticString) {
    var personal = InlineArray<16, UInt8>(repeating: 0)
    precondition(name.utf8CodeUnitCount <= 16, "a label has at most 16 characters")
    for index in 0..<name.utf8CodeUnitCount {
      personal[index] = unsafe name.utf8Start[index]
    }
    self.personal = personal
  }
}

/// BLAKE2b with a 32-byte digest, fed in pieces (RFC 7693).
package struct Hasher32: ~Copyable {
  private var state = casevault_hash_state()

  /// `hash(label, …)` of FORMAT §1.1.
  package init(_ label: Label) {
    unsafe start(label, key: nil)
  }

  /// `kdf(key, label, …)` of FORMAT §1.1.
  init(_ label: Label, key: borrowing SecretKey) {
    unsafe start(label, key: key.bytes)
  }

  private mutating func start(_ label: Label, key: UnsafePointer<UInt8>?) {
    _ = Sodium.isReady
    var personal = label.personal
    let status = unsafe withUnsafeBytes(of: &personal) { personal in
      unsafe casevault_hash_begin(
        &state, key, key == nil ? 0 : SecretKey.size,
        personal.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
    // Only sizes out of range fail, and the sizes here are constants.
    precondition(status == 0, "BLAKE2b parameters")
  }

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    unsafe casevault_hash_add(
      &state, base.assumingMemoryBound(to: UInt8.self), bytes.count)
  }

  /// Adds bytes.
  package mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// Adds thirty-two bytes.
  package mutating func update(_ bytes: Bytes32) {
    unsafe withUnsafeBytes(of: bytes) { unsafe update($0) }
  }

  /// Adds a number, little-endian.
  package mutating func update(_ number: UInt64) {
    unsafe withUnsafeBytes(of: number.littleEndian) { unsafe update($0) }
  }

  /// The digest. Nothing may be added afterwards.
  package consuming func finish() -> Bytes32 {
    var digest = Bytes32(repeating: 0)
    unsafe withUnsafeMutableBytes(of: &digest) { digest in
      unsafe finish(into: digest.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
    return digest
  }

  mutating func finish(into output: UnsafeMutablePointer<UInt8>) {
    unsafe casevault_hash_end(&state, output)
  }
}

/// `hash(label, message)` of FORMAT §1.1.
package func hash(_ label: Label, _ message: UnsafeRawBufferPointer) -> Bytes32 {
  var hasher = Hasher32(label)
  unsafe hasher.update(message)
  return hasher.finish()
}

/// `hash(label, message)` of FORMAT §1.1.
package func hash(_ label: Label, _ message: [UInt8]) -> Bytes32 {
  unsafe message.withUnsafeBytes { unsafe hash(label, $0) }
}

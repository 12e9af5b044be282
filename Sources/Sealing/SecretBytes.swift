internal import CSodium

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A run of secret bytes of any length in locked memory of its own: a
/// passphrase, the inside of an identity.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
  /// How many bytes there are.
  package private(set) var count: Int
  let address: UnsafeMutableRawPointer

  /// Zero bytes of secret memory.
  ///
  /// - Parameter count: 1 to 65,536.
  /// - Throws: `outOfBounds`, `lockedMemoryUnavailable`.
  package init(zeroed count: Int) throws(SealingError) {
    guard Sodium.isReady else { throw .libraryUnavailable }
    guard (1...65_536).contains(count) else { throw .outOfBounds }
    guard let block = unsafe sodium_malloc(count) else { throw .lockedMemoryUnavailable }
    guard unsafe mlock(block, count) == 0 else {
      unsafe sodium_free(block)
      throw .lockedMemoryUnavailable
    }
    unsafe sodium_memzero(block, count)
    unsafe self.address = block
    self.count = count
  }

  deinit {
    // sodium_free wipes and unlocks.
    unsafe sodium_free(address)
  }

  /// Lets `fill` write into up to `capacity` bytes and keeps as many as it says.
  ///
  /// - Throws: `outOfBounds` where it says more than there are, and what `fill` throws.
  package static func filled(
    capacity: Int, by fill: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> SecretBytes {
    var secret = try SecretBytes(zeroed: capacity)
    let filled = try unsafe fill(
      UnsafeMutableRawBufferPointer(start: secret.address, count: capacity))
    guard filled >= 0, filled <= capacity else { throw SealingError.outOfBounds }
    secret.count = filled
    return secret
  }

  /// Lends the bytes for the length of a call.
  package borrowing func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: address, count: count))
  }

  /// Copies a key to `offset`.
  ///
  /// - Throws: `outOfBounds` unless 32 bytes lie there.
  package mutating func place(_ key: borrowing SecretKey, at offset: Int) throws(SealingError) {
    guard offset >= 0, offset + SecretKey.size <= count else { throw .outOfBounds }
    unsafe (address + offset).copyMemory(from: key.address, byteCount: SecretKey.size)
  }

  /// Writes a public number to `offset`, little-endian.
  package mutating func place(_ number: UInt32, at offset: Int) throws(SealingError) {
    guard offset >= 0, offset + 4 <= count else { throw .outOfBounds }
    unsafe address.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  /// Reads a public number at `offset`, little-endian.
  package borrowing func number(at offset: Int) throws(SealingError) -> UInt32 {
    guard offset >= 0, offset + 4 <= count else { throw .outOfBounds }
    return unsafe UInt32(
      littleEndian: address.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Whether two passphrases are the same, in constant time for one length.
  package borrowing func equals(_ other: borrowing SecretBytes) -> Bool {
    guard count == other.count else { return false }
    return unsafe sodium_memcmp(address, other.address, count) == 0
  }
}

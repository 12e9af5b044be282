internal import CSodium

/// Thirty-two secret bytes in locked memory, wiped when they go out of scope.
///
/// Noncopyable: a key is in one place, and lent.
@safe package struct SecretKey: ~Copyable, @unchecked Sendable {
  /// The size of every key of the format, in bytes.
  package static let size = 32

  let address: UnsafeMutableRawPointer

  /// A key of zero bytes, to be filled at once.
  init() throws(SealingError) {
    unsafe address = try SecretArena.shared.take()
  }

  deinit {
    unsafe SecretArena.shared.giveBack(address)
  }

  /// A fresh random key.
  ///
  /// - Throws: `lockedMemoryUnavailable`.
  package static func random() throws(SealingError) -> SecretKey {
    let key = try SecretKey()
    unsafe randombytes_buf(key.address, size)
    return key
  }

  /// Reads a key out of secret memory.
  ///
  /// - Throws: `outOfBounds` unless 32 bytes lie at `offset`.
  package init(copying secret: borrowing SecretBytes, at offset: Int) throws(SealingError) {
    guard offset >= 0, offset + Self.size <= secret.count else { throw .outOfBounds }
    try self.init()
    unsafe address.copyMemory(from: secret.address + offset, byteCount: Self.size)
  }

  /// A key that `fill` puts into secret memory.
  ///
  /// - Throws: `lockedMemoryUnavailable`, and what `fill` throws.
  package static func filled(
    by fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> SecretKey {
    let key = try SecretKey()
    try unsafe fill(UnsafeMutableRawBufferPointer(start: key.address, count: size))
    return key
  }

  /// A second slot with the same key, for an owner of its own.
  package borrowing func copy() throws(SealingError) -> SecretKey {
    let key = try SecretKey()
    unsafe key.address.copyMemory(from: address, byteCount: Self.size)
    return key
  }

  /// Lends the 32 bytes for the length of a call.
  package borrowing func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: address, count: Self.size))
  }

  var bytes: UnsafePointer<UInt8> {
    unsafe UnsafePointer(address.assumingMemoryBound(to: UInt8.self))
  }

  var mutableBytes: UnsafeMutablePointer<UInt8> {
    unsafe address.assumingMemoryBound(to: UInt8.self)
  }
}

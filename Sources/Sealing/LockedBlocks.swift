internal import CSodium
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Memory that is kept out of the swap, in blocks of one size: for what people are writing and
/// reading at this moment.
///
/// All of it is taken and locked at once, so that it cannot be lacking later. Safe to use from
/// several threads.
package final class LockedBlocks: Sendable {
  /// A block of its own, until nobody refers to it any more; then it is wiped and taken back.
  @safe package final class Block: @unchecked Sendable {
    /// Whose bytes are zero at first.
    package let bytes: UnsafeMutableRawBufferPointer
    private let owner: LockedBlocks

    fileprivate init(_ place: Place, of owner: LockedBlocks) {
      unsafe bytes = place.bytes
      self.owner = owner
    }

    deinit { unsafe owner.giveBack(Place(bytes: bytes)) }
  }

  @safe fileprivate struct Place: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
  }

  /// Of each block, in bytes.
  package let size: Int
  private let memory: Place
  private let free: Mutex<[Place]>

  /// - Parameters:
  ///   - count: how many blocks.
  ///   - size: of each, in bytes; a multiple of 4,096.
  /// - Throws: `lockedMemoryUnavailable`.
  package init(count: Int, size: Int) throws(SealingError) {
    guard Sodium.isReady else { throw .libraryUnavailable }
    guard count > 0, size > 0, size % 4_096 == 0 else { throw .outOfBounds }
    guard let base = unsafe sodium_malloc(count * size) else { throw .lockedMemoryUnavailable }
    guard unsafe mlock(base, count * size) == 0 else {
      unsafe sodium_free(base)
      throw .lockedMemoryUnavailable
    }
    unsafe sodium_memzero(base, count * size)
    self.size = size
    memory = unsafe Place(
      bytes: UnsafeMutableRawBufferPointer(start: base, count: count * size))
    free = Mutex(
      (0..<count).map { index in
        unsafe Place(
          bytes: UnsafeMutableRawBufferPointer(start: base + index * size, count: size))
      })
  }

  deinit { unsafe sodium_free(memory.bytes.baseAddress) }

  /// How many blocks are free at this moment.
  package var freeCount: Int { free.withLock { $0.count } }

  /// A free block; nil where all are in use.
  package func take() -> Block? {
    guard let place = free.withLock({ $0.popLast() }) else { return nil }
    return Block(place, of: self)
  }

  fileprivate func giveBack(_ place: Place) {
    unsafe sodium_memzero(place.bytes.baseAddress!, size)
    free.withLock { $0.append(place) }
  }
}

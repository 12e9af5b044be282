internal import CSodium
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Locked memory for many small keys.
///
/// `sodium_malloc` spends several pages and several system calls on each
/// allocation, and ignores a failed `mlock`. The arena takes 16 KiB at a time
/// from it, probes the lock once for each, and hands out slots of 32 bytes
/// that are wiped when they come back.
final class SecretArena: Sendable {
  static let slotSize = 32
  static let blockSize = 16 << 10
  static let shared = SecretArena()

  /// A free slot. It is touched by its one taker only.
  @safe private struct Slot: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
  }
  private let free = Mutex<[Slot]>([])

  /// Takes a slot of zero bytes.
  ///
  /// - Throws: `lockedMemoryUnavailable` where the system refuses to lock memory.
  func take() throws(SealingError) -> UnsafeMutableRawPointer {
    guard Sodium.isReady else { throw .libraryUnavailable }
    let slot = free.withLock { free -> Slot? in
      if free.isEmpty { Self.refill(&free) }
      return free.popLast()
    }
    guard let slot else { throw .lockedMemoryUnavailable }
    return unsafe slot.address
  }

  /// Wipes a slot and takes it back.
  func giveBack(_ slot: UnsafeMutableRawPointer) {
    unsafe sodium_memzero(slot, Self.slotSize)
    let slot = unsafe Slot(address: slot)
    free.withLock { $0.append(slot) }
  }

  private static func refill(_ free: inout [Slot]) {
    guard let block = unsafe sodium_malloc(blockSize) else { return }
    guard unsafe mlock(block, blockSize) == 0 else {
      unsafe sodium_free(block)
      return
    }
    unsafe sodium_memzero(block, blockSize)
    for offset in stride(from: 0, to: blockSize, by: slotSize) {
      unsafe free.append(Slot(address: block + offset))
    }
  }
}

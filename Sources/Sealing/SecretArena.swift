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

  private struct Free: @unchecked Sendable {
    var slots: [UnsafeMutableRawPointer] = unsafe []
  }
  private let free = unsafe Mutex(Free())

  /// Takes a slot of zero bytes.
  ///
  /// - Throws: `lockedMemoryUnavailable` where the system refuses to lock memory.
  func take() throws(SealingError) -> UnsafeMutableRawPointer {
    guard Sodium.isReady else { throw .libraryUnavailable }
    let slot = unsafe free.withLock { free -> Slot? in
      if unsafe free.slots.isEmpty { unsafe Self.refill(&free.slots) }
      return unsafe free.slots.popLast().map { unsafe Slot(address: $0) }
    }
    guard let slot = unsafe slot else { throw .lockedMemoryUnavailable }
    return unsafe slot.address
  }

  /// Wipes a slot and takes it back.
  func giveBack(_ slot: UnsafeMutableRawPointer) {
    unsafe sodium_memzero(slot, Self.slotSize)
    let returned = unsafe Slot(address: slot)
    free.withLock { unsafe $0.slots.append(returned.address) }
  }

  private struct Slot: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
  }

  private static func refill(_ slots: inout [UnsafeMutableRawPointer]) {
    guard let block = unsafe sodium_malloc(blockSize) else { return }
    guard unsafe mlock(block, blockSize) == 0 else {
      unsafe sodium_free(block)
      return
    }
    unsafe sodium_memzero(block, blockSize)
    for offset in stride(from: 0, to: blockSize, by: slotSize) {
      unsafe slots.append(block + offset)
    }
  }
}

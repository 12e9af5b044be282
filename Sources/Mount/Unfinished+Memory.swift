internal import Sealing

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The blocks that lie in locked memory.
extension Unfinished {
  /// A block in memory, to be changed.
  ///
  /// - Parameter isReplaced: whether nothing of what it holds will be left.
  func changeable(_ index: Int, isReplaced: Bool) throws -> LockedBlocks.Block {
    if let block = held[index] {
      use(index)
      return block
    }
    if held.count >= Self.maximumBlocks { try spoolOldest() }
    let block = try freeBlock()
    if !isReplaced { try fill(block.bytes, with: index) }
    held[index] = block
    order.append(index)
    return block
  }

  func use(_ index: Int) {
    guard order.last != index, let place = order.lastIndex(of: index) else { return }
    order.remove(at: place)
    order.append(index)
  }

  func forget(_ index: Int) {
    held[index] = nil
    order.removeAll { $0 == index }
  }

  /// Zeroed memory for a block, if need be by moving one of this file's to the spool.
  func freeBlock() throws -> LockedBlocks.Block {
    var waits = 0
    while true {
      if let block = blocks.take() { return block }
      if sealing != nil {
        try finishSealing()
      } else if try sealHeld() {
        continue
      } else if !held.isEmpty, streaming == nil || !isSequential && !isPublishing {
        try spoolOldest()
      } else if !held.isEmpty, isPublishing || held[handed] == nil {
        // What comes before it lies in the spool already, or is sealed.
        _ = try spoolHeld()
      } else if !reclaim() {
        // Others hold theirs for the length of one request.
        waits += 1
        guard waits < Self.patience else { throw Refusal(ENOMEM) }
        usleep(1_000)
      }
    }
  }

  /// How often a block is waited for, a millisecond each.
  static let patience = 5_000

  /// A block for one step, where nothing of this file can be moved.
  func spareBlock() throws -> LockedBlocks.Block {
    for _ in 0..<Self.patience {
      if let block = blocks.take() { return block }
      if !reclaim() { usleep(1_000) }
    }
    throw Refusal(ENOMEM)
  }
}

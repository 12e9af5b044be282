internal import CaseVault
internal import Dispatch
internal import Sealing
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Chunks of records that were opened and verified a moment ago, in locked memory.
///
/// Safe to use from several threads: a chunk that one of them opens is waited for by the others.
final class ChunkCache: @unchecked Sendable {
  /// A chunk, or one that is being opened.
  final class Entry: @unchecked Sendable {
    fileprivate let done = DispatchSemaphore(value: 0)
    fileprivate var result: Result<LockedBlocks.Block, any Error>?
    fileprivate let lock = Lock()

    fileprivate func finish(_ result: Result<LockedBlocks.Block, any Error>) {
      lock.held { self.result = result }
      done.signal()
    }

    /// The chunk, once it is there.
    fileprivate func block() throws -> LockedBlocks.Block {
      if let result = lock.held({ result }) { return try result.get() }
      done.wait()
      // For whoever else waits.
      done.signal()
      return try lock.held { result! }.get()
    }
  }

  private struct Key: Hashable {
    let record: Identifier
    let index: Int
  }

  /// How many chunks are kept.
  private static let maximumChunks = 28

  private let blocks: LockedBlocks
  /// Has those who write give memory back; false where nobody can.
  var reclaim: () -> Bool = { false }
  private let lock = Lock()
  private var entries: [Key: Entry] = [:]
  private var order: [Key] = []
  private let queue = DispatchQueue(
    label: "casevault.read-ahead", qos: .userInitiated, attributes: .concurrent)

  init(in blocks: LockedBlocks) { self.blocks = blocks }

  /// A chunk of a record.
  func chunk(_ index: Int, of chunks: RecordChunks) throws -> LockedBlocks.Block {
    let (entry, isNew) = entry(index, chunks)
    if isNew { open(index, chunks, entry) }
    return try entry.block()
  }

  /// Opens chunks that are likely to be asked for next, on other threads.
  func readAhead(_ range: Range<Int>, of chunks: RecordChunks) {
    for index in range where index < chunks.count {
      let (entry, isNew) = entry(index, chunks)
      if isNew { queue.async { self.open(index, chunks, entry) } }
    }
  }

  private func entry(_ index: Int, _ chunks: RecordChunks) -> (Entry, isNew: Bool) {
    let key = Key(record: chunks.record.id, index: index)
    return lock.held {
      if let entry = entries[key] {
        if let place = order.lastIndex(of: key), place < order.count - 4 {
          order.remove(at: place)
          order.append(key)
        }
        return (entry, false)
      }
      let entry = Entry()
      entries[key] = entry
      order.append(key)
      while order.count > Self.maximumChunks { entries[order.removeFirst()] = nil }
      return (entry, true)
    }
  }

  private func open(_ index: Int, _ chunks: RecordChunks, _ entry: Entry) {
    do {
      let block = try takeBlock()
      try chunks.open(index, into: block.bytes)
      entry.finish(.success(block))
    } catch {
      let key = Key(record: chunks.record.id, index: index)
      // Not kept: the next one who asks may fare better.
      lock.held {
        entries[key] = nil
        order.removeAll { $0 == key }
      }
      entry.finish(.failure(error))
    }
  }

  /// A zeroed block, if need be after others gave one back.
  ///
  /// - Throws: `lockedMemoryUnavailable` where none is to be had for five seconds.
  func takeBlock() throws -> LockedBlocks.Block {
    for _ in 0..<Self.patience {
      if let block = blocks.take() { return block }
      if !giveBack(), !reclaim() { usleep(1_000) }
    }
    throw SealingError.lockedMemoryUnavailable
  }

  /// How often a block is waited for, a millisecond each: others hold theirs for one request.
  private static let patience = 5_000

  /// Lets the chunk go that was used longest ago; false where there is none.
  func giveBack() -> Bool {
    lock.held {
      guard !order.isEmpty else { return false }
      entries[order.removeFirst()] = nil
      return true
    }
  }

  /// Lets the chunks of a record go: it is closed.
  func forget(_ chunks: RecordChunks) {
    let record = chunks.record.id
    lock.held {
      for key in order where key.record == record { entries[key] = nil }
      order.removeAll { $0.record == record }
    }
  }

  /// Lets everything go.
  func clear() {
    lock.held {
      entries = [:]
      order = []
    }
  }
}

internal import CaseVault
internal import Sealing
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What a file is at this moment while programs change it (design/vault.md §4, §12).
///
/// The content is blocks of a chunk's size. Each lies in locked memory, in the sealed spool of this
/// computer, in the record that is being written from front to back, or, unchanged, in the version
/// that was opened. Not safe for several threads: its file's lock is held.
final class Unfinished {
  /// How many blocks of one file lie in memory before some go elsewhere.
  static let maximumBlocks = 24
  /// How many are sealed together when a file is written from front to back.
  static let batch = 8
  static let blockSize = RecordLayout.chunkSize

  let blocks: LockedBlocks
  /// Has others give memory back, where all is in use; false where nobody can.
  let reclaim: () -> Bool
  /// Brings what the spool says of the case up to date: a folder may be a case by now.
  let place: (inout SpoolDescription) -> Void
  /// Begins a spool for this file.
  let beginSpool: (SpoolDescription) throws -> Spool
  /// Begins a record that is sealed as it comes; nil where that cannot be now.
  let beginStream: () -> Streaming?

  /// The version that was opened, as far as it still counts.
  var base: RecordChunks?
  /// How much of the base still counts, in bytes.
  var baseLength: Int
  var length: Int
  var held: [Int: LockedBlocks.Block] = [:]
  /// The blocks in memory, the one used longest ago first.
  var order: [Int] = []
  var spool: Spool?
  var streaming: Streaming?
  /// What is being sealed on another thread at this moment.
  var sealing: BackgroundSealing?
  /// How many blocks were handed to be sealed, from the front.
  var handed = 0
  /// Whether everything so far was written from front to back.
  var isSequential: Bool

  /// Whether a record is being made of it: what is sealed then is said there alone.
  var isPublishing = false
  /// Whether the record that was begun could not be written on: its content begins another, and it is
  /// only read until the spool has taken that.
  var isStreamBroken = false

  /// What the spool says that it is of.
  var description: SpoolDescription

  /// Whether something changed that no record holds.
  var hasNews = false
  /// Whether bytes came since the last version, and not only a cut to nothing.
  var hasBytes = false

  /// - Parameter base: the version that is changed; nil for a new file, or one that is written
  ///   anew.
  init(
    _ description: SpoolDescription, from base: RecordChunks?, in blocks: LockedBlocks,
    reclaim: @escaping () -> Bool, place: @escaping (inout SpoolDescription) -> Void,
    spool: @escaping (SpoolDescription) throws -> Spool, stream: @escaping () -> Streaming?
  ) {
    self.description = description
    self.blocks = blocks
    self.reclaim = reclaim
    self.place = place
    self.base = base
    baseLength = base?.length ?? 0
    length = base?.length ?? 0
    isSequential = base == nil
    beginSpool = spool
    beginStream = stream
  }

  /// Notes that the file was made or emptied: it differs from what records say.
  func noteNews() { hasNews = true }

  // MARK: Reading

  /// Copies content out.
  ///
  /// - Parameter buffer: filled from its beginning.
  /// - Returns: how much there was, in bytes.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let end = min(length, offset + buffer.count)
    guard offset < end else { return 0 }
    var position = offset
    while position < end {
      let index = position / Self.blockSize
      let start = position % Self.blockSize
      let count = min(Self.blockSize - start, end - position)
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[(position - offset)..<(position - offset + count)])
      if let block = held[index] {
        part.copyMemory(from: UnsafeRawBufferPointer(rebasing: block.bytes[start..<start + count]))
      } else {
        let block = try freeBlock()
        try withExtendedLifetime(block) {
          try fill(block.bytes, with: index)
          part.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: block.bytes[start..<start + count]))
        }
      }
      position += count
    }
    return end - offset
  }

  /// Brings a block from wherever it lies; zeros where it is nowhere.
  func fill(_ bytes: UnsafeMutableRawBufferPointer, with index: Int) throws {
    // The spool may hold it as it was before it was sealed.
    if let streaming, index < handed {
      try finishSealing()
      if index < handed { return try streaming.stream.open(index, into: bytes) }
      if let block = held[index] {
        return bytes.copyMemory(from: UnsafeRawBufferPointer(block.bytes))
      }
    }
    if let spool, spool.holds(index) { return try spool.take(index, into: bytes) }
    let start = index * Self.blockSize
    guard let base, start < baseLength, index < base.count else {
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    try base.open(index, into: bytes)
    let kept = min(baseLength - start, Self.blockSize)
    UnsafeMutableRawBufferPointer(rebasing: bytes[kept...])
      .initializeMemory(as: UInt8.self, repeating: 0)
  }

  // MARK: Writing

  /// Puts bytes in place.
  ///
  /// - Parameter goOn: told as often as some of what is sealed was taken back for it.
  /// - Returns: how many; fewer than there are where something stands in the way of the others.
  func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, goOn: () -> Void
  ) throws -> Int {
    guard bytes.count > 0 else { return 0 }
    guard offset + bytes.count <= RecordLayout.maximumLength else { throw Refusal(EFBIG) }
    try mark()
    if offset != length { isSequential = false }
    try leaveStream(before: offset, goOn)
    let before = length
    var position = offset
    let end = offset + bytes.count
    while position < end {
      let index = position / Self.blockSize
      let start = position % Self.blockSize
      let count = min(Self.blockSize - start, end - position)
      let isWhole = start == 0 && (count == Self.blockSize || position + count >= length)
      let block: LockedBlocks.Block
      do {
        block = try changeable(index, isReplaced: isWhole)
      } catch  where position > offset {
        break
      }
      UnsafeMutableRawBufferPointer(rebasing: block.bytes[start..<start + count])
        .copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: bytes[(position - offset)..<(position - offset + count)]))
      position += count
      length = max(length, position)
    }
    hasNews = true
    hasBytes = true
    do {
      try sealAhead()
    } catch  where before <= offset {
      cutBack(to: before)
      throw error
    } catch {
      // What could not be sealed is here all the same: who makes it durable or files it is told.
    }
    return position - offset
  }

  /// Takes back what a write has just added: it is told that it failed.
  func cutBack(to before: Int) {
    let (index, kept) = (before / Self.blockSize, before % Self.blockSize)
    if kept > 0, let block = held[index] {
      withExtendedLifetime(block) {
        _ = UnsafeMutableRawBufferPointer(rebasing: block.bytes[kept...])
          .initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
    let first = kept > 0 ? index + 1 : index
    for index in held.keys where index >= first { forget(index) }
    length = before
  }

  /// Makes the content so long; what is cut off is gone, what is added is zero.
  ///
  /// - Parameter goOn: as in ``write(_:at:goOn:)``.
  func truncate(to size: Int, goOn: () -> Void = {}) throws {
    guard size <= RecordLayout.maximumLength else { throw Refusal(EFBIG) }
    guard size != length else { return }
    try mark()
    if size == 0 {
      giveUpStream()
      isSequential = true
    } else {
      isSequential = false
      // The last block is never in the stream: only the end of a record is sealed as such.
      try leaveStream(before: size - 1, goOn)
    }
    if size < length {
      let index = size / Self.blockSize
      let kept = size % Self.blockSize
      let first = kept == 0 ? index : index + 1
      if kept > 0 {
        let block = try changeable(index, isReplaced: false)
        UnsafeMutableRawBufferPointer(rebasing: block.bytes[kept...])
          .initializeMemory(as: UInt8.self, repeating: 0)
      }
      for index in held.keys where index >= first { forget(index) }
      // Said before it is done: a later process must not take what was cut for what was never held.
      if size < description.length {
        description.length = size
        try spool?.describe(description)
      }
      try spool?.drop(from: first)
      baseLength = min(baseLength, size)
    }
    length = size
    hasNews = true
    if size > 0 { hasBytes = true }
  }

  /// The first bytes of the content, at most 4,096.
  func withHead<Result>(
    _ body: (_ head: UnsafeRawBufferPointer, _ isWhole: Bool) -> Result
  ) throws -> Result {
    let count = min(length, 4_096)
    guard count > 0 else { return body(UnsafeRawBufferPointer(start: nil, count: 0), true) }
    if let block = held[0] {
      return body(UnsafeRawBufferPointer(rebasing: block.bytes[..<count]), count == length)
    }
    let block = try freeBlock()
    return try withExtendedLifetime(block) {
      try fill(block.bytes, with: 0)
      return body(UnsafeRawBufferPointer(rebasing: block.bytes[..<count]), count == length)
    }
  }
}

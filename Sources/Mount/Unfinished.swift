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
  private static let maximumBlocks = 24
  /// How many are sealed together when a file is written from front to back.
  private static let batch = 8
  private static let blockSize = RecordLayout.chunkSize

  private let blocks: LockedBlocks
  /// Has others give memory back, where all is in use; false where nobody can.
  private let reclaim: () -> Bool
  /// Brings what the spool says of the case up to date: a folder may be a case by now.
  private let place: (inout SpoolDescription) -> Void
  /// Begins a spool for this file.
  private let beginSpool: (SpoolDescription) throws -> Spool
  /// Begins a record that is sealed as it comes; nil where that cannot be now.
  private let beginStream: () -> Streaming?

  /// The version that was opened, as far as it still counts.
  private(set) var base: RecordChunks?
  /// How much of the base still counts, in bytes.
  private var baseLength: Int
  private(set) var length: Int
  private var held: [Int: LockedBlocks.Block] = [:]
  /// The blocks in memory, the one used longest ago first.
  private var order: [Int] = []
  private(set) var spool: Spool?
  private var streaming: Streaming?
  /// What is being sealed on another thread at this moment.
  private var sealing: BackgroundSealing?
  /// How many blocks were handed to be sealed, from the front.
  private var handed = 0
  /// Whether everything so far was written from front to back.
  private var isSequential: Bool

  /// What the spool says that it is of.
  var description: SpoolDescription

  /// Whether something changed that no record holds.
  private(set) var hasNews = false
  /// Whether bytes came since the last version, and not only a cut to nothing.
  private(set) var hasBytes = false

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
  private func fill(_ bytes: UnsafeMutableRawBufferPointer, with index: Int) throws {
    if let spool, spool.holds(index) { return try spool.take(index, into: bytes) }
    if let streaming, index < handed {
      try finishSealing()
      return try streaming.stream.open(index, into: bytes)
    }
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
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    guard bytes.count > 0 else { return }
    guard offset + bytes.count <= RecordLayout.maximumLength else { throw Refusal(EFBIG) }
    try mark()
    if offset != length { isSequential = false }
    try leaveStream(before: offset)
    var position = offset
    let end = offset + bytes.count
    while position < end {
      let index = position / Self.blockSize
      let start = position % Self.blockSize
      let count = min(Self.blockSize - start, end - position)
      let isWhole = start == 0 && (count == Self.blockSize || position + count >= length)
      let block = try changeable(index, isReplaced: isWhole)
      UnsafeMutableRawBufferPointer(rebasing: block.bytes[start..<start + count])
        .copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: bytes[(position - offset)..<(position - offset + count)]))
      position += count
      length = max(length, position)
    }
    hasNews = true
    hasBytes = true
    try sealAhead()
  }

  /// Makes the content so long; what is cut off is gone, what is added is zero.
  func truncate(to size: Int) throws {
    guard size <= RecordLayout.maximumLength else { throw Refusal(EFBIG) }
    guard size != length else { return }
    try mark()
    if size == 0 {
      giveUpStream()
      isSequential = true
    } else {
      isSequential = false
      // The last block is never in the stream: only the end of a record is sealed as such.
      try leaveStream(before: size - 1)
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

  /// Sees to it that a crash is noticed: an empty spool, before the first change.
  private func mark() throws {
    guard spool == nil else { return }
    place(&description)
    spool = try beginSpool(description)
  }

  /// A block in memory, to be changed.
  ///
  /// - Parameter isReplaced: whether nothing of what it holds will be left.
  private func changeable(_ index: Int, isReplaced: Bool) throws -> LockedBlocks.Block {
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

  private func use(_ index: Int) {
    guard order.last != index, let place = order.lastIndex(of: index) else { return }
    order.remove(at: place)
    order.append(index)
  }

  private func forget(_ index: Int) {
    held[index] = nil
    order.removeAll { $0 == index }
  }

  /// Zeroed memory for a block, if need be by moving one of this file's to the spool.
  private func freeBlock() throws -> LockedBlocks.Block {
    var waits = 0
    while true {
      if let block = blocks.take() { return block }
      if sealing != nil {
        try finishSealing()
      } else if !held.isEmpty, streaming == nil {
        try spoolOldest()
      } else if !reclaim() {
        // Others hold theirs for the length of one request.
        waits += 1
        guard waits < Self.patience else { throw Refusal(ENOMEM) }
        usleep(1_000)
      }
    }
  }

  /// How often a block is waited for, a millisecond each.
  private static let patience = 5_000

  /// A block for one step, where nothing of this file can be moved.
  private func spareBlock() throws -> LockedBlocks.Block {
    for _ in 0..<Self.patience {
      if let block = blocks.take() { return block }
      if !reclaim() { usleep(1_000) }
    }
    throw Refusal(ENOMEM)
  }

  private func spoolOldest() throws {
    guard let index = order.first, let block = held[index] else { return }
    try mark()
    try leaveStream(before: 0)
    isSequential = false
    try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
    forget(index)
  }

  /// Moves all that lies in memory to the spool.
  ///
  /// - Returns: whether that gave any memory back.
  @discardableResult
  func spoolAll() throws -> Bool {
    guard !held.isEmpty else { return false }
    try leaveStream(before: 0)
    isSequential = false
    for index in held.keys.sorted() {
      guard let block = held[index] else { continue }
      try mark()
      try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
    }
    held = [:]
    order = []
    return true
  }

  /// Whether it is being sealed straight into a record: then publishing it is the shortest way to
  /// make it durable.
  var isStreaming: Bool { streaming != nil }

  /// Makes what was written durable in the spool.
  func sync() throws {
    guard hasNews else { return }
    try mark()
    try leaveStream(before: 0)
    try keepCuts()
    for index in held.keys.sorted() {
      if let block = held[index] {
        try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
      }
    }
    description.length = length
    place(&description)
    try spool?.sync(description)
  }

  /// Where the version that was opened was cut, what stands there now is not its content: after a
  /// crash nobody else would know.
  private func keepCuts() throws {
    guard let base, baseLength < base.length, let spool else { return }
    let end = min(base.count, (length + Self.blockSize - 1) / Self.blockSize)
    let block = try spareBlock()
    try withExtendedLifetime(block) {
      for index in min(baseLength / Self.blockSize, end)..<end
      where held[index] == nil && !spool.holds(index) {
        try fill(block.bytes, with: index)
        try spool.put(UnsafeRawBufferPointer(block.bytes), at: index)
      }
    }
  }

  /// Says anew, in the spool, what the file is.
  func describeAgain() {
    place(&description)
    try? spool?.describe(description)
  }

  /// The file has no name any more, but programs have it open: its spool goes on without one, too.
  func loseName() {
    description.isTemporary = true
    spool?.remove()
  }

  // MARK: From front to back

  /// Seals what will not change as long as the program goes on as it does.
  private func sealAhead() throws {
    guard isSequential, held.count > Self.batch else { return }
    if streaming == nil {
      guard length >= (Self.batch + 1) * Self.blockSize, let begun = beginStream() else {
        isSequential = false
        return
      }
      streaming = begun
    }
    guard let stream = streaming?.stream else { return }
    // The last one is held back: only the end of a record is sealed as such.
    while length - handed * Self.blockSize > (Self.batch + 1) * Self.blockSize {
      try finishSealing()
      let indices = handed..<handed + Self.batch
      let parts = indices.compactMap { held[$0] }
      guard parts.count == Self.batch else { throw Refusal(EIO) }
      // The program goes on meanwhile.
      sealing = BackgroundSealing(parts, into: stream)
      handed += Self.batch
      for index in indices { held[index] = nil }
      order.removeAll { indices.contains($0) }
    }
  }

  /// Waits for what is being sealed.
  private func finishSealing() throws {
    guard let sealing else { return }
    self.sealing = nil
    do {
      try sealing.finish()
    } catch {
      // None of it got into the record: it is this file's again. The record is not gone on with: to
      // seal other bytes in the same place would be to use a nonce twice.
      handed -= sealing.parts.count
      isSequential = false
      isStreamBroken = true
      for (place, block) in sealing.parts.enumerated() {
        held[handed + place] = block
        order.insert(handed + place, at: place)
      }
      throw error
    }
  }

  /// Whether the record that was begun could not be written on: its content begins another, and it is
  /// only read until the spool has taken that.
  private var isStreamBroken = false

  private func giveUpStream() {
    try? finishSealing()
    streaming = nil
    handed = 0
    isStreamBroken = false
  }

  /// Takes what is sealed back into the spool, where something before the front is to change: it
  /// will begin again under a new header.
  private func leaveStream(before offset: Int) throws {
    guard let stream = streaming?.stream, offset < handed * Self.blockSize else { return }
    try finishSealing()
    try mark()
    let block = try spareBlock()
    try withExtendedLifetime(block) {
      for index in 0..<handed {
        try stream.open(index, into: block.bytes)
        try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
      }
    }
    giveUpStream()
    isSequential = false
  }

  // MARK: Publishing

  /// Seals all of it into a record and publishes that.
  ///
  /// - Parameter begin: begins a record, unless one was begun while the content came.
  /// - Returns: what `Streaming/publish` does.
  func publish(_ begin: () throws -> Streaming) throws -> Streaming.Published {
    // A failure here is that of an earlier write, which was told; what it was about is here.
    try? finishSealing()
    if isStreamBroken {
      try leaveStream(before: 0)
      giveUpStream()
    }
    let streaming: Streaming
    if let begun = self.streaming {
      streaming = begun
    } else {
      streaming = try begin()
    }
    do {
      let count = (length + Self.blockSize - 1) / Self.blockSize
      var index = streaming.stream.count
      while count - index > Self.batch {
        let parts = try (index..<index + Self.batch).map(part)
        try withExtendedLifetime(parts) { try streaming.stream.seal(parts.map(\.pointer)) }
        index += Self.batch
      }
      let rest = try (index..<count).map(part)
      let published = try withExtendedLifetime(rest) {
        try streaming.publish(rest.map(\.pointer), length: length)
      }
      take(published.chunks)
      return published
    } catch {
      // What was begun is given up; a later attempt begins anew, from what is left of it. As long as
      // the spool cannot take that, the record's file holds it.
      do {
        try leaveStream(before: 0)
        giveUpStream()
      } catch {
        isSequential = false
        isStreamBroken = true
      }
      throw error
    }
  }

  /// One block as it is to be sealed, held until that is done.
  private struct Part {
    let block: LockedBlocks.Block
    var pointer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(block.bytes) }
  }

  private func part(_ index: Int) throws -> Part {
    if let block = held[index] { return Part(block: block) }
    let block = try freeBlock()
    try fill(block.bytes, with: index)
    return Part(block: block)
  }

  /// A record holds everything now.
  private func take(_ published: RecordChunks) {
    base = published
    baseLength = length
    description.base = published.record.id
    description.caseID = published.record.caseID
    description.folder = nil
    held = [:]
    order = []
    giveUpStream()
    isSequential = false
    dropSpool()
    hasNews = false
    hasBytes = false
  }

  /// Nothing of this is wanted any more.
  func dropSpool() {
    spool?.remove()
    spool = nil
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

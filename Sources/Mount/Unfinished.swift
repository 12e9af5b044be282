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
  /// - Returns: how many; fewer than there are where something stands in the way of the others.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws -> Int {
    guard bytes.count > 0 else { return 0 }
    guard offset + bytes.count <= RecordLayout.maximumLength else { throw Refusal(EFBIG) }
    try mark()
    if offset != length { isSequential = false }
    try leaveStream(before: offset)
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
  private func cutBack(to before: Int) {
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

  /// Gives others the memory that this file has: what can be is sealed, the rest goes to the spool.
  ///
  /// - Returns: whether there was any.
  func giveBack() throws -> Bool {
    guard streaming != nil, isSequential else { return try spoolAll() }
    let wasSealing = sealing != nil
    try finishSealing()
    if try sealHeld() || wasSealing { return true }
    return try spoolHeld()
  }

  /// Moves all that lies in memory to the spool.
  ///
  /// - Returns: whether that gave any memory back.
  @discardableResult
  func spoolAll() throws -> Bool {
    guard !held.isEmpty else { return false }
    try leaveStream(before: 0)
    isSequential = false
    return try spoolHeld()
  }

  private func spoolHeld() throws -> Bool {
    guard !held.isEmpty else { return false }
    for index in held.keys.sorted() {
      guard let block = held[index] else { continue }
      try mark()
      try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
    }
    held = [:]
    order = []
    return true
  }

  /// How many bytes must be read back before the spool has all of it.
  var sealedLength: Int { streaming == nil ? 0 : handed * Self.blockSize }

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
    // The last one is held back: only the end of a record is sealed as such.
    while length - handed * Self.blockSize > (Self.batch + 1) * Self.blockSize {
      try finishSealing()
      // The program goes on meanwhile.
      beginSealing(try parts(handed..<handed + Self.batch).map(\.block))
    }
  }

  /// Seals, from the front on, what lies in memory and is not the last: memory is short.
  ///
  /// - Returns: whether there was any.
  private func sealHeld() throws -> Bool {
    guard streaming != nil, isSequential, !isPublishing else { return false }
    var parts: [LockedBlocks.Block] = []
    while let block = held[handed + parts.count],
      (handed + parts.count + 1) * Self.blockSize < length
    { parts.append(block) }
    guard !parts.isEmpty else { return false }
    beginSealing(parts)
    parts = []
    try finishSealing()
    return true
  }

  private func beginSealing(_ parts: [LockedBlocks.Block]) {
    guard let stream = streaming?.stream else { return }
    sealing = BackgroundSealing(parts, into: stream)
    for index in handed..<handed + parts.count { forget(index) }
    handed += parts.count
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

  /// Whether a record is being made of it: what is sealed then is said there alone.
  private var isPublishing = false

  /// Whether the record that was begun could not be written on: its content begins another, and it is
  /// only read until the spool has taken that.
  private var isStreamBroken = false

  private func giveUpStream() {
    // The agent keeps what was begun, and its key, until the conversation ends.
    streaming?.giveUp()
    forgetStream()
  }

  private func forgetStream() {
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
  /// - Parameters:
  ///   - place: where it goes.
  ///   - propose: says what the record is to be.
  ///   - begin: begins such a record, unless one was begun there while the content came.
  /// - Returns: what `Streaming/publish` does.
  func publish(
    in place: CasePlace, as propose: () throws -> RecordProposal,
    _ begin: (RecordProposal) throws -> Streaming
  ) throws -> Streaming.Published {
    // A failure here is that of an earlier write, which was told; what it was about is here.
    try? finishSealing()
    if let streaming, isStreamBroken || streaming.place != place {
      try leaveStream(before: 0)
      giveUpStream()
    }
    let proposal = try propose()
    let streaming = try self.streaming ?? begin(proposal)
    isPublishing = true
    defer { isPublishing = false }
    do {
      let count = (length + Self.blockSize - 1) / Self.blockSize
      var index = streaming.stream.count
      var rest = try parts(index..<min(index + Self.batch, count))
      while index + rest.count < count {
        try withExtendedLifetime(rest) { try streaming.stream.seal(rest.map(\.pointer)) }
        index += rest.count
        rest = []
        rest = try parts(index..<min(index + Self.batch, count))
      }
      let published = try withExtendedLifetime(rest) {
        try streaming.publish(rest.map(\.pointer), length: length, as: proposal)
      }
      take(published.chunks)
      return published
    } catch {
      streaming.giveUp()
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

  /// Blocks as they are to be sealed: at least the first, and of the others those for which there is
  /// memory without waiting. Whoever waited with memory in its hands would have others wait for that.
  private func parts(_ indices: Range<Int>) throws -> [Part] {
    var parts: [Part] = []
    for index in indices {
      if parts.isEmpty || held[index] != nil {
        parts.append(try part(index))
      } else {
        guard let block = blocks.take() else { break }
        try withExtendedLifetime(block) { try fill(block.bytes, with: index) }
        parts.append(Part(block: block))
      }
    }
    return parts
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
    forgetStream()
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

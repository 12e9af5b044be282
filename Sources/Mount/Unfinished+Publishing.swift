internal import CaseVault
internal import Sealing
internal import VaultFormat

/// From what a program made to a record.
extension Unfinished {
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
  struct Part {
    let block: LockedBlocks.Block
    var pointer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(block.bytes) }
  }

  /// Blocks as they are to be sealed: at least the first, and of the others those for which there is
  /// memory without waiting. Whoever waited with memory in its hands would have others wait for that.
  func parts(_ indices: Range<Int>) throws -> [Part] {
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

  func part(_ index: Int) throws -> Part {
    if let block = held[index] { return Part(block: block) }
    let block = try freeBlock()
    try fill(block.bytes, with: index)
    return Part(block: block)
  }

  /// A record holds everything now.
  func take(_ published: RecordChunks) {
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
}

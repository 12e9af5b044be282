internal import CaseVault
internal import Sealing
internal import VaultFormat

/// From what a program made to a record.
extension Unfinished {
  /// Seals all of it into a record and publishes that.
  ///
  /// - Parameters:
  ///   - place: where it goes.
  ///   - begin: begins a record, unless one was begun there while the content came.
  ///   - goOn: told whenever some of the content is sealed.
  ///   - commit: does the last step, in which the record is signed as what it is to be and gets its
  ///     name, or returns nil: it is to go somewhere else by now.
  /// - Returns: what was published; nil where nothing was, and it is what it was before.
  func publish(
    in place: CasePlace, begin: () throws -> Streaming, goOn: () -> Void,
    commit: ((RecordProposal) throws -> Streaming.Published) throws -> Streaming.Published?
  ) throws -> Streaming.Published? {
    // A failure here is that of an earlier write, which was told; what it was about is here.
    try? finishSealing()
    if let streaming, isStreamBroken || streaming.place != place {
      try giveUpStream(goOn)
    }
    let streaming = try self.streaming ?? begin()
    isPublishing = true
    defer { isPublishing = false }
    do {
      let rest = try sealAllButTheEnd(into: streaming.stream, goOn)
      let published = try withExtendedLifetime(rest) {
        try commit { proposal in
          try streaming.publish(rest.map(\.pointer), length: length, as: proposal)
        }
      }
      if let published { take(published.chunks) } else { try giveUp(streaming, goOn) }
      return published
    } catch {
      // What was begun is given up; a later attempt begins anew, from what is left of it. As long as
      // the spool cannot take that, the record's file holds it.
      do {
        try giveUp(streaming, goOn)
      } catch {
        isSequential = false
        isStreamBroken = true
      }
      throw error
    }
  }

  private func giveUp(_ streaming: Streaming, _ goOn: () -> Void) throws {
    streaming.giveUp()
    try giveUpStream(goOn)
  }

  /// Takes what is sealed back into the spool.
  private func giveUpStream(_ goOn: () -> Void) throws {
    try leaveStream(before: 0, goOn)
    giveUpStream()
  }

  /// - Returns: the last blocks, which the end of the record is sealed with.
  private func sealAllButTheEnd(into stream: RecordStream, _ goOn: () -> Void) throws -> [Part] {
    let count = (length + Self.blockSize - 1) / Self.blockSize
    var index = stream.count
    var rest = try parts(index..<min(index + Self.batch, count))
    while index + rest.count < count {
      try withExtendedLifetime(rest) { try stream.seal(rest.map(\.pointer)) }
      goOn()
      index += rest.count
      rest = []
      rest = try parts(index..<min(index + Self.batch, count))
    }
    return rest
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

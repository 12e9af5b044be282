internal import CaseVault
internal import Sealing

/// Content that comes from front to back is sealed into its record while it comes.
extension Unfinished {
  /// How many bytes must be read back before the spool has all of it.
  var sealedLength: Int { streaming == nil ? 0 : handed * Self.blockSize }

  /// Whether it is being sealed straight into a record: then publishing it is the shortest way to
  /// make it durable.
  var isStreaming: Bool { streaming != nil }

  /// Seals what will not change as long as the program goes on as it does.
  func sealAhead() throws {
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
  func sealHeld() throws -> Bool {
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

  func beginSealing(_ parts: [LockedBlocks.Block]) {
    guard let stream = streaming?.stream else { return }
    sealing = BackgroundSealing(parts, into: stream)
    for index in handed..<handed + parts.count { forget(index) }
    handed += parts.count
  }

  /// Waits for what is being sealed.
  func finishSealing() throws {
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

  func giveUpStream() {
    // The agent keeps what was begun, and its key, until the conversation ends.
    streaming?.giveUp()
    forgetStream()
  }

  func forgetStream() {
    try? finishSealing()
    streaming = nil
    handed = 0
    isStreamBroken = false
  }

  /// Takes what is sealed back into the spool, where something before the front is to change: it
  /// will begin again under a new header.
  func leaveStream(before offset: Int, _ goOn: () -> Void = {}) throws {
    guard let stream = streaming?.stream, offset < handed * Self.blockSize else { return }
    try finishSealing()
    try mark()
    let block = try spareBlock()
    try withExtendedLifetime(block) {
      for index in 0..<handed {
        try stream.open(index, into: block.bytes)
        try spool?.put(UnsafeRawBufferPointer(block.bytes), at: index)
        goOn()
      }
    }
    giveUpStream()
    isSequential = false
  }
}

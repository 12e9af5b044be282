internal import Sealing
internal import Storage
internal import VaultFormat

/// The memory that content passes through on its way into records, kept for many.
final class SealingBuffers {
  /// How many chunks are sealed before they are written together.
  static let batch = 16

  /// A batch of chunks and the one that is held back.
  let plain = UnsafeMutableRawBufferPointer.allocate(
    byteCount: (batch + 1) * RecordLayout.chunkSize, alignment: 64)
  let sealed = UnsafeMutableRawBufferPointer.allocate(
    byteCount: batch * (RecordLayout.chunkSize + RecordLayout.tagSize), alignment: 64)

  deinit {
    plain.deallocate()
    sealed.deallocate()
  }
}

/// Seals the chunks of one content, then the list of their hashes, behind what
/// a draft holds already (FORMAT §4.3, §4.4).
struct ContentSealer {
  private static let chunk = RecordLayout.chunkSize
  private static let batch = SealingBuffers.batch

  private let draft: RecordDraft
  private let buffers: SealingBuffers
  /// The chunk hashes so far, 32 bytes each.
  private(set) var slots: [UInt8] = []

  init(_ draft: RecordDraft, _ buffers: SealingBuffers) {
    self.draft = draft
    self.buffers = buffers
  }

  /// Seals content to its end, and its padding.
  ///
  /// The last chunk of the buffer is always held back until more is known to
  /// follow: only the very last chunk of a record is sealed as final.
  ///
  /// - Returns: the content's length.
  mutating func seal(_ content: Content, _ cipher: SharedCipher) throws -> Int {
    let plain = buffers.plain
    var length = 0
    var held = 0
    var index = 0
    while true {
      let free = UnsafeMutableRawBufferPointer(rebasing: plain[held...])
      let count = try content.read(into: free, at: length)
      length += count
      guard length <= RecordLayout.maximumLength else {
        throw VaultError(.failed, "a record holds at most 64 GiB")
      }
      if count < free.count {
        let layout = try RecordLayout(length: length)
        let end = min(layout.paddedLength - index * Self.chunk, plain.count)
        UnsafeMutableRawBufferPointer(rebasing: plain[held + count..<max(end, held + count)])
          .initializeMemory(as: UInt8.self, repeating: 0)
        try seal(from: index, until: layout.chunkCount, layout, cipher)
        return length
      }
      // Layout as if the content ended here: every chunk but the held one is full.
      let layout = try RecordLayout(length: length)
      try seal(from: index, until: index + Self.batch, layout, cipher, ends: false)
      index += Self.batch
      plain.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: plain[(Self.batch * Self.chunk)...]))
      held = Self.chunk
    }
  }

  /// Seals chunks `first` to `end`. The buffer begins with chunk `first` and is
  /// zero behind the content; chunks beyond the buffer are padding throughout.
  private mutating func seal(
    from first: Int, until end: Int, _ layout: RecordLayout, _ cipher: SharedCipher,
    ends: Bool = true
  ) throws {
    for group in stride(from: first, to: end, by: Self.batch) {
      let chunks = group..<min(group + Self.batch, end)
      try seal(chunks, at: (group - first) * Self.chunk, layout, cipher, last: ends ? end - 1 : nil)
    }
  }

  /// Seals a batch of chunks side by side and writes them.
  ///
  /// - Parameters:
  ///   - offset: where the first of them begins in the buffer.
  ///   - last: the record's last chunk, where it is known.
  private mutating func seal(
    _ chunks: Range<Int>, at offset: Int, _ layout: RecordLayout, _ cipher: SharedCipher,
    last: Int?
  ) throws {
    let base = slots.count
    let start = layout.chunkOffset(chunks.lowerBound)
    slots.append(
      contentsOf: repeatElement(0, count: chunks.count * RecordLayout.hashSize))
    let (plain, sealed) = (Shared(buffers.plain), Shared(buffers.sealed))
    try slots.withUnsafeMutableBytes { slots in
      let slots = Shared(slots)
      try Lanes.forEach(chunks) { index in
        let place = offset + (index - chunks.lowerBound) * Self.chunk
        let size = layout.chunkLength(index)
        let out = sealed.part(layout.chunkOffset(index) - start, size + ChunkCipher.tagSize)
        guard place < plain.bytes.count else {
          Self.padding.withUnsafeBytes { padding in
            cipher.cipher.seal(
              UnsafeRawBufferPointer(rebasing: padding[..<size]), index: UInt64(index),
              isLast: index == last, into: out)
          }
          return
        }
        let filled = layout.filledLength(index)
        if filled > 0 {
          let digest = hash(.chunk, UnsafeRawBufferPointer(plain.part(place, filled)))
          withUnsafeBytes(of: digest) { digest in
            slots.part(
              base + (index - chunks.lowerBound) * RecordLayout.hashSize, digest.count
            ).copyMemory(from: digest)
          }
        }
        cipher.cipher.seal(
          UnsafeRawBufferPointer(plain.part(place, size)), index: UInt64(index),
          isLast: index == last, into: out)
      }
    }
    let end = chunks.upperBound - 1
    let size = layout.chunkOffset(end) + layout.chunkLength(end) + ChunkCipher.tagSize - start
    try draft.append(UnsafeRawBufferPointer(sealed.part(0, size)))
  }

  private static let padding = [UInt8](repeating: 0, count: chunk)

  /// Seals the list of chunk hashes behind the content.
  func sealSlots(_ cipher: borrowing ChunkCipher) throws {
    let count = (slots.count + Self.chunk - 1) / Self.chunk
    for index in 0..<count {
      let piece = slots[index * Self.chunk..<min((index + 1) * Self.chunk, slots.count)]
      var sealed = [UInt8](repeating: 0, count: piece.count + ChunkCipher.tagSize)
      piece.withUnsafeBytes { piece in
        sealed.withUnsafeMutableBytes { sealed in
          cipher.seal(piece, index: UInt64(index), isLast: index == count - 1, into: sealed)
        }
      }
      try draft.append(sealed)
    }
  }
}

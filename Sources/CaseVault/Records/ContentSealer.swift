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

  private let draft: Draft
  private let buffers: SealingBuffers
  /// The chunk hashes so far, 32 bytes each.
  private(set) var slots: [UInt8] = []

  init(_ draft: Draft, _ buffers: SealingBuffers) {
    self.draft = draft
    self.buffers = buffers
  }

  /// Seals content to its end, and its padding.
  ///
  /// The last chunk of the buffer is always held back until more is known to
  /// follow: only the very last chunk of a record is sealed as final.
  ///
  /// - Returns: the content's length.
  mutating func seal(_ content: Content, _ cipher: borrowing ChunkCipher) throws -> Int {
    let (plain, sealed) = (buffers.plain, buffers.sealed)
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
        try seal(plain, from: index, until: layout.chunkCount, layout, sealed, cipher)
        return length
      }
      // Layout as if the content ended here: every chunk but the held one is full.
      let layout = try RecordLayout(length: length)
      try seal(plain, from: index, until: index + Self.batch, layout, sealed, cipher, ends: false)
      index += Self.batch
      plain.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: plain[(Self.batch * Self.chunk)...]))
      held = Self.chunk
    }
  }

  /// Seals chunks `first` to `end`; `plain` begins with chunk `first` and is
  /// zero behind the content. Chunks beyond it are padding.
  private mutating func seal(
    _ plain: UnsafeMutableRawBufferPointer, from first: Int, until end: Int,
    _ layout: RecordLayout, _ sealed: UnsafeMutableRawBufferPointer,
    _ cipher: borrowing ChunkCipher, ends: Bool = true
  ) throws {
    var filled = 0
    for index in first..<end {
      let start = (index - first) * Self.chunk
      let size = layout.chunkLength(index)
      let isLast = ends && index == end - 1
      let out = UnsafeMutableRawBufferPointer(
        rebasing: sealed[filled..<filled + size + ChunkCipher.tagSize])
      if start < plain.count {
        let chunk = UnsafeRawBufferPointer(rebasing: plain[start..<start + size])
        addSlot(UnsafeRawBufferPointer(rebasing: chunk[..<layout.filledLength(index)]))
        cipher.seal(chunk, index: UInt64(index), isLast: isLast, into: out)
      } else {
        slots.append(contentsOf: repeatElement(0, count: RecordLayout.hashSize))
        Self.padding.withUnsafeBytes { padding in
          cipher.seal(
            UnsafeRawBufferPointer(rebasing: padding[..<size]), index: UInt64(index),
            isLast: isLast, into: out)
        }
      }
      filled += out.count
      if filled + Self.chunk + ChunkCipher.tagSize > sealed.count || index == end - 1 {
        try draft.append(UnsafeRawBufferPointer(rebasing: sealed[..<filled]))
        filled = 0
      }
    }
  }

  private static let padding = [UInt8](repeating: 0, count: chunk)

  private mutating func addSlot(_ content: UnsafeRawBufferPointer) {
    guard !content.isEmpty else {
      slots.append(contentsOf: repeatElement(0, count: RecordLayout.hashSize))
      return
    }
    slots += hash(.chunk, content).array
  }

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

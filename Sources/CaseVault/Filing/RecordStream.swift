internal import Sealing
internal import Storage
internal import VaultFormat

/// A record that is sealed while its content comes, from front to back, straight into its file
/// (FORMAT §4.3). No chunk is sealed twice: what turns out to change begins under a new header.
///
/// Used by one thread at a time.
package final class RecordStream {
  private static let chunk = RecordLayout.chunkSize
  /// How many chunks are sealed and written together.
  private static let batch = 16

  let begun: BegunRecord
  let draft: RecordDraft
  private let ciphers: ContentCiphers
  private var slots: [UInt8] = []
  private let sealed: UnsafeMutableRawBufferPointer

  /// Whether chunks were sealed that did not get into the file. To seal others under their numbers
  /// would be to use a nonce twice.
  private var isBroken = false

  /// How many chunks are sealed: all of them full, none of them the last.
  package private(set) var count = 0

  /// The key of the record's content: who seals it may read it too.
  package var contentKey: LentKey { begun.contentKey }

  init(_ begun: BegunRecord, _ draft: RecordDraft) throws {
    self.begun = begun
    self.draft = draft
    ciphers = try ContentCiphers(begun.contentKey.key)
    sealed = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.batch * (Self.chunk + RecordLayout.tagSize), alignment: 64)
    try draft.append([UInt8](repeating: 0, count: RecordLayout.contentOffset))
  }

  deinit { sealed.deallocate() }

  /// Seals chunks that others will follow.
  ///
  /// - Parameter chunks: of 65,536 bytes each.
  /// - Throws: `StorageError`.
  package func seal(_ chunks: [UnsafeRawBufferPointer]) throws {
    try seal(chunks.map { ($0, Self.chunk) }, isEnd: false)
  }

  /// Seals the last chunks, the padding, and the list of hashes.
  ///
  /// - Parameters:
  ///   - chunks: of 65,536 bytes each, zero behind the content; at least one unless there is no
  ///     content at all.
  ///   - length: of the whole content, in bytes.
  /// - Returns: the content's root.
  /// - Throws: `VaultError`, `StorageError`.
  func end(_ chunks: [UnsafeRawBufferPointer], length: Int) throws -> Identifier {
    // What can be opened again, should the record not come to be, is what was sealed before.
    let before = count
    defer { count = before }
    let layout = try RecordLayout(length: length)
    guard count + chunks.count == layout.filledChunkCount, count < layout.chunkCount else {
      throw VaultError(.failed, "the content is not as long as was said")
    }
    defer { isBroken = true }
    let padding = [UInt8](repeating: 0, count: Self.chunk)
    try padding.withUnsafeBytes { padding in
      var rest = chunks.enumerated().map { ($1, layout.filledLength(count + $0)) }
      rest += repeatElement((padding, 0), count: layout.chunkCount - layout.filledChunkCount)
      try seal(rest, isEnd: true, layout)
    }
    var start = 0
    for index in 0..<layout.hashPieceCount {
      let end = min(start + Self.chunk, slots.count)
      var piece = [UInt8](repeating: 0, count: end - start + RecordLayout.tagSize)
      slots[start..<end].withUnsafeBytes { slots in
        piece.withUnsafeMutableBytes { piece in
          ciphers.hashes.seal(
            slots, index: UInt64(index), isLast: index == layout.hashPieceCount - 1, into: piece)
        }
      }
      try draft.append(piece)
      start = end
    }
    return contentRoot(
      length: length, slots: slots[..<(layout.filledChunkCount * RecordLayout.hashSize)])
  }

  /// Seals chunks, each with how much of it is content.
  private func seal(
    _ chunks: [(bytes: UnsafeRawBufferPointer, filled: Int)], isEnd: Bool,
    _ layout: RecordLayout? = nil
  ) throws {
    for first in stride(from: 0, to: chunks.count, by: Self.batch) {
      let end = min(first + Self.batch, chunks.count)
      try sealBatch(Array(chunks[first..<end]), endsWith: isEnd && end == chunks.count, layout)
    }
  }

  private func sealBatch(
    _ chunks: [(bytes: UnsafeRawBufferPointer, filled: Int)], endsWith isEnd: Bool,
    _ layout: RecordLayout?
  ) throws {
    guard !isBroken else {
      throw VaultError(.failed, "a record that could not be written is not written on")
    }
    isBroken = true
    let base = slots.count
    slots.append(contentsOf: repeatElement(0, count: chunks.count * RecordLayout.hashSize))
    nonisolated(unsafe) let chunks = chunks
    let out = Shared(sealed)
    let (first, cipher) = (count, ciphers.chunks)
    let step = Self.chunk + RecordLayout.tagSize
    let sizes = chunks.indices.map { layout?.chunkLength(first + $0) ?? Self.chunk }
    try slots.withUnsafeMutableBytes { slots in
      let slots = Shared(slots)
      try Lanes.forEach(0..<chunks.count) { index in
        let (bytes, filled) = chunks[index]
        if filled > 0 {
          let digest = hash(.chunk, UnsafeRawBufferPointer(rebasing: bytes[..<filled]))
          withUnsafeBytes(of: digest) { digest in
            slots.part(base + index * RecordLayout.hashSize, digest.count).copyMemory(from: digest)
          }
        }
        cipher.cipher.seal(
          UnsafeRawBufferPointer(rebasing: bytes[..<sizes[index]]), index: UInt64(first + index),
          isLast: isEnd && index == chunks.count - 1,
          into: out.part(index * step, sizes[index] + RecordLayout.tagSize))
      }
    }
    // Only the last one may be shorter, so they lie without gaps.
    let size = sizes.reduce(0) { $0 + $1 + RecordLayout.tagSize }
    do {
      try draft.append(UnsafeRawBufferPointer(rebasing: sealed[..<size]))
    } catch {
      // A later attempt writes the same chunks in the same place.
      slots.removeLast(slots.count - base)
      throw error
    }
    count += chunks.count
    isBroken = false
  }

  /// Opens a chunk again that was sealed here.
  ///
  /// - Parameter plain: 65,536 bytes.
  /// - Throws: `failed`, `StorageError`.
  package func open(_ index: Int, into plain: UnsafeMutableRawBufferPointer) throws {
    let size = Self.chunk + RecordLayout.tagSize
    let bytes = try draft.read(count: size, at: RecordLayout.contentOffset + index * size)
    do {
      try bytes.withUnsafeBytes { bytes in
        try ciphers.chunks.cipher.open(bytes, index: UInt64(index), isLast: false, into: plain)
      }
    } catch {
      throw VaultError(.failed, "what was written could not be read back", cause: error)
    }
  }
}

internal import Sealing
internal import Storage
internal import VaultFormat

extension RecordReader {
  /// How many chunks are read and opened together.
  private var batch: Int { min(16, layout.chunkCount) }

  /// Reads and verifies the list of chunk hashes against the signed root
  /// (FORMAT §4.8, 10).
  ///
  /// - Returns: 32 bytes for each chunk, at most 32 MiB.
  /// - Throws: `damaged`.
  borrowing func slots() throws -> [UInt8] {
    let piece = RecordLayout.chunkSize
    var slots = [UInt8](repeating: 0, count: layout.hashListLength)
    for index in 0..<layout.hashPieceCount {
      let start = index * piece
      let end = min(start + piece, slots.count)
      let sealed = try read(
        count: end - start + RecordLayout.tagSize,
        at: layout.hashListOffset + index * (piece + RecordLayout.tagSize))
      try slots.withUnsafeMutableBytes { slots in
        try sealed.withUnsafeBytes { sealed in
          do {
            try ciphers.hashes.open(
              sealed, index: UInt64(index), isLast: index == layout.hashPieceCount - 1,
              into: UnsafeMutableRawBufferPointer(rebasing: slots[start..<end]))
          } catch {
            throw Self.damage(record.name, "its list of hashes was altered", cause: error)
          }
        }
      }
    }
    let filled = layout.filledChunkCount * RecordLayout.hashSize
    guard slots[filled...].allSatisfy({ $0 == 0 }),
      contentRoot(length: layout.length, slots: slots[..<filled]) == record.manifest.root
    else { throw Self.damage(record.name, "its author did not sign this content") }
    return slots
  }

  private borrowing func read(count: Int, at offset: Int) throws -> [UInt8] {
    do {
      return try file.read(count: count, at: offset)
    } catch {
      throw Self.unreadable(error, record.name)
    }
  }

  /// Opens and verifies the content from first to last chunk and lends each
  /// run of it in turn.
  ///
  /// - Parameter body: gets verified content only, at most 1 MiB at a time.
  /// - Throws: `damaged`, after which what was lent before must not be shown as
  ///   a whole; and what `body` throws.
  package borrowing func forEachRun(
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let slots = try slots()
    let sealedChunk = RecordLayout.chunkSize + RecordLayout.tagSize
    let sealed = UnsafeMutableRawBufferPointer.allocate(
      byteCount: batch * sealedChunk, alignment: 64)
    let plain = UnsafeMutableRawBufferPointer.allocate(
      byteCount: batch * RecordLayout.chunkSize, alignment: 64)
    defer {
      sealed.deallocate()
      plain.deallocate()
    }
    file.adviseSequential()
    for first in stride(from: 0, to: layout.chunkCount, by: batch) {
      let end = min(first + batch, layout.chunkCount)
      let filled = try open(first..<end, sealed, plain, slots)
      if filled > 0 { try body(UnsafeRawBufferPointer(rebasing: plain[..<filled])) }
    }
  }

  /// Opens a run of chunks side by side into `plain`.
  ///
  /// - Returns: how much of it is content.
  private borrowing func open(
    _ chunks: Range<Int>, _ sealed: UnsafeMutableRawBufferPointer,
    _ plain: UnsafeMutableRawBufferPointer, _ slots: [UInt8]
  ) throws -> Int {
    let start = layout.chunkOffset(chunks.lowerBound)
    let last = chunks.upperBound - 1
    let size = layout.chunkOffset(last) + layout.chunkLength(last) + RecordLayout.tagSize - start
    let got: Int
    do {
      got = try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: sealed[..<size]), at: start)
    } catch {
      throw Self.unreadable(error, record.name)
    }
    guard got == size else { throw Self.damage(record.name, "it was cut off") }
    let (sealed, plain) = (Shared(sealed), Shared(plain))
    let (layout, name, cipher) = (layout, record.name, ciphers.chunks)
    try Lanes.forEach(chunks) { index in
      let length = layout.chunkLength(index)
      let chunk = plain.part((index - chunks.lowerBound) * RecordLayout.chunkSize, length)
      do {
        try cipher.cipher.open(
          UnsafeRawBufferPointer(
            sealed.part(layout.chunkOffset(index) - start, length + RecordLayout.tagSize)),
          index: UInt64(index), isLast: index == layout.chunkCount - 1, into: chunk)
      } catch {
        throw Self.damage(name, "chunk \(index) was altered", cause: error)
      }
      try Self.check(UnsafeRawBufferPointer(chunk), index, layout, slots, name)
    }
    return chunks.reduce(0) { $0 + layout.filledLength($1) }
  }

  /// A chunk's signed hash, and the zeros behind the content.
  static func check(
    _ chunk: UnsafeRawBufferPointer, _ index: Int, _ layout: RecordLayout, _ slots: [UInt8],
    _ name: RecordName
  ) throws {
    let filled = layout.filledLength(index)
    guard chunk[filled...].allSatisfy({ $0 == 0 }) else {
      throw damage(name, "its padding is not zero")
    }
    guard filled > 0 else { return }
    let start = index * RecordLayout.hashSize
    guard
      let signed = Identifier(slots[start..<start + RecordLayout.hashSize]),
      Identifier(hash(.chunk, UnsafeRawBufferPointer(rebasing: chunk[..<filled]))) == signed
    else { throw damage(name, "its author did not sign chunk \(index)") }
  }

  /// Verifies the whole record and lends nothing.
  ///
  /// - Throws: `damaged`.
  package borrowing func verifyContent() throws {
    try forEachRun { _ in }
  }

  /// The whole content, for records that are small by their kind.
  ///
  /// - Throws: `damaged`, also where the content is longer than `limit` bytes.
  package borrowing func content(atMost limit: Int) throws -> [UInt8] {
    guard layout.length <= limit else {
      throw Self.damage(record.name, "longer than its kind can be")
    }
    var content: [UInt8] = []
    content.reserveCapacity(layout.length)
    try forEachRun { content.append(contentsOf: $0) }
    return content
  }

  /// Verifies everything first, then reads again and lends it run by run.
  ///
  /// For destinations that cannot take back what they got, such as a pipe. The
  /// second pass checks as the first did: should the file change in between,
  /// the output ends. Content of one run is lent after all of it has verified: once will do.
  package borrowing func verifyThenForEachRun(
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if batch < layout.chunkCount { try verifyContent() }
    try forEachRun(body)
  }
}

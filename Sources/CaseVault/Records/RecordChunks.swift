internal import Sealing
package import Storage
internal import VaultFormat

/// A record's content, opened chunk by chunk in any order; each is verified before it is lent.
///
/// Safe to use from several threads.
package final class RecordChunks: Sendable {
  package let record: Record
  /// Of the content, in bytes.
  package let length: Int
  /// How many chunks hold content.
  package let count: Int
  private let reader: RecordReader
  private let slots: [UInt8]

  /// Opens a record's content with the key that an agent lent for it, and verifies the list of
  /// its chunk hashes against what its author signed.
  ///
  /// - Throws: as ``RecordReader/open(_:with:in:)``, `damaged`.
  package init(_ record: Record, with key: LentKey, in folder: Folder) throws {
    let reader = try RecordReader.open(record, with: key.key, in: folder)
    slots = try reader.slots()
    length = reader.layout.length
    count = reader.layout.filledChunkCount
    self.record = record
    self.reader = reader
  }

  /// Tells the system that so many chunks, from one on, will be opened soon; there may be fewer.
  package func adviseSoon(_ chunks: Int, from index: Int) {
    precondition(index < count)
    let start = reader.layout.chunkOffset(index)
    let end = reader.layout.chunkOffset(min(index + chunks, count))
    reader.file.adviseSoon(end - start, at: start)
  }

  /// Opens and verifies one chunk.
  ///
  /// - Parameters:
  ///   - index: less than ``count``.
  ///   - plain: 65,536 bytes. What lies behind the content is zero afterwards; all of it, where
  ///     this throws.
  /// - Returns: how much of it is content, in bytes.
  /// - Throws: `damaged`, `failed`.
  @discardableResult
  package func open(_ index: Int, into plain: UnsafeMutableRawBufferPointer) throws -> Int {
    precondition(index < count && plain.count == RecordLayout.chunkSize)
    do {
      return try reader.openChunk(index, slots, into: plain)
    } catch {
      plain.initializeMemory(as: UInt8.self, repeating: 0)
      throw error
    }
  }
}

extension RecordReader {
  /// Opens and verifies one chunk; the rest of `plain` is zero.
  fileprivate borrowing func openChunk(
    _ index: Int, _ slots: [UInt8], into plain: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    let size = layout.chunkLength(index)
    let sealed: [UInt8]
    do {
      sealed = try file.read(
        count: size + RecordLayout.tagSize, at: layout.chunkOffset(index))
    } catch {
      throw Self.unreadable(error, record.name)
    }
    let chunk = UnsafeMutableRawBufferPointer(rebasing: plain[..<size])
    do {
      try sealed.withUnsafeBytes { sealed in
        try ciphers.chunks.cipher.open(
          sealed, index: UInt64(index), isLast: index == layout.chunkCount - 1, into: chunk)
      }
    } catch {
      throw Self.damage(record.name, "chunk \(index) was altered", cause: error)
    }
    try Self.check(UnsafeRawBufferPointer(chunk), index, layout, slots, record.name)
    UnsafeMutableRawBufferPointer(rebasing: plain[size...])
      .initializeMemory(as: UInt8.self, repeating: 0)
    return layout.filledLength(index)
  }
}

internal import Sealing
internal import Storage
internal import VaultFormat

/// Seals content of unknown length into a draft, in one pass and in constant
/// memory but for 32 bytes a chunk (FORMAT §4).
enum RecordWriter {
  /// What the manifest says of the content.
  struct Written {
    let length: Int
    let root: Identifier
  }

  /// Writes all of a record but its front, which is left as zeros until it is
  /// signed: until then the file is no record.
  ///
  /// - Parameter draft: an empty one.
  /// - Throws: `VaultError`, `StorageError`, and what the content's stream throws.
  static func write(
    _ content: Content, with contentKey: borrowing SecretKey, into draft: RecordDraft,
    through buffers: SealingBuffers
  ) throws -> Written {
    let ciphers = try ContentCiphers(contentKey)
    try draft.append([UInt8](repeating: 0, count: RecordLayout.contentOffset))
    var sealer = ContentSealer(draft, buffers)
    let length = try sealer.seal(content, ciphers.chunks)
    let layout = try RecordLayout(length: length)
    try sealer.sealSlots(ciphers.hashes)
    return Written(
      length: length,
      root: contentRoot(
        length: length,
        slots: sealer.slots[..<(layout.filledChunkCount * RecordLayout.hashSize)]))
  }
}

/// What a record's signature begins with (FORMAT §4.2).
let recordSignatureText: StaticString = "casevault 1 record\n"

internal import Sealing
internal import Storage
internal import VaultFormat

/// Seals content of unknown length into a draft, in one pass and in constant
/// memory but for 32 bytes a chunk (FORMAT §4).
enum RecordWriter {
  /// What a record says of itself, as it was signed.
  struct Written {
    let manifest: Manifest
    let signature: [UInt8]
  }

  /// Writes a whole record.
  ///
  /// - Parameters:
  ///   - manifest: all but length and root, which come from the content.
  ///   - draft: an empty one.
  /// - Throws: `VaultError`, `StorageError`, and what the content's stream throws.
  static func write(
    _ content: Content, _ manifest: Manifest, id: Identifier, caseKey: CaseKey,
    identity: Identity, into draft: Draft, through buffers: SealingBuffers
  ) throws -> Written {
    var header = RecordHeader(
      vault: caseKey.vault, caseID: caseKey.caseID, generation: caseKey.generation, record: id,
      salt: Identifier(randomBytes(32)) ?? .zero)
    let cipher = try RecordCipher.fresh(caseKey, &header)
    let ciphers = try ContentCiphers(try cipher.contentKey())

    // The front is written last, over this; until then the file is no record.
    try draft.append([UInt8](repeating: 0, count: RecordLayout.contentOffset))
    var sealer = ContentSealer(draft, buffers)
    var manifest = manifest
    manifest.length = try sealer.seal(content, ciphers.chunks)
    let layout = try RecordLayout(length: manifest.length)
    manifest.root = contentRoot(
      length: manifest.length,
      slots: sealer.slots[..<(layout.filledChunkCount * RecordLayout.hashSize)])
    try sealer.sealSlots(ciphers.hashes)

    let json = try manifest.json()
    let signature = identity.signing.sign(
      recordSignatureText,
      Manifest.signed(vault: header.vault, caseID: header.caseID, record: id, json: json))
    let sealed = try cipher.seal(
      manifest: try Manifest.plaintext(json: json, signature: signature), header)
    try (header.bytes + sealed).withUnsafeBytes { try draft.write($0, at: 0) }
    return Written(manifest: manifest, signature: signature)
  }
}

/// What a record's signature begins with (FORMAT §4.2).
let recordSignatureText: StaticString = "casevault 1 record\n"

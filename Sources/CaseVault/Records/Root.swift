internal import Sealing
internal import VaultFormat

/// The signed hash over a content's length and chunk hashes (FORMAT §4.4).
func contentRoot(length: Int, slots: ArraySlice<UInt8>) -> Identifier {
  var hasher = Hasher32(.root)
  hasher.update(UInt64(length))
  slots.withUnsafeBytes { hasher.update($0) }
  return Identifier(hasher.finish())
}

/// The root of content that is in memory.
func contentRoot(of content: [UInt8]) -> Identifier {
  let slots = stride(from: 0, to: content.count, by: RecordLayout.chunkSize).flatMap { start in
    hash(.chunk, Array(content[start..<min(start + RecordLayout.chunkSize, content.count)])).array
  }
  return contentRoot(length: content.count, slots: slots[...])
}

/// The hash over the signatures of a record's parents, in the order of their
/// ids (FORMAT §4.2): whoever builds on a record holds its author to it.
func seenHash(_ signatures: some Sequence<[UInt8]>) -> Identifier {
  var hasher = Hasher32(.seen)
  for signature in signatures { hasher.update(signature) }
  return Identifier(hasher.finish())
}

/// A record's id: who wrote it, and sixteen random bytes (FORMAT §1.4).
func recordID(signKey: Identifier, random: [UInt8]) -> Identifier {
  Identifier(hash(.record, signKey.bytes + random))
}

/// What a computer has seen of one generation of a case, sealed under a key of
/// the case, in its home (FORMAT §12.2). Never in a vault.
package struct SeenRecordsFile: Equatable, Sendable {
  package static let maximumSize = 64 << 20
  package static let maximumRecords = 100_000
  package static let maximumContent = 256 << 10
  static let headSize = 112
  static let nonceSize = 24
  static let tagSize = 16
  private static let noContent = UInt32.max

  /// One record that verified.
  package struct Entry: Equatable, Sendable {
    package let record: Identifier
    package let signature: [UInt8]
    /// The manifest's JSON, byte for byte.
    package let json: [UInt8]
    /// The content of an opening or an update.
    package let content: [UInt8]?

    package init(record: Identifier, signature: [UInt8], json: [UInt8], content: [UInt8]?) {
      self.record = record
      self.signature = signature
      self.json = json
      self.content = content
    }
  }

  package let count: Int
  package let vault: Identifier
  package let caseID: Identifier
  package let generation: Identifier
  package var nonce: [UInt8] = []
  /// Ciphertext and tag.
  package var sealed: [UInt8] = []

  package init(count: Int, vault: Identifier, caseID: Identifier, generation: Identifier) {
    self.count = count
    self.vault = vault
    self.caseID = caseID
    self.generation = generation
  }

  /// Takes a file apart.
  ///
  /// - Throws: `FormatError`; sizes are bounded first.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.maximumSize else { throw .invalid("size") }
    var reader = ByteReader(bytes)
    count = Int(try Preamble.expect(.seenRecords, from: &reader))
    guard count <= Self.maximumRecords else { throw .invalid("records") }
    vault = try reader.identifier()
    caseID = try reader.identifier()
    generation = try reader.identifier()
    nonce = try reader.take(Self.nonceSize)
    guard reader.remaining >= Self.tagSize else { throw .truncated }
    sealed = try reader.take(reader.remaining)
  }

  /// What the seal authenticates: every byte before the nonce.
  package var data: [UInt8] {
    var bytes = Preamble(.seenRecords, number: UInt32(count)).bytes
    for field in [vault, caseID, generation] { bytes.append(field) }
    return bytes
  }

  package var bytes: [UInt8] { data + nonce + sealed }
}

extension SeenRecordsFile {
  /// The plaintext of records in ascending order. Contents that would make the
  /// file too large are left out; such a record is read again.
  package static func plaintext(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    let fixed = entries.reduce(headSize + nonceSize + tagSize) { $0 + 104 + $1.json.count }
    var room = maximumSize - fixed
    for entry in entries {
      bytes.append(entry.record)
      bytes += entry.signature
      bytes.append(integer: UInt32(entry.json.count))
      if let content = entry.content, content.count <= room {
        room -= content.count
        bytes.append(integer: UInt32(content.count))
        bytes += entry.json + content
      } else {
        bytes.append(integer: noContent)
        bytes += entry.json
      }
    }
    return bytes
  }

  /// The records of an opened plaintext.
  ///
  /// - Throws: `FormatError`.
  package func entries(_ plaintext: [UInt8]) throws(FormatError) -> [Entry] {
    var reader = ByteReader(plaintext)
    var entries: [Entry] = []
    for _ in 0..<count { entries.append(try Self.entry(&reader)) }
    try reader.end()
    guard zip(entries, entries.dropFirst()).allSatisfy({ $0.record < $1.record }) else {
      throw .invalid("order")
    }
    return entries
  }

  private static func entry(_ reader: inout ByteReader) throws(FormatError) -> Entry {
    let record = try reader.identifier()
    let signature = try reader.take(Manifest.signatureSize)
    let length = Int(try reader.integer(UInt32.self))
    let contentLength: UInt32 = try reader.integer()
    guard length <= Manifest.maximumJSON,
      contentLength == noContent || contentLength <= maximumContent
    else { throw .invalid("record") }
    return Entry(
      record: record, signature: signature, json: try reader.take(length),
      content: contentLength == noContent ? nil : try reader.take(Int(contentLength)))
  }
}

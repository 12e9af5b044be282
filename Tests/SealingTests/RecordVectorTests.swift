import Sealing
import Testing

/// Whole records and their hash lists against Vault/vectors (FORMAT §4).
struct RecordVectorTests {
  /// What VaultFormatTests reads: the header, before any key is used.
  private static let inHeader = ["magic", "version", "suite", "type", "zero", "number"]

  @Test(arguments: try Vector.all("record").filter { $0.bytes(ifThere: "file") != nil })
  func recordsOpenAsTheVectorSays(vector: Vector) throws {
    guard !Self.inHeader.contains(vector.wrong ?? "") else { return }
    let file = try vector.bytes("file")
    let caseKey = try key(vector.bytes("case_key"))
    let opened = try vector.walk {
      try OpenedRecord(file, caseKey: caseKey, at: OpenedRecord.Place(vector))
    }
    guard let opened else { return }
    #expect(opened.manifest == (try vector.bytes("manifest")))
    #expect(opened.content == patterned(try vector.number("length")))
  }

  /// The great ones are not kept: they are made here, and their plain BLAKE2b is compared.
  @Test(arguments: try Vector.all("record").filter { $0.bytes(ifThere: "blake2b") != nil })
  func greatRecordsAreMadeByteForByte(vector: Vector) throws {
    let file = try RecordMaker(vector).file()
    #expect(file.count == (try vector.number("size")))
    #expect(hash(Label(""), file).array == (try vector.bytes("blake2b")))
    let opened = try OpenedRecord(
      file, caseKey: key(vector.bytes("case_key")), at: OpenedRecord.Place(vector))
    #expect(opened.content == patterned(try vector.number("length")))
  }

  @Test(arguments: try Vector.all("hash-list"))
  func hashListsOpenAsTheVectorSays(vector: Vector) throws {
    let contentKey = try key(vector.bytes("content_key"))
    let (sealed, length) = (try vector.bytes("sealed"), try vector.number("length"))
    let root = try vector.bytes("root")
    _ = try vector.walk { try HashList(sealed, of: length, contentKey, root: root) }
  }
}

/// Writes the record that a vector only describes.
private struct RecordMaker {
  let vector: Vector

  init(_ vector: Vector) { self.vector = vector }

  func file() throws -> [UInt8] {
    var header: [UInt8] = Array("casevlt".utf8) + [0x1a, 1, 1, 1, 0, 0, 0, 0, 0]
    for field in ["vault", "case", "generation", "record", "salt"] {
      header += try vector.bytes(field)
    }
    let recordKey = try key(vector.bytes("case_key")).derive(Label("cv1.record.key"), header)
    header += recordKey.commitment(Label("cv1.record.com")).array
    let contentKey = try recordKey.derive(Label("cv1.content"))
    return try header
      + Envelope.seal(
        manifest(), key: recordKey.derive(Label("cv1.manifest")),
        nonce: [UInt8](repeating: 0, count: 24), data: header)
      + content(contentKey)
  }

  private func manifest() throws -> [UInt8] {
    let json = try vector.bytes("manifest")
    var signed: [UInt8] = []
    for field in ["vault", "case", "record"] { signed += try vector.bytes(field) }
    let signer = try SigningKey(seed: key(vector.bytes("seed")))
    let count = (0..<4).map { UInt8(json.count >> (8 * $0) & 255) }
    let front = count + signer.sign("casevault 1 record\n", signed + json) + json
    return front + [UInt8](repeating: 0, count: 3872 - front.count)
  }

  private func content(_ contentKey: borrowing SecretKey) throws -> [UInt8] {
    let length = try vector.number("length")
    let content = patterned(length) + [UInt8](repeating: 0, count: padme(length) - length)
    let chunkKey = ChunkCipher(key: try contentKey.derive(Label("cv1.chunks")))
    let hashesKey = ChunkCipher(key: try contentKey.derive(Label("cv1.hashes")))
    let count = (content.count + 65_535) / 65_536
    var sealed: [UInt8] = []
    var slots: [UInt8] = []
    for index in 0..<count {
      let start = index * 65_536
      let chunk = Array(content[start..<min(content.count, start + 65_536)])
      sealed += chunkKey.seal(chunk, index: UInt64(index), isLast: index == count - 1)
      slots +=
        start < length
        ? hash(Label("cv1.chunk"), Array(chunk.prefix(length - start))).array
        : [UInt8](repeating: 0, count: 32)
    }
    return sealed + hashesKey.seal(slots, index: 0, isLast: true)
  }
}

import Foundation
import Sealing
import Testing

/// A record of Vault/vectors, opened by FORMAT §4.8 with nothing but `Sealing`.
///
/// The reader of the product is in CaseVault. This one is apart from it so
/// that the two can differ.
struct OpenedRecord {
  let manifest: [UInt8]
  let content: [UInt8]

  /// What the folder, the keyring and the roster would say.
  struct Place {
    let vault: [UInt8]
    let caseID: [UInt8]
    let generation: [UInt8]
    let record: [UInt8]
    let signer: [UInt8]

    init(_ vector: Vector) throws {
      vault = try vector.bytes("vault")
      caseID = try vector.bytes("case")
      generation = try vector.bytes("generation")
      record = try vector.bytes("record")
      signer = try vector.bytes("signer")
    }
  }

  /// The names of the manifest that the file's shape depends on.
  private struct Facts: Decodable {
    let length: Int
    let root: String
    let random: String
  }

  init(_ file: [UInt8], caseKey: borrowing SecretKey, at place: Place) throws {
    let header = file.slice(0, 208)
    try match("vault", header.slice(16, 32), place.vault)
    try match("case", header.slice(48, 32), place.caseID)
    try match("generation", header.slice(80, 32), place.generation)
    try match("record", header.slice(112, 32), place.record)
    try match(
      "generation", caseKey.commitment(Label("cv1.case.com"), place.vault).array, place.generation)
    try match("case", hash(Label("cv1.case"), place.generation).array, place.caseID)

    let recordKey = try caseKey.derive(Label("cv1.record.key"), header.slice(0, 176))
    let committed = try #require(Bytes32(header.slice(176, 32)))
    try step("commitment") { () throws(SealingError) in
      try recordKey.verify(committed, Label("cv1.record.com"))
    }
    let manifestKey = try recordKey.derive(Label("cv1.manifest"))
    let nonce = [UInt8](repeating: 0, count: 24)
    let plaintext = try step("manifest") { () throws(SealingError) in
      try Envelope.open(file.slice(208, 3888), key: manifestKey, nonce: nonce, data: header)
    }
    manifest = try Self.json(in: plaintext)
    let facts = try JSONDecoder().decode(Facts.self, from: Data(manifest))
    let random = try base32(facts.random)
    try match("record", hash(Label("cv1.record"), place.signer + random).array, place.record)
    let signer = try #require(Bytes32(place.signer))
    let signed = place.vault + place.caseID + place.record + manifest
    try step("signature") { () throws(SealingError) in
      try verify(plaintext.slice(4, 64), by: signer, "casevault 1 record\n", signed)
    }
    let contentKey = try recordKey.derive(Label("cv1.content"))
    content = try Self.content(file, facts.length, contentKey, root: base32(facts.root))
  }

  private static func json(in plaintext: [UInt8]) throws -> [UInt8] {
    let count = plaintext.u32(at: 0)
    guard count <= 3804 else { throw Refusal(answer: "invalid", wrong: "n") }
    let json = plaintext.slice(68, count)
    try zeros("padding", plaintext[(68 + count)...])
    // The manifests of these vectors are plain enough for Foundation to write them the same way.
    guard let object = try? JSONSerialization.jsonObject(with: Data(json)),
      let again = try? JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]),
      Array(again) == json
    else { throw Refusal(answer: "not-canonical", wrong: "JSON") }
    return json
  }

  private static func content(
    _ file: [UInt8], _ length: Int, _ contentKey: borrowing SecretKey, root: [UInt8]
  ) throws -> [UInt8] {
    let padded = padme(length)
    let chunks = (padded + 65_535) / 65_536
    let pieces = (32 * chunks + 65_535) / 65_536
    let size = 4096 + padded + 48 * chunks + 16 * pieces
    guard file.count >= size else { throw Refusal(answer: "truncated", wrong: "size") }
    guard file.count == size else { throw Refusal(answer: "trailing", wrong: "size") }
    let sealedContent = file.slice(4096, padded + 16 * chunks)
    let slots = try HashList(
      file.slice(4096 + sealedContent.count, 32 * chunks + 16 * pieces), of: length,
      contentKey, root: root)
    let chunkKey = ChunkCipher(key: try contentKey.derive(Label("cv1.chunks")))
    let content = try step("chunk") { () throws(SealingError) in
      try chunkKey.open(stream: sealedContent)
    }
    for (index, slot) in slots.filled.enumerated() {
      let chunk = content.slice(index * 65_536, min(65_536, length - index * 65_536))
      try match("chunk", hash(Label("cv1.chunk"), chunk).array, slot)
    }
    try zeros("padding", content[length...])
    return Array(content[..<length])
  }
}

/// The opened hash list of a record (FORMAT §4.4).
struct HashList {
  let filled: [[UInt8]]

  init(
    _ sealed: [UInt8], of length: Int, _ contentKey: borrowing SecretKey, root: [UInt8]
  ) throws {
    let hashesKey = ChunkCipher(key: try contentKey.derive(Label("cv1.hashes")))
    let slots = try step("hashes") { () throws(SealingError) in
      try hashesKey.open(stream: sealed)
    }
    let count = (length + 65_535) / 65_536
    try zeros("slot", slots[(32 * count)...])
    filled = (0..<count).map { slots.slice(32 * $0, 32) }
    var hasher = Hasher32(Label("cv1.root"))
    hasher.update(UInt64(length))
    hasher.update(Array(slots[..<(32 * count)]))
    try match("root", hasher.finish().array, root)
  }
}

/// PADMÉ with its floor, as FORMAT §4.3 words it.
func padme(_ length: Int) -> Int {
  guard length > 4096 else { return 4096 }
  let e = Int(log2(Double(length)))
  let s = Int(log2(Double(e))) + 1
  let unit = 1 << (e - s)
  return (length + unit - 1) / unit * unit
}

/// Reads base32 the slow way.
func base32(_ text: String) throws -> [UInt8] {
  let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
  var bits: [Int] = []
  for character in text {
    let value = try #require(alphabet.firstIndex(of: character))
    bits += (0..<5).map { value >> (4 - $0) & 1 }
  }
  return (0..<bits.count / 8).map { byte in
    UInt8(bits[8 * byte..<8 * byte + 8].reduce(0) { $0 << 1 | $1 })
  }
}

/// What the records of the vectors hold: byte i is i mod 251.
func patterned(_ count: Int) -> [UInt8] {
  var bytes = (0..<251).map { UInt8($0) }
  while bytes.count < count { bytes += bytes }
  return Array(bytes[..<count])
}

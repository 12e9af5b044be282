package import CaseVault
import Sealing
package import VaultFormat

/// A record file taken apart with its case key, by the document (FORMAT §4):
/// every part can be altered, and sealed again under the right keys.
package struct RecordParts {
  package var header: RecordHeader
  package var json: [UInt8]
  package var signature: [UInt8]
  /// What lies behind the JSON: zero.
  package var manifestRest: [UInt8]
  /// With its padding.
  package var content: [UInt8]
  package var slots: [UInt8]
  /// Whether the last chunk is sealed as the last.
  package var endsAsFinal = true
  private let caseKey: HeldKey

  private static let zeroNonce = [UInt8](repeating: 0, count: 24)

  package init(_ bytes: [UInt8], _ caseKey: HeldKey) throws {
    self.caseKey = caseKey
    header = try RecordHeader(Array(bytes[..<208]))
    let recordKey = try caseKey.key.derive(Label("cv1.record.key"), Array(bytes[..<176]))
    let manifest = try Envelope.open(
      Array(bytes[208..<4096]), key: try recordKey.derive(Label("cv1.manifest")),
      nonce: Self.zeroNonce, data: Array(bytes[..<208]))
    let count =
      Int(manifest[0]) | Int(manifest[1]) << 8 | Int(manifest[2]) << 16 | Int(manifest[3]) << 24
    signature = Array(manifest[4..<68])
    json = Array(manifest[68..<68 + count])
    manifestRest = Array(manifest[(68 + count)...])
    let layout = try RecordLayout(length: try Manifest(json: json).length)
    let contentKey = try recordKey.derive(Label("cv1.content"))
    content = try Self.open(
      bytes[4096..<layout.hashListOffset], ChunkCipher(key: contentKey.derive(Label("cv1.chunks"))))
    slots = try Self.open(
      bytes[layout.hashListOffset...], ChunkCipher(key: contentKey.derive(Label("cv1.hashes"))))
  }

  private static func open(
    _ sealed: ArraySlice<UInt8>, _ cipher: borrowing ChunkCipher
  ) throws -> [UInt8] {
    var plain: [UInt8] = []
    var rest = sealed
    var index: UInt64 = 0
    while !rest.isEmpty {
      let piece = rest.prefix(65_552)
      rest = rest.dropFirst(65_552)
      var out = [UInt8](repeating: 0, count: piece.count - 16)
      try piece.withUnsafeBytes { piece in
        try out.withUnsafeMutableBytes { out in
          try cipher.open(piece, index: index, isLast: rest.isEmpty, into: out)
        }
      }
      plain += out
      index += 1
    }
    return plain
  }

  private static func seal(
    _ plain: [UInt8], _ cipher: borrowing ChunkCipher, endsAsFinal: Bool = true
  ) -> [UInt8] {
    var sealed: [UInt8] = []
    var rest = plain[...]
    var index: UInt64 = 0
    while !rest.isEmpty {
      let piece = rest.prefix(65_536)
      rest = rest.dropFirst(65_536)
      var out = [UInt8](repeating: 0, count: piece.count + 16)
      piece.withUnsafeBytes { piece in
        out.withUnsafeMutableBytes { out in
          cipher.seal(piece, index: index, isLast: rest.isEmpty && endsAsFinal, into: out)
        }
      }
      sealed += out
      index += 1
    }
    return sealed
  }

  /// The file, sealed anew under the case key.
  ///
  /// - Parameter commitment: in place of the right one.
  package func sealed(commitment: Identifier? = nil) throws -> [UInt8] {
    var header = header
    let recordKey = try caseKey.key.derive(Label("cv1.record.key"), header.keyedBytes)
    header.commitment =
      commitment ?? Identifier(recordKey.commitment(Label("cv1.record.com")))
    var manifest: [UInt8] = []
    manifest.append(integer: UInt32(json.count))
    manifest += signature + json + manifestRest
    let contentKey = try recordKey.derive(Label("cv1.content"))
    return header.bytes
      + Envelope.seal(
        manifest, key: try recordKey.derive(Label("cv1.manifest")), nonce: Self.zeroNonce,
        data: header.bytes)
      + Self.seal(
        content, ChunkCipher(key: try contentKey.derive(Label("cv1.chunks"))),
        endsAsFinal: endsAsFinal)
      + Self.seal(slots, ChunkCipher(key: try contentKey.derive(Label("cv1.hashes"))))
  }
}

extension RecordParts {
  /// Changes members of the manifest's JSON; the manifest keeps its size.
  package mutating func edit(_ change: (inout [String: JSON]) -> Void) throws {
    let before = json.count
    var members = try JSON(canonical: json).object.orThrow()
    change(&members)
    json = JSON.object(members).canonical
    manifestRest = Array(repeating: 0, count: manifestRest.count + before - json.count)
  }

  /// Signs the manifest with another device's key, or the author's.
  package mutating func sign(by identity: Identity) {
    signature = identity.signing.sign(
      "casevault 1 record\n",
      Manifest.signed(
        vault: header.vault, caseID: header.caseID, record: header.record, json: json))
  }

  /// Makes hash list, length and root those of this content.
  package mutating func rehash(length: Int) throws {
    slots = []
    for start in stride(from: 0, to: content.count, by: 65_536) {
      let end = min(start + 65_536, content.count, length)
      slots +=
        start < end
        ? Identifier(hash(Label("cv1.chunk"), Array(content[start..<end]))).bytes
        : [UInt8](repeating: 0, count: 32)
    }
    var hasher = Hasher32(Label("cv1.root"))
    hasher.update(UInt64(length))
    hasher.update(Array(slots.prefix(32 * ((length + 65_535) / 65_536))))
    let root = Identifier(hasher.finish())
    try edit { members in
      members["length"] = .integer(length)
      members["root"] = JSON(root)
    }
  }

  /// Makes the record one of another device, with an id of its own.
  package mutating func claim(by identity: Identity) throws {
    let random = randomBytes(16)
    header = RecordHeader(
      vault: header.vault, caseID: header.caseID, generation: header.generation,
      record: Self.id(of: identity, random), salt: header.salt)
    try edit { members in
      members["device"] = JSON(identity.device)
      members["author"] = .string(identity.member)
      members["random"] = .string(Base32.encode(random))
    }
    sign(by: identity)
  }

  /// A record's id (FORMAT §1.4).
  package static func id(of identity: Identity, _ random: [UInt8]) -> Identifier {
    Identifier(
      hash(.recordID, Identifier(identity.signing.publicKey).bytes + random))
  }

  /// Where the record belongs.
  package var path: String {
    "\(CaseKey.folder(of: header.caseID))/\(header.record.text)-\(header.generation.text.prefix(10))"
  }
}

import Sealing
import Testing

/// Each primitive of FORMAT §1.1 and §1.2 against Vault/vectors.
struct PrimitiveVectorTests {
  private static let labels: [String: Label] = [
    "cv1.statement": Label("cv1.statement"), "cv1.segment": Label("cv1.segment"),
    "cv1.device": Label("cv1.device"), "cv1.case": Label("cv1.case"),
    "cv1.record": Label("cv1.record"), "cv1.chunk": Label("cv1.chunk"),
    "cv1.root": Label("cv1.root"), "cv1.seen": Label("cv1.seen"),
    "cv1.made": Label("cv1.made"), "cv1.chain": Label("cv1.chain"), "cv1.box": Label("cv1.box"),
    "cv1.record.key": Label("cv1.record.key"), "cv1.record.com": Label("cv1.record.com"),
    "cv1.manifest": Label("cv1.manifest"), "cv1.content": Label("cv1.content"),
    "cv1.chunks": Label("cv1.chunks"), "cv1.hashes": Label("cv1.hashes"),
    "cv1.sealed.com": Label("cv1.sealed.com"), "cv1.sealed": Label("cv1.sealed"),
    "cv1.master.com": Label("cv1.master.com"), "cv1.intake": Label("cv1.intake"),
    "cv1.wrap": Label("cv1.wrap"), "cv1.case.com": Label("cv1.case.com"),
    "cv1.row": Label("cv1.row"), "cv1.state": Label("cv1.state"), "cv1.log": Label("cv1.log"),
    "cv1.ident.com": Label("cv1.ident.com"), "cv1.identity": Label("cv1.identity"),
  ]

  @Test(arguments: try Vector.all("hash"))
  func hashesSeparateTheirUses(vector: Vector) throws {
    let label = try #require(Self.labels[try vector.text("label")])
    let message = try vector.bytes("message")
    let digest = try vector.bytes("digest")
    #expect(hash(label, message).array == digest)
    var pieces = Hasher32(label)
    for byte in message { pieces.update([byte]) }
    let inPieces = pieces.finish()
    #expect(inPieces.array == digest)
  }

  @Test(arguments: try Vector.all("kdf"))
  func derivationsSeparateTheirUses(vector: Vector) throws {
    let label = try #require(Self.labels[try vector.text("label")])
    let parent = try key(vector.bytes("key"))
    let message = try vector.bytes("message")
    let derived = try vector.bytes("derived")
    let child = try parent.derive(label, message)
    #expect(reveal(child) == derived)
    #expect(parent.commitment(label, message).array == derived)
    try parent.verify(#require(Bytes32(derived)), label, message)
  }

  @Test(arguments: try Vector.all("aead"))
  func envelopesOpenAsTheVectorSays(vector: Vector) throws {
    let (nonce, data) = (try vector.bytes("nonce"), try vector.bytes("data"))
    let envelopeKey = try key(vector.bytes("key"))
    let sealed = try vector.bytes("sealed")
    let opened = vector.read { () throws(SealingError) in
      try Envelope.open(sealed, key: envelopeKey, nonce: nonce, data: data)
    }
    guard let opened else { return }
    #expect(opened == (try vector.bytes("message")))
    #expect(Envelope.seal(opened, key: envelopeKey, nonce: nonce, data: data) == sealed)
  }

  @Test(arguments: try Vector.all("chunk"))
  func chunksOpenAsTheVectorSays(vector: Vector) throws {
    let cipher = try ChunkCipher(key: key(vector.bytes("key")))
    let index = UInt64(try vector.number("index"))
    let isLast = try vector.number("final") == 1
    let sealed = try vector.bytes("sealed")
    let opened = vector.read { () throws(SealingError) in
      try cipher.open(sealed, index: index, isLast: isLast)
    }
    guard let opened else { return }
    #expect(opened == (try vector.bytes("message")))
    let again = cipher.seal(opened, index: index, isLast: isLast)
    #expect(again == sealed)
  }

  @Test(arguments: try Vector.all("box"))
  func boxesOpenAsTheVectorSays(vector: Vector) throws {
    let recipient = UnlockKey(secret: try key(vector.bytes("recipient")))
    let (box, data) = (try vector.bytes("box"), try vector.bytes("data"))
    let opened = vector.read { () throws(SealingError) in
      reveal(try Box.open(box, with: recipient, data: data))
    }
    guard let opened else { return }
    #expect(opened == (try vector.bytes("key")))
    #expect(recipient.publicKey.array == (try vector.bytes("public")))
    let ephemeral = UnlockKey(secret: try key(vector.bytes("ephemeral")))
    #expect(ephemeral.publicKey.array == Array(box.prefix(32)))
  }

  @Test(arguments: try Vector.all("signature"))
  func signaturesVerifyAsTheVectorSays(vector: Vector) throws {
    let publicKey = try #require(Bytes32(try vector.bytes("public")))
    let (message, signature) = (try vector.bytes("message"), try vector.bytes("signature"))
    let text = try Self.text(vector.text("text"))
    let verified: Void? = vector.read { () throws(SealingError) in
      try verify(signature, by: publicKey, text, message)
    }
    guard verified != nil else { return }
    let signer = try SigningKey(seed: key(vector.bytes("seed")))
    #expect(signer.publicKey.array == publicKey.array)
    #expect(signer.sign(text, message) == signature)
  }

  /// A text to sign is part of the program, never of its input.
  private static func text(_ text: String) throws -> StaticString {
    switch text {
    case "casevault 1 record\n": "casevault 1 record\n"
    case "casevault 1 record": "casevault 1 record"
    case "casevault 1 statement\n": "casevault 1 statement\n"
    default: throw Refusal(answer: "no such text", wrong: "text")
    }
  }

  @Test(arguments: try Vector.all("passphrase"))
  func passphrasesAreStretchedAsTheVectorSays(vector: Vector) throws {
    let passphrase = try secret(Array(vector.text("passphrase").utf8))
    let salt = try vector.bytes("salt")
    let passes = UInt32(try vector.number("passes"))
    let memory = UInt64(try vector.number("memory"))
    let stretched = vector.read { () throws(SealingError) in
      reveal(
        try SecretKey.stretched(
          from: passphrase, salt: salt, cost: PassphraseCost(passes: passes, memory: memory)))
    }
    #expect(stretched == vector.bytes(ifThere: "key"))
  }

  @Test func everyFolderOfVectorsHasATest() throws {
    let here: Set = [
      "aead", "box", "chunk", "epoch", "grant", "hash", "hash-list", "identity", "index-segment",
      "kdf", "key-segment", "log-segment", "log-spool", "passphrase", "record", "roster",
      "sealed-statement", "signature", "statement",
    ]
    let inVaultFormatTests: Set = [
      "base32", "date", "descriptor", "index-row", "json", "log-body", "manifest",
      "manifest-plaintext", "padme", "request", "time", "unlock-key",
    ]
    #expect(try Vector.folders() == here.union(inVaultFormatTests))
  }
}

import Foundation
import Sealing
import Testing

/// The names of an epoch document's body that open its intake pair (FORMAT §7.1).
struct EpochBody {
  let commitment: Bytes32
  let intakePublic: [UInt8]
  let intakePrivate: [UInt8]

  private struct Members: Decodable {
    struct Intake: Decodable {
      let `public`: String
      let `private`: String
    }
    let commitment: String
    let intake: Intake
  }

  init(_ file: [UInt8]) throws {
    let json = file.slice(116, file.u32(at: 112))
    let members = try JSONDecoder().decode(Members.self, from: Data(json))
    commitment = try #require(Bytes32(base32(members.commitment)))
    intakePublic = try base32(members.intake.public)
    intakePrivate = try base32(members.intake.private)
  }
}

/// Sealed statements and identities against Vault/vectors (FORMAT §5.3, §11).
struct SealedFileVectorTests {
  @Test(arguments: try Vector.all("sealed-statement"))
  func sealedStatementsOpenForTheirRecipients(vector: Vector) throws {
    let file = try vector.bytes("file")
    let recipient = UnlockKey(secret: try key(vector.bytes("recipient")))
    let json = try vector.walk { try Self.open(file, for: recipient) }
    if let json { #expect(json == (try vector.bytes("json"))) }
  }

  private static func open(_ file: [UInt8], for recipient: borrowing UnlockKey) throws -> [UInt8] {
    let header = file.slice(0, 112)
    let count = file.u32(at: 116)
    guard count <= 1024 else { throw Refusal(answer: "invalid", wrong: "b") }
    let committed = try #require(Bytes32(file.slice(120, 32)))
    let bodyKey = try firstBox(file, count, header, recipient)
    try step("commitment") { () throws(SealingError) in
      try bodyKey.verify(committed, Label("cv1.sealed.com"), header)
    }
    let nonceOffset = 152 + 104 * count
    let sealingKey = try bodyKey.derive(Label("cv1.sealed"))
    let sealed = Array(file[(nonceOffset + 24)..<(file.count - 64)])
    let plaintext = try step("tag") { () throws(SealingError) in
      try Envelope.open(
        sealed, key: sealingKey, nonce: file.slice(nonceOffset, 24),
        data: header + committed.array)
    }
    let used = plaintext.u32(at: 0)
    guard used <= plaintext.count - 4 else { throw Refusal(answer: "invalid", wrong: "n") }
    try zeros("padding", plaintext[(4 + used)...])
    return plaintext.slice(4, used)
  }

  private static func firstBox(
    _ file: [UInt8], _ count: Int, _ header: [UInt8], _ recipient: borrowing UnlockKey
  ) throws(Refusal) -> SecretKey {
    for number in 0..<count {
      let box = file.slice(152 + 104 * number, 104)
      do throws(SealingError) {
        return try Box.open(box, with: recipient, data: header)
      } catch {
        continue
      }
    }
    throw Refusal(answer: "not-authentic", wrong: "boxes")
  }

  private static let answers: Set = ["ok", "not-authentic", "out-of-bounds"]
  /// What the commitment covers beside the passphrase, and so cannot be told from a wrong one.
  private static let committed: Set = ["vault", "salt"]

  @Test(
    arguments: try Vector.all("identity").filter { answers.contains($0.answer) || $0.wrong == "u" }
  )
  func identitiesOpenWithTheirPassphrase(vector: Vector) throws {
    let file = try vector.bytes("file")
    let passphrase = try secret(Array(vector.text("passphrase").utf8))
    let opened = try vector.walk {
      let (passes, memory) = (UInt32(file.u32(at: 108)), file.u64(at: 112))
      // 8 MiB is all that these vectors stretch with: beyond the bounds nothing may happen.
      let cost = try step(vector.wrong ?? "") { () throws(SealingError) in
        try PassphraseCost(passes: passes, memory: memory)
      }
      let stretched = try SecretKey.stretched(
        from: passphrase, salt: file.slice(120, 16), cost: cost)
      let committed = try #require(Bytes32(file.slice(136, 32)))
      let field = Self.committed.contains(vector.wrong ?? "") ? vector.wrong ?? "" : "commitment"
      try step(field) { () throws(SealingError) in
        try stretched.verify(committed, Label("cv1.ident.com"), file.slice(0, 136))
      }
      let identityKey = try stretched.derive(Label("cv1.identity"))
      let plaintext = try step(vector.wrong ?? "tag") { () throws(SealingError) in
        try Envelope.openBytes(
          Array(file[192...]), key: identityKey, nonce: file.slice(168, 24),
          data: file.slice(0, 168))
      }
      let count = Int(try plaintext.number(at: 0))
      guard (1...8).contains(count), plaintext.count == 4 + 32 + 32 * count else {
        throw Refusal(answer: "invalid", wrong: "u")
      }
      #expect(count == (try vector.number("u")))
      return plaintext.withBytes { Array($0[4..<68]) }
    }
    if let opened { #expect(try opened == vector.bytes("seed") + vector.bytes("unlock")) }
  }
}

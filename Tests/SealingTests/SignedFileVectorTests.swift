import Sealing
import Testing

/// The signatures of Vault/vectors' files, and what is sealed within them.
struct SignedFileVectorTests {
  /// Answers that need a key. The others are VaultFormatTests'.
  private static let answers: Set = ["ok", "not-authentic", "mismatch", "bad-public-key"]
  /// What is wrong within a file that its device did sign.
  private static let withinSigned: Set = [
    "wrap", "generation", "case", "row", "private", "public", "commitment",
  ]

  private static func vectors(_ folder: String) throws -> [Vector] {
    try Vector.all(folder).filter { answers.contains($0.answer) }
  }

  /// Checks a file's last 64 bytes, and that the vector says so.
  private func checkSignature(_ vector: Vector, _ text: StaticString) throws {
    let file = try vector.bytes("file")
    let signer = try #require(Bytes32(try vector.bytes("signer")))
    do throws(SealingError) {
      try verify(file.suffix(64), by: signer, text, Array(file.dropLast(64)))
      #expect(vector.isGood || Self.withinSigned.contains(vector.wrong ?? ""))
    } catch {
      #expect(!vector.isGood && !Self.withinSigned.contains(vector.wrong ?? ""))
    }
  }

  @Test(arguments: try vectors("statement") + vectors("roster"))
  func statementsAreSignedByTheirDevice(vector: Vector) throws {
    try checkSignature(vector, "casevault 1 statement\n")
    guard vector.isGood else { return }
    let file = try vector.bytes("file")
    #expect(hash(Label("cv1.statement"), file).array == (try vector.bytes("id")))
    // The device's id is its key's; the first entry of a roster holds no vault.
    let device = hash(Label("cv1.device"), try vector.bytes("signer"))
    #expect(device.array == file.slice(80, 32))
  }

  /// The signatures of files that are wrong inside must hold, or the vectors test nothing else.
  @Test(
    arguments: try Vector.all("roster").filter { !answers.contains($0.answer) }
  )
  func wrongRosterEntriesAreStillSigned(vector: Vector) throws {
    let file = try vector.bytes("file")
    let signer = try #require(Bytes32(try vector.bytes("signer")))
    try verify(file.suffix(64), by: signer, "casevault 1 statement\n", Array(file.dropLast(64)))
  }

  @Test(arguments: try vectors("epoch"))
  func epochDocumentsHoldTheIntakePair(vector: Vector) throws {
    try checkSignature(vector, "casevault 1 statement\n")
    let (file, vault) = (try vector.bytes("file"), try vector.bytes("vault"))
    let master = try key(vector.bytes("master"))
    let body = try EpochBody(file)
    let opened = try vector.walk {
      try step("commitment") { () throws(SealingError) in
        try master.verify(body.commitment, Label("cv1.master.com"), vault)
      }
      let wrapKey = try master.derive(Label("cv1.intake"), vault)
      let data = Array("casevault 1 intake\n".utf8) + vault + body.intakePublic
      // The public half is authenticated with the private one: either may be the wrong one.
      let intake = try step(vector.wrong ?? "private") { () throws(SealingError) in
        try Envelope.openKey(
          Array(body.intakePrivate[24...]), key: wrapKey, nonce: body.intakePrivate.slice(0, 24),
          data: data)
      }
      let bytes = reveal(intake)
      let pair = UnlockKey(secret: intake)
      try match("public", pair.publicKey.array, body.intakePublic)
      return bytes
    }
    if let opened { #expect(opened == (try vector.bytes("intake"))) }
  }

  @Test(arguments: try vectors("key-segment"))
  func keySegmentsHoldTheKeysTheyName(vector: Vector) throws {
    try checkSignature(vector, "casevault 1 keys\n")
    guard vector.isGood || Self.withinSigned.contains(vector.wrong ?? "") else { return }
    let file = try vector.bytes("file")
    let (vault, epoch) = (file.slice(16, 32), file.slice(48, 32))
    let wrapKey = try key(vector.bytes("master")).derive(Label("cv1.wrap"), epoch)
    let start = 152 + 32 * file.u32(at: 144)
    let opened: Void? = try vector.walk {
      for number in 0..<file.u32(at: 12) {
        let wrap = file.slice(start + 136 * number, 136)
        let (caseID, generation) = (wrap.slice(0, 32), wrap.slice(32, 32))
        let data = Array("casevault 1 wrap\n".utf8) + vault + epoch + caseID + generation
        let caseKey = try step("wrap") { () throws(SealingError) in
          try Envelope.openKey(
            wrap.slice(88, 48), key: wrapKey, nonce: wrap.slice(64, 24), data: data)
        }
        let named = try #require(Bytes32(generation))
        try step("generation") { () throws(SealingError) in
          try caseKey.verify(named, Label("cv1.case.com"), vault)
        }
        try match("case", hash(Label("cv1.case"), generation).array, caseID)
      }
    }
    if opened != nil {
      #expect(hash(Label("cv1.segment"), file).array == (try vector.bytes("id")))
    }
  }

  @Test(arguments: try vectors("index-segment"))
  func indexSegmentsHoldRowsOfTheirCases(vector: Vector) throws {
    try checkSignature(vector, "casevault 1 rows\n")
    guard vector.isGood || Self.withinSigned.contains(vector.wrong ?? "") else { return }
    let file = try vector.bytes("file")
    let rowKey = try key(vector.bytes("case_key")).derive(Label("cv1.row"))
    let context = Array("casevault 1 row\n".utf8) + file.slice(16, 32) + file.slice(80, 32)
    var offset = 120 + 32 * file.u32(at: 112)
    _ = try vector.walk {
      for _ in 0..<file.u32(at: 12) {
        let (ids, size) = (file.slice(offset, 64), file.u32(at: offset + 64))
        let body = file.slice(offset + 68, size)
        let row = try step("row") { () throws(SealingError) in
          try Envelope.open(
            Array(body[24...]), key: rowKey, nonce: body.slice(0, 24), data: context + ids)
        }
        #expect(row.count % 256 == 0)
        offset += 68 + size
      }
      #expect(offset == file.count - 64)
    }
  }

  @Test(arguments: try vectors("grant"))
  func grantsHoldTheKeyTheyPromise(vector: Vector) throws {
    let file = try vector.bytes("file")
    let recipient = UnlockKey(secret: try key(vector.bytes("recipient")))
    let data = Array("casevault 1 grant\n".utf8) + file.slice(0, 176)
    let opened = vector.read { () throws(SealingError) in
      reveal(try Box.open(Array(file[176...]), with: recipient, data: data))
    }
    guard let opened else { return }
    #expect(opened == (try vector.bytes("key")))
    #expect(hash(Label("cv1.segment"), file).array == (try vector.bytes("id")))
    if [2, 3].contains(try vector.number("purpose")) {
      let pair = UnlockKey(secret: try key(opened))
      #expect(pair.publicKey.array == file.slice(48, 32))
    }
  }
}

import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// What a colleague with all the right keys can do to another's record: every
/// tag and commitment fits, and yet nothing is shown (FORMAT §4.8).
@Suite struct RecordForgeryTests {
  let office: Office
  let caseID: Identifier
  let record: Record
  let ada: Colleague
  let parts: RecordParts

  init() throws {
    office = try Office()
    caseID = try office.openCase()
    record = try office.note(pattern(150_000), in: caseID)
    ada = try office.admit()
    parts = try RecordParts(
      office.share.read(office.path(record)), office.caseKey(of: caseID))
  }

  /// Puts a forged file in the record's place and expects that it is refused
  /// for this reason.
  private func expectRefused(
    _ reason: String, isFrontDamaged: Bool = true, commitment: Identifier? = nil,
    at path: String? = nil, _ location: SourceLocation = #_sourceLocation,
    _ forge: (inout RecordParts) throws -> Void
  ) throws {
    var parts = parts
    try forge(&parts)
    try office.share.plant(
      try parts.sealed(commitment: commitment), at: path ?? office.path(record))
    try expectDamaged(
      record, office, "\(reason)", isFrontDamaged: isFrontDamaged, location)
    var lent = 0
    let error = #expect(throws: VaultError.self) { try lend(record, office, &lent) }
    #expect(
      error?.message.contains(reason) == true, "\(error?.message ?? "")",
      sourceLocation: location)
  }

  @Test func recordSealedAnewWithItsSignatureIsShown() throws {
    // Re-encryption keeps JSON and signature: the forger knows the format.
    try office.share.plant(try parts.sealed(), at: office.path(record))
    #expect(try office.content(of: record) == pattern(150_000))
    var signed = parts
    signed.sign(by: office.manager)
    try signed.rehash(length: 150_000)
    #expect(signed.json == parts.json && signed.signature == parts.signature)
    #expect(try office.deepFindings().isEmpty)
  }

  @Test(arguments: [0, 65_536, 149_999])
  func chunkThatTheAuthorDidNotSignIsRefused(offset: Int) throws {
    try expectRefused("did not sign chunk", isFrontDamaged: false) {
      $0.content[offset] ^= 1
    }
  }

  @Test func hashListThatTheAuthorDidNotSignIsRefused() throws {
    try expectRefused("did not sign this content", isFrontDamaged: false) {
      $0.content[0] ^= 1
      let root = $0.json
      let rest = $0.manifestRest
      try $0.rehash(length: 150_000)
      $0.json = root
      $0.manifestRest = rest
    }
  }

  @Test func rootThatTheAuthorDidNotSignIsRefused() throws {
    try expectRefused("did not sign this") {
      $0.content[0] ^= 1
      try $0.rehash(length: 150_000)
    }
  }

  @Test(arguments: ["title", "kind", "media_type"])
  func manifestThatTheAuthorDidNotSignIsRefused(member: String) throws {
    try expectRefused("did not sign this") {
      try $0.edit { $0[member] = .string(member == "media_type" ? "text/forged" : "forged") }
    }
  }

  @Test func manifestSignedByAnotherIsRefused() throws {
    try expectRefused("did not sign this") { $0.sign(by: ada.identity) }
  }

  @Test func signatureForAnotherPurposeIsRefused() throws {
    try expectRefused("did not sign this") {
      $0.signature = office.manager.signing.sign(
        "casevault 1 statement\n",
        Manifest.signed(
          vault: $0.header.vault, caseID: $0.header.caseID, record: $0.header.record,
          json: $0.json))
    }
  }

  @Test func recordUnderAnotherMembersIdIsRefused() throws {
    // Ada signs, in her own name, under an id that the manager's key made.
    try expectRefused("another member's record id") {
      try $0.edit {
        $0["device"] = JSON(ada.identity.device)
        $0["author"] = .string(ada.member.id)
        $0["roster"] = JSON(ada.entry)
      }
      $0.sign(by: ada.identity)
    }
  }

  @Test func recordWithOtherRandomBytesIsRefused() throws {
    try expectRefused("another member's record id") {
      try $0.edit { $0["random"] = .string(Base32.encode(randomBytes(16))) }
      $0.sign(by: office.manager)
    }
  }

  /// Plants a whole record of another device and says what the case makes of it.
  private func expectNotFolded(
    _ reason: String, of author: Identity, _ location: SourceLocation = #_sourceLocation,
    _ edit: (inout [String: JSON]) -> Void
  ) throws {
    var parts = parts
    try parts.claim(by: author)
    try parts.edit(edit)
    parts.sign(by: author)
    try office.share.plant(try parts.sealed(), at: parts.path)
    let file = try office.open().caseFile(caseID)
    #expect(file.state.entries.count == 2, sourceLocation: location)
    let error = expect(.damaged, nil, location) {
      _ = try CaseView(file).record(named: parts.header.record.text)
    }
    #expect(error?.message.contains(reason) == true, sourceLocation: location)
    #expect(try office.findings(.damaged).count == 1, sourceLocation: location)
    #expect(try office.content(of: record) == pattern(150_000), sourceLocation: location)
  }

  @Test func recordOfAColleagueIsShown() throws {
    var parts = parts
    try parts.claim(by: ada.identity)
    try parts.edit { $0["roster"] = JSON(ada.entry) }
    parts.sign(by: ada.identity)
    try office.share.plant(try parts.sealed(), at: parts.path)
    let file = try office.open().caseFile(caseID)
    #expect(try CaseView(file).record(named: parts.header.record.text).author.name == "Ada Adviser")
  }

  @Test func signerWhoIsNotOnTheRosterIsRefused() throws {
    let stranger = try office.strangersIdentity()
    try expectNotFolded("not on the roster", of: stranger) {
      $0["roster"] = JSON(ada.entry)
    }
  }

  @Test func signerWhoWasNotYetOnTheRosterIsRefused() throws {
    try expectNotFolded("not on the roster", of: ada.identity) {
      $0["roster"] = JSON(office.vaultID)
    }
  }

  @Test func recordOfTheWelcomeDeskIsRefused() throws {
    let desk = try office.admit("Dan Desk", role: .desk)
    try expectNotFolded("no right", of: desk.identity) { $0["roster"] = JSON(desk.entry) }
  }

  @Test func authorWhoIsNotTheDevicesMemberIsRefused() throws {
    try expectNotFolded("not on the roster", of: ada.identity) {
      $0["roster"] = JSON(ada.entry)
      $0["author"] = .string(office.manager.member)
    }
  }

  @Test func unknownRosterHeadIsRefused() throws {
    try expectNotFolded("roster that is not here", of: ada.identity) {
      $0["roster"] = JSON(Identifier(randomBytes(32))!)
    }
  }

  @Test func paddingThatIsNotZeroIsRefused() throws {
    try expectRefused("padding is not zero", isFrontDamaged: false) {
      $0.content[$0.content.count - 1] = 1
    }
    try expectRefused("padding is not zero", isFrontDamaged: false) { $0.content[150_000] = 1 }
  }

  @Test func slotOfAPaddingChunkThatIsNotZeroIsRefused() throws {
    // 33 MiB and a byte are padded to 34 MiB: the last chunks are all padding.
    let length = 33 << 20 | 1
    let big = try office.note([UInt8](repeating: 7, count: length), in: caseID)
    var parts = try RecordParts(
      office.share.read(office.path(big)), office.caseKey(of: caseID))
    #expect(parts.slots.suffix(32).allSatisfy { $0 == 0 })
    parts.slots[parts.slots.count - 1] = 1
    try office.share.plant(try parts.sealed(), at: office.path(big))
    try expectDamaged(big, office, isFrontDamaged: false)
    parts.slots[parts.slots.count - 1] = 0
    parts.content[parts.content.count - 1] = 1
    try office.share.plant(try parts.sealed(), at: office.path(big))
    try expectDamaged(big, office, isFrontDamaged: false)
  }

  @Test(arguments: [149_999, 150_001, 0, 70_000, 200_000])
  func lengthThatIsNotTheContentsIsRefused(length: Int) throws {
    // Signed by the author: only size, root and padding tell.
    var forged = parts
    try forged.edit { $0["length"] = .integer(length) }
    forged.sign(by: office.manager)
    try office.share.plant(try forged.sealed(), at: office.path(record))
    let isFront = RecordLayout.padded(length) != RecordLayout.padded(150_000)
    try expectDamaged(record, office, isFrontDamaged: isFront)
  }

  @Test func rootOverAnotherLengthIsRefused() throws {
    // Same chunks, same size, a length inside the padding: the root covers it.
    try expectRefused("did not sign this content", isFrontDamaged: false) {
      try $0.rehash(length: 150_001)
      try $0.edit { $0["length"] = .integer(150_000) }
      $0.sign(by: office.manager)
    }
  }

  @Test func lastChunkNotSealedAsTheLastIsRefused() throws {
    try expectRefused("was altered", isFrontDamaged: false) { $0.endsAsFinal = false }
  }

  @Test func commitmentOfAnotherKeyIsRefused() throws {
    try expectRefused("it was altered", commitment: Identifier(randomBytes(32))!) { _ in }
  }

  @Test func manifestWithBytesBehindItsJSONIsRefused() throws {
    try expectRefused("it was altered") { $0.manifestRest[$0.manifestRest.count - 1] = 1 }
  }

  @Test func manifestInASecondSpellingIsRefused() throws {
    try expectRefused("it was altered") {
      $0.json.insert(UInt8(ascii: " "), at: 1)
      $0.manifestRest.removeLast()
      $0.sign(by: office.manager)
    }
  }

  /// Each of the header's fields says another place, and all else fits it.
  @Test(arguments: ["vault", "case", "generation", "record"])
  func headerOfAnotherPlaceIsRefused(field: String) throws {
    try expectRefused("does not belong where it lies") {
      let other = Identifier(randomBytes(32))!
      let old = $0.header
      let random = randomBytes(16)
      $0.header = RecordHeader(
        vault: field == "vault" ? other : old.vault,
        caseID: field == "case" ? other : old.caseID,
        generation: field == "generation" ? other : old.generation,
        record: field == "record"
          ? RecordParts.id(of: office.manager, random) : old.record,
        salt: old.salt)
      if field == "record" {
        try $0.edit { $0["random"] = .string(Base32.encode(random)) }
      }
      $0.sign(by: office.manager)
    }
  }

  @Test func preambleWithANumberIsRefused() throws {
    try office.share.alter(office.path(record)) { $0[13] = 1 }
    try expectDamaged(record, office)
  }

  /// An id does not name the content: what others built upon does (FORMAT §4.2, `seen`).
  @Test func recordThatItsAuthorReplacedAfterwardsIsReported() throws {
    let child = try office.note([1], in: caseID)
    #expect(try office.deepFindings().isEmpty)
    var other = parts
    try other.edit { $0["title"] = "Another title" }
    other.sign(by: office.manager)
    try office.share.plant(try other.sealed(), at: office.path(record))
    let forged = try office.findings(.forged)
    #expect(forged.map(\.path) == [office.path(child)])
    #expect(try office.content(of: child) == [1])
  }

  @Test func changedDuringTheSecondPassEndsTheOutput() throws {
    let vault = try office.open()
    let key = try vault.keyring.keys(of: caseID)[0]
    let reader = try RecordReader.open(record.name, of: key, in: vault.vault)
    let path = office.path(record)
    var lent = 0
    // The first pass is done when the body is called for the first time; a
    // record of more than one run is needed to alter the second.
    let big = try office.note(pattern(2 << 20), in: caseID)
    let bigReader = try RecordReader.open(big.name, of: key, in: vault.vault)
    expect(.damaged) {
      try bigReader.verifyThenForEachRun { run in
        lent += run.count
        let layout = try RecordLayout(length: 2 << 20)
        try office.share.alter(office.path(big)) { $0[layout.chunkOffset(20)] ^= 1 }
      }
    }
    #expect(lent == 1 << 20)
    try reader.verifyContent()
    #expect(office.share.exists(path))
  }
}

import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// FORMAT §7 and §8: what may be planted in `keyring/`, and by whom.
@Suite struct KeyringTests {
  let office: Office
  let caseID: Identifier
  init() throws {
    office = try Office()
    caseID = try office.openCase()
  }

  private var epochFolder: String { get throws { "keyring/\(try office.epoch.text)" } }

  /// The path of the one key segment of the vault.
  private var segmentPath: String {
    get throws {
      let folder = try epochFolder
      return try office.share.names(folder).first { name in
        guard name != "document" else { return false }
        return (try? KeySegment(office.share.read("\(folder)/\(name)"))) != nil
      }.map { "\(folder)/\($0)" }.orThrow()
    }
  }

  private func expectCaseOpens(_ location: SourceLocation = #_sourceLocation) throws {
    let vault = try office.open()
    #expect(
      try vault.caseFile(caseID).state.details.clientName == "Nadia Novák",
      sourceLocation: location)
  }

  @Test func colleagueOpensCasesOfTheManager() throws {
    let ada = try office.admit()
    let vault = try office.open(as: ada.identity, home: ada.home)
    #expect(try vault.caseFile(caseID).state.opened != nil)
    let own = try office.openCase(in: vault)
    try office.note([4], in: caseID, vault: vault)
    #expect(try office.open().caseFile(caseID).state.entries.count == 2)
    #expect(try office.open().caseFile(own).state.opened != nil)
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func wrapOfAnotherKeyForAKnownCaseIsIgnoredAndReported() throws {
    let ada = try office.admit()
    let generation = try office.open().keyring.keys(of: caseID)[0].generation
    // Many, so that some are met before the true one and some behind it.
    for _ in 0..<6 {
      let other = try office.freshKey()
      let path = try office.plant(
        [try office.wrap(other.key, caseID: caseID, generation: generation)],
        signedBy: ada.identity, roster: ada.entry)
      try expectCaseOpens()
      #expect(try office.findings(.forged).map(\.path).contains(path))
    }
    try office.note([1], in: caseID)
    #expect(try office.findings(.damaged).isEmpty)
  }

  @Test func generationOfAnotherCaseIsIgnoredAndReported() throws {
    let ada = try office.admit()
    let other = try office.freshKey()
    let path = try office.plant(
      [try office.wrap(other.key, caseID: caseID, generation: other.generation)],
      signedBy: ada.identity, roster: ada.entry)
    try expectCaseOpens()
    #expect(try office.open().keyring.keys(of: caseID).count == 1)
    #expect(try office.findings(.forged).map(\.path) == [path])
  }

  @Test func caseWithOnlyAForgedWrapIsDamaged() throws {
    let ada = try office.admit()
    let other = try office.freshKey()
    let victim = try office.freshKey()
    try office.plant(
      [try office.wrap(other.key, caseID: victim.caseID, generation: victim.generation)],
      signedBy: ada.identity, roster: ada.entry)
    expect(.damaged) { _ = try office.open().caseFile(victim.caseID) }
    try expectCaseOpens()
    #expect(try Check.run(office.open(), isDeep: false, repair: false).hasDamage)
  }

  @Test func trueWrapUnderAnotherEpochOrCaseDoesNotOpen() throws {
    let ada = try office.admit()
    let known = try KeySegment(office.share.read(segmentPath)).wraps[0]
    let other = try office.freshKey()
    let moved = Wrap(
      caseID: other.caseID, generation: other.generation, nonce: known.nonce,
      sealed: known.sealed)
    try office.plant([moved], signedBy: ada.identity, roster: ada.entry)
    expect(.damaged) { _ = try office.open().caseFile(other.caseID) }
    try expectCaseOpens()
  }

  /// Plants a segment with a new case's key and says whether the case opens.
  private func plantsCase(
    by identity: Identity, as device: Identifier? = nil, roster: Identifier? = nil,
    epoch: Identifier? = nil, vault: Identifier? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) throws -> (isKnown: Bool, path: String) {
    let new = try office.freshKey()
    let path = try office.plant(
      [try office.wrap(new.key, caseID: new.caseID, generation: new.generation)],
      signedBy: identity, as: device, roster: roster, epoch: epoch, vault: vault)
    try expectCaseOpens(location)
    return (try office.open().keyring.holds(new.caseID), path)
  }

  @Test func segmentOfAColleagueIsTaken() throws {
    let ada = try office.admit()
    #expect(try plantsCase(by: ada.identity, roster: ada.entry).isKnown)
  }

  @Test func segmentOfAStrangerIsIgnoredAndReported() throws {
    let ada = try office.admit()
    let stranger = try office.strangersIdentity()
    let first = try plantsCase(by: stranger)
    let second = try plantsCase(by: stranger, as: office.manager.device)
    let third = try plantsCase(by: stranger, as: ada.identity.device, roster: ada.entry)
    #expect(!first.isKnown && !second.isKnown && !third.isKnown)
    let forged = try office.findings(.forged).map(\.path)
    #expect(Set(forged) == [first.path, second.path, third.path])
  }

  @Test func segmentOfTheWelcomeDeskIsIgnoredAndReported() throws {
    let desk = try office.admit("Dan Desk", role: .desk)
    let planted = try plantsCase(by: desk.identity, roster: desk.entry)
    #expect(!planted.isKnown)
    #expect(try office.findings(.forged).map(\.path) == [planted.path])
  }

  @Test func segmentOfSomebodyNotYetAdmittedIsIgnoredAndReported() throws {
    let ada = try office.admit()
    let early = try plantsCase(by: ada.identity, roster: office.vaultID)
    let unknown = try plantsCase(by: ada.identity, roster: Identifier(randomBytes(32)))
    #expect(!early.isKnown && !unknown.isKnown)
    #expect(Set(try office.findings(.forged).map(\.path)) == [early.path, unknown.path])
  }

  @Test func segmentOfAnotherVaultOrEpochIsIgnoredAndReported() throws {
    let other = Identifier(randomBytes(32))!
    let epoch = try plantsCase(by: office.manager, epoch: other)
    let vault = try plantsCase(by: office.manager, vault: other)
    #expect(!epoch.isKnown && !vault.isKnown)
    #expect(Set(try office.findings(.forged).map(\.path)) == [epoch.path, vault.path])
  }

  @Test func everyFlippedByteOfASegmentIsDamage() throws {
    let path = try segmentPath
    let good = try office.share.read(path)
    for offset in stride(from: 0, to: good.count, by: 23) {
      try office.share.alter(path) { $0[offset] ^= 4 }
      expect(.damaged) { _ = try office.open().caseFile(caseID) }
    }
    try office.share.plant(good, at: path)
    try expectCaseOpens()
  }

  @Test func replacedSegmentIsNoLongerRead() throws {
    let known = try KeySegment(office.share.read(segmentPath)).wraps
    let new = try office.freshKey()
    let wraps = [try office.wrap(new.key, caseID: new.caseID, generation: new.generation)]
    let path = try office.plant(wraps, signedBy: office.manager)
    #expect(try office.open().keyring.holds(new.caseID))
    let replaced = try #require(Identifier(path.suffix(52)))
    try office.plant(known, signedBy: office.manager, replaced: [replaced])
    #expect(try !office.open().keyring.holds(new.caseID))
    try expectCaseOpens()
  }

  /// FORMAT §7.2: only segments of the same device are replaced.
  @Test func nobodyReplacesAnothersSegments() throws {
    let ada = try office.admit()
    let replaced = try #require(Identifier(segmentPath.suffix(52)))
    try office.plant([], signedBy: ada.identity, replaced: [replaced], roster: ada.entry)
    try expectCaseOpens()
  }

  @Test func unsignedSegmentReplacesNothing() throws {
    let stranger = try office.strangersIdentity()
    let replaced = try #require(Identifier(segmentPath.suffix(52)))
    try office.plant(
      [], signedBy: stranger, as: office.manager.device, replaced: [replaced])
    try expectCaseOpens()
  }

  @Test func everyFlippedByteOfAGrantIsRefused() throws {
    let folder = try epochFolder
    let path = try office.share.names(folder).compactMap { name -> String? in
      guard let grant = try? Grant(office.share.read("\(folder)/\(name)")),
        grant.purpose == .masterKey
      else { return nil }
      return "\(folder)/\(name)"
    }.first.orThrow()
    let good = try office.share.read(path)
    for offset in stride(from: 0, to: good.count, by: 7) {
      try office.share.alter(path) { $0[offset] ^= 1 }
      expect(.damaged, "\(offset)") { _ = try office.open() }
      // Under the name that its bytes have it is well-formed, and opens nothing.
      let altered = try office.share.read(path)
      try office.share.remove(path)
      let renamed = try office.plant(segment: altered, in: folder)
      #expect(throws: VaultError.self, "\(offset)") { _ = try office.open() }
      try office.share.remove(renamed)
      try office.share.plant(good, at: path)
    }
    try expectCaseOpens()
  }

  @Test func grantForAnotherDeviceOpensNothing() throws {
    let ada = try office.admit(isGranted: false)
    expect(.noKey) { _ = try office.open(as: ada.identity, home: ada.home) }
    // Sealed to the right key, named to the wrong device, and the other way about.
    try office.grantMasterKey(to: ada.identity, as: office.manager.device)
    expect(.noKey) { _ = try office.open(as: ada.identity, home: ada.home) }
    let stranger = try office.strangersIdentity()
    try office.grantMasterKey(to: stranger, as: ada.identity.device)
    expect(.noKey) { _ = try office.open(as: ada.identity, home: ada.home) }
    try office.grantMasterKey(to: ada.identity)
    _ = try office.open(as: ada.identity, home: ada.home)
    try expectCaseOpens()
  }

  @Test func grantOfAnotherMasterKeyOpensNothing() throws {
    let ada = try office.admit(isGranted: false)
    try office.grantMasterKey(HeldKey(SecretKey.random()), to: ada.identity)
    expect(.noKey) { _ = try office.open(as: ada.identity, home: ada.home) }
    try office.grantMasterKey(to: ada.identity)
    let vault = try office.open(as: ada.identity, home: ada.home)
    #expect(try vault.caseFile(caseID).state.opened != nil)
  }

  @Test func grantOfAnotherSubjectOpensNothing() throws {
    let ada = try office.admit(isGranted: false)
    try office.grantMasterKey(to: ada.identity, subject: Identifier(randomBytes(32)))
    expect(.noKey) { _ = try office.open(as: ada.identity, home: ada.home) }
  }

  @Test func welcomeDeskOpensNoCaseEvenWithAGrant() throws {
    let desk = try office.admit("Dan Desk", role: .desk)
    expect(.refused) { _ = try office.open(as: desk.identity, home: desk.home) }
  }

  @Test func strangerOpensNothingEvenWithAGrant() throws {
    let stranger = try office.strangersIdentity()
    try office.grantMasterKey(to: stranger)
    expect(.refused) { _ = try office.open(as: stranger) }
  }

  /// An epoch of its maker's own, with a grant to the manager: whose key would
  /// wrap every new case.
  private func plantEpoch(
    by identity: Identity, as device: Identifier? = nil, roster: Identifier? = nil,
    vault: Identifier? = nil, kind: UInt32 = 48, named name: Identifier? = nil,
    commitment: Identifier? = nil
  ) throws -> String {
    let master = HeldKey(try SecretKey.random())
    let document = EpochDocument(
      commitment: commitment
        ?? Identifier(master.key.commitment(Label("cv1.master.com"), office.vaultID.bytes)),
      intakePublic: Identifier(randomBytes(32))!, intakePrivate: randomBytes(72),
      parents: [try office.epoch], time: office.clock.now)
    let signed = office.statement(
      kind, by: identity, as: device, roster: roster, vault: vault, document.members)
    let id = name ?? Identifier(hash(.statementID, signed.bytes))
    let folder = "keyring/\(id.text)"
    try office.share.plant(signed.bytes, at: "\(folder)/document")
    var grant = Grant(
      .masterKey, vault: office.vaultID, subject: id, roster: office.vaultID,
      device: office.manager.device, unlock: office.manager.unlockPublic)
    grant.box = try Box.seal(
      master.key, to: office.manager.unlockPublic.inline, data: grant.data)
    try office.plant(segment: grant.bytes, in: folder)
    return folder
  }

  /// Where a case opened now keeps its key.
  private func folderOfNewKeys() throws -> String {
    let before = Set(office.share.files("keyring"))
    _ = try office.openCase()
    let new = try office.share.files("keyring").first { !before.contains($0) }.orThrow()
    return "keyring/\(new.prefix(52))"
  }

  @Test func epochOfAManagerIsTaken() throws {
    let folder = try plantEpoch(by: office.manager)
    #expect(try folderOfNewKeys() == folder)
    try expectCaseOpens()
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func epochOfAnAdviserOrStrangerIsIgnoredAndReported() throws {
    let old = try epochFolder
    let ada = try office.admit()
    let stranger = try office.strangersIdentity()
    let folders = [
      try plantEpoch(by: ada.identity, roster: ada.entry),
      try plantEpoch(by: stranger),
      try plantEpoch(by: stranger, as: office.manager.device),
      try plantEpoch(by: office.manager, roster: Identifier(randomBytes(32))),
    ]
    #expect(try folderOfNewKeys() == old)
    // Without the right is forged; signed by nobody here is no business of ours.
    let forged = Set(try office.findings(.forged).map(\.path))
    #expect(forged == [folders[0], folders[3]].reduce(into: []) { $0.insert("\($1)/document") })
    let strangers = Set(try office.findings(.stranger).map(\.path))
    #expect(strangers == [folders[1], folders[2]].reduce(into: []) { $0.insert("\($1)/document") })
  }

  @Test func epochUnderAnotherNameOrOfAnotherVaultIsIgnoredAndReported() throws {
    let old = try epochFolder
    let other = Identifier(randomBytes(32))!
    let folders = [
      try plantEpoch(by: office.manager, named: other),
      try plantEpoch(by: office.manager, vault: other),
      try plantEpoch(by: office.manager, kind: 32),
    ]
    #expect(try folderOfNewKeys() == old)
    let damaged = Set(try office.findings(.damaged).map(\.path))
    #expect(damaged == Set(folders.map { "\($0)/document" }))
  }

  @Test func masterKeyThatIsNotTheDocumentsIsNotUsed() throws {
    let old = try epochFolder
    _ = try plantEpoch(by: office.manager, commitment: Identifier(randomBytes(32)))
    #expect(try folderOfNewKeys() == old)
    try expectCaseOpens()
  }

  @Test func damagedDocumentIsDamage() throws {
    let path = "\(try epochFolder)/document"
    for offset in [0, 20, 60, 100, 113, 200, 300] {
      try office.share.alter(path) { $0[offset] ^= 1 }
      expect(.damaged, "\(offset)") { _ = try office.open() }
      try office.share.alter(path) { $0[offset] ^= 1 }
    }
    try office.share.remove(path)
    expect(.damaged) { _ = try office.open() }
  }

  @Test func missingKeyIsSaidToBeMissing() throws {
    try office.share.remove(try segmentPath)
    expect(.noKey) { _ = try office.open().caseFile(caseID) }
    #expect(try office.findings(.missing).map(\.path) == [CaseKey.folder(of: caseID)])
  }

  @Test func strangersInTheKeyringAreListed() throws {
    let folder = try epochFolder
    let planted = [
      "keyring/Thumbs.db", "keyring/x/y", "\(folder)/.nfs01", "\(folder)/document~",
    ]
    for path in planted { try office.share.plant([1], at: path) }
    try expectCaseOpens()
    #expect(
      Set(try office.findings(.stranger).map(\.path))
        == ["keyring/Thumbs.db", "keyring/x", "\(folder)/.nfs01", "\(folder)/document~"])
  }
}

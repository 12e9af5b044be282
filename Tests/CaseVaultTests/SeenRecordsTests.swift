import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// What the home keeps of a case, and what that tells (FORMAT §12.2).
@Suite struct SeenRecordsTests {
  let office: Office
  let caseID: Identifier
  let note: Record

  init() throws {
    office = try Office()
    caseID = try office.openCase()
    try office.update(caseID, ["topic": "Debt"])
    note = try office.note(text("a"), in: caseID)
    _ = try office.openSeen().caseFile(caseID)
  }

  private var folder: String { CaseKey.folder(of: caseID) }
  private var cache: String { "\(office.vaultID.text)/\(folder)" }

  @Test func onlyNewRecordsAreFetched() throws {
    let paths = HeldPaths()
    let faults = Faults(.none, reading: paths.add)
    let known = try office.openSeen(faults: faults).caseFile(caseID)
    #expect(paths.all.isEmpty)
    let whole = try office.open().caseFile(caseID)
    #expect(known.row == whole.row && known.state.details.topic == "Debt")
    #expect(
      known.state.entries.map(\.record.signature) == whole.state.entries.map(\.record.signature))
    let new = try office.note(text("b"), in: caseID)
    let vault = try office.openSeen(faults: faults)
    #expect(try vault.caseFile(caseID).state.entries.count == 4)
    #expect(paths.all == [office.path(new)])
    // And from memory.
    #expect(try vault.caseFile(caseID).state.entries.count == 4)
    #expect(paths.all.count == 1)
  }

  @Test func ownRecordsAreRememberedAsTheyAreFiled() throws {
    let vault = try office.openSeen()
    let own = try office.note(text("own"), in: caseID, vault: vault)
    try office.share.remove(office.path(own))
    let again = try office.openSeen()
    _ = try again.caseFile(caseID)
    #expect(again.findings.map(\.kind) == [.missing])
    #expect(again.findings.map(\.path) == [office.path(own)])
  }

  @Test func vanishedRecordIsSaidAndStaysOut() throws {
    let child = try office.note(text("child"), in: caseID)
    _ = try office.openSeen().caseFile(caseID)
    try office.share.remove(office.path(note))
    for _ in 0..<2 {
      let vault = try office.openSeen()
      let file = try vault.caseFile(caseID)
      #expect(file.state.entries.count == 3)
      let words = Set(vault.findings.map(\.reason))
      let id = note.id.text.prefix(10)
      #expect(
        words == ["record \(id) has vanished", "names record \(id), which has vanished"])
      #expect(vault.findings.allSatisfy { $0.kind == .missing })
      #expect(Set(vault.findings.map(\.path)) == [office.path(note), office.path(child)])
    }
    let report = try Check.run(office.openSeen(), isDeep: false, repair: false)
    #expect(report.findings.contains { $0.path == office.path(note) && $0.kind == .missing })
  }

  @Test func parentThatWasNeverSeenHasNotYetArrived() throws {
    let parent = try office.note(text("parent"), in: caseID)
    _ = try office.note(text("child"), in: caseID)
    let bytes = try office.share.read(office.path(parent))
    try office.share.remove(office.path(parent))
    let vault = try office.openSeen()
    _ = try vault.caseFile(caseID)
    #expect(vault.findings.map(\.kind) == [.notYet])
    #expect(vault.findings.allSatisfy { !$0.isDamage })
    #expect(
      vault.findings.map(\.reason)
        == ["names record \(parent.id.text.prefix(10)), which has not yet arrived"])
    try office.share.plant(bytes, at: office.path(parent))
    let later = try office.openSeen()
    #expect(try later.caseFile(caseID).state.entries.count == 5 && later.findings.isEmpty)
  }

  @Test func caseWhoseFolderIsGoneIsDamagedAndNotUnfinished() throws {
    try office.share.remove(folder)
    expect(.damaged) { _ = try office.openSeen().caseFile(caseID) }
    let report = try Check.run(office.openSeen(), isDeep: false, repair: false)
    #expect(report.findings.contains { $0.kind == .damaged && $0.path == folder })
    #expect(!report.findings.contains { $0.kind == .unfinished })
  }

  @Test func spoiledCacheIsReadAgain() throws {
    let size = try office.homeShare().read(cache).count
    for place in [0, 9, 12, 20, 50, 90, 115, 140, size / 2, size - 1] {
      try office.homeShare().alter(cache) { $0[place] ^= 1 }
      let vault = try office.openSeen()
      #expect(try vault.caseFile(caseID).state.entries.count == 3 && vault.findings.isEmpty)
    }
    try office.homeShare().alter(cache) { $0.removeLast() }
    #expect(try office.openSeen().caseFile(caseID).state.entries.count == 3)
  }

  @Test func cacheOfAnotherCaseOrVaultSaysNothing() throws {
    let other = try office.openCase()
    _ = try office.openSeen().caseFile(other)
    let otherCache = "\(office.vaultID.text)/\(CaseKey.folder(of: other))"
    try office.homeShare().copy(otherCache, to: cache)
    let vault = try office.openSeen()
    #expect(try vault.caseFile(caseID).state.entries.count == 3 && vault.findings.isEmpty)

    let abroad = try Office()
    let foreign = try abroad.openCase()
    _ = try abroad.openSeen().caseFile(foreign)
    let bytes = try abroad.homeShare().read("\(abroad.vaultID.text)/\(CaseKey.folder(of: foreign))")
    try office.homeShare().plant(bytes, at: cache)
    #expect(try office.openSeen().caseFile(caseID).state.entries.count == 3)
  }

  /// A cache that somebody with the case's key made.
  private func plantCache(_ change: (SeenRecordsFile.Entry) -> SeenRecordsFile.Entry) throws {
    let key = try office.caseKey(of: caseID)
    var file = try SeenRecordsFile(office.homeShare().read(cache))
    let sealing = try key.key.derive(Label("cv1.cache"))
    let plaintext = try Envelope.open(
      file.sealed, key: sealing, nonce: file.nonce, data: file.data)
    let entries = try file.entries(plaintext).map(change)
    file.sealed = Envelope.seal(
      SeenRecordsFile.plaintext(entries), key: sealing, nonce: file.nonce, data: file.data)
    try office.homeShare().plant(file.bytes, at: cache)
  }

  @Test func signatureAndContentAreVerifiedAgain() throws {
    try plantCache { entry in
      var signature = entry.signature
      signature[3] ^= 1
      return SeenRecordsFile.Entry(
        record: entry.record, signature: signature, json: entry.json, content: entry.content)
    }
    let first = try office.openSeen()
    #expect(try first.caseFile(caseID).state.entries.count == 3 && first.findings.isEmpty)
    try plantCache { entry in
      SeenRecordsFile.Entry(
        record: entry.record, signature: entry.signature, json: entry.json,
        content: entry.content.map {
          String(decoding: $0, as: UTF8.self)
            .replacing("Debt", with: "Drug")
        }.map { Array($0.utf8) })
    }
    #expect(try office.openSeen().caseFile(caseID).state.details.topic == "Debt")
  }

  @Test func crashAtAnyStepOfKeepingLeavesTheOldOrTheNew() throws {
    _ = try office.note(text("b"), in: caseID)
    let before = try office.homeShare().read(cache)
    for nth in 1...100 {
      try office.homeShare().plant(before, at: cache)
      let faults = Faults(.crash(after: nth))
      let vault = try office.openSeen(home: try office.home("home", faults: faults))
      #expect(try vault.caseFile(caseID).state.entries.count == 4)
      // What was seen before is not forgotten.
      try office.share.move(office.path(note), to: "tmp/aside")
      #expect(try office.openSeen().caseFile(caseID).findings.contains { $0.kind == .missing })
      try office.share.move("tmp/aside", to: office.path(note))
      if !faults.struck { return #expect(nth > 3) }
    }
    Issue.record("no run was clean")
  }

  @Test func fileComesBack() throws {
    let file = try SeenRecordsFile(office.homeShare().read(cache))
    #expect(file.count == 3 && file.vault == office.vaultID && file.caseID == caseID)
    #expect(try SeenRecordsFile(file.bytes) == file)
  }
}

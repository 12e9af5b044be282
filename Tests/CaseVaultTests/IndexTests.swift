import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// FORMAT §9: the index finds and lists, can be rebuilt, and decides nothing.
@Suite struct IndexTests {
  let office: Office
  let caseID: Identifier
  init() throws {
    office = try Office()
    caseID = try office.openCase()
    try office.note([1], in: caseID)
  }

  private var folder: String { "index/\(office.manager.device.text)" }

  private func row(_ vault: OpenVault? = nil) throws -> IndexRow? {
    try (vault ?? office.open()).index()[caseID]
  }

  private func stored() throws -> IndexRow {
    try office.open().caseFile(caseID).row.orThrow()
  }

  /// Says of a row of this device whether it is shown; it would be, by its count.
  private func isShown(
    by identity: Identity? = nil, as device: Identifier? = nil, roster: Identifier? = nil,
    vault: Identifier? = nil, in folder: String? = nil, replaced: [Identifier] = [],
    _ alter: (inout [UInt8]) -> Void = { _ in }
  ) throws -> (isShown: Bool, path: String) {
    let identity = identity ?? office.manager
    let device = device ?? identity.device
    var row = try stored()
    row.recordCount = 1_000
    var segment = IndexSegment(
      vault: vault ?? office.vaultID, roster: roster ?? office.vaultID, device: device,
      replaced: replaced, rows: [try seal(row, device)])
    segment.signature = identity.signing.sign(IndexSegment.signatureText, segment.signed)
    var bytes = segment.bytes
    alter(&bytes)
    let path = try office.plant(segment: bytes, in: folder ?? "index/\(device.text)")
    defer { try? office.share.remove(path) }
    let open = try office.open()
    let shown = try #require(try open.index()[caseID])
    if shown.recordCount != 1_000 {
      #expect(open.findings.contains { $0.path == path || $0.path.hasPrefix("index/") })
    }
    return (shown.recordCount == 1_000, path)
  }

  /// Seals a row by the document.
  private func seal(
    _ row: IndexRow, _ device: Identifier, for other: Identifier? = nil, key: HeldKey? = nil
  ) throws -> SealedRow {
    let generation = try office.open().keyring.keys(of: caseID)[0].generation
    let nonce = randomBytes(24)
    let data = SealedRow.data(
      vault: office.vaultID, device: device, caseID: other ?? caseID, generation: generation)
    let held = try key ?? office.caseKey(of: caseID)
    return SealedRow(
      caseID: other ?? caseID, generation: generation, nonce: nonce,
      sealed: Envelope.seal(
        row.bytes, key: try held.key.derive(Label("cv1.row")), nonce: nonce, data: data))
  }

  @Test func rowSaysWhatTheRecordsSay() throws {
    let row = try #require(try row())
    #expect(try row == stored())
    #expect(row.recordCount == 2)
    #expect(row.texts(.client) == ["Nadia Novák"])
    #expect(row.texts(.studentID) == ["s1234567"])
    #expect(row.isOpen && row.flags.isEmpty)
    #expect(row.expires == CivilDate("2033-08-01"))
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func anonymousClientLeavesNoName() throws {
    let details = CaseDetails([
      "ref": .string(Reference(random: randomBytes(7)).text), "topic": "Visa",
      "client": ["pseudonym": "Heron"],
    ])
    let id = try office.openCase(details)
    let row = try #require(try office.open().index()[id])
    #expect(row.flags == .anonymous)
    #expect(row.texts(.pseudonym) == ["Heron"])
    #expect(row.texts(.client).isEmpty)
    #expect(try office.open().index().find("heron").map(\.caseID) == [id])
  }

  @Test func deletedIndexIsFoundByFolding() throws {
    let expected = try row()
    try office.share.remove("index")
    #expect(try row() == expected)
    #expect(try office.open().index().find("novak").map(\.caseID) == [caseID])
    #expect(try office.findings(.stale).map(\.path) == [CaseKey.folder(of: caseID)])
    let report = try Check.run(office.open(), isDeep: false, repair: true)
    #expect(report.repaired == 1 && report.findings.isEmpty)
    #expect(office.share.names(folder).count == 1)
    #expect(try office.deepFindings().isEmpty)
    try office.share.remove("index")
    try office.note([2], in: caseID)
    #expect(try row()?.recordCount == 3)
  }

  @Test func rowOfAColleagueIsShown() throws {
    let ada = try office.admit()
    #expect(try isShown(by: ada.identity, roster: ada.entry).isShown)
    #expect(try isShown().isShown)
  }

  @Test func segmentOfAStrangerOrTheDeskIsIgnoredAndReported() throws {
    let desk = try office.admit("Dan", role: .desk)
    let ada = try office.admit()
    let stranger = try office.strangersIdentity()
    #expect(try !isShown(by: stranger).isShown)
    #expect(try !isShown(by: stranger, as: office.manager.device).isShown)
    #expect(try !isShown(by: desk.identity, roster: desk.entry).isShown)
    #expect(try !isShown(by: ada.identity, roster: office.vaultID).isShown)
    #expect(
      try !isShown(by: ada.identity, as: office.manager.device, roster: ada.entry).isShown)
  }

  @Test func segmentOfAnotherVaultOrInAnotherFolderIsIgnoredAndReported() throws {
    let ada = try office.admit()
    #expect(try !isShown(vault: Identifier(randomBytes(32))).isShown)
    #expect(try !isShown(in: "index/\(ada.identity.device.text)").isShown)
    #expect(try !isShown(roster: Identifier(randomBytes(32))).isShown)
  }

  @Test func alteredSegmentIsIgnoredAndReported() throws {
    for offset in [0, 8, 12, 20, 60, 90, 112, 117, 130, 190, 260, 400] {
      // Under the name that its bytes have, then under the name it had.
      #expect(try !isShown { $0[offset] ^= 1 }.isShown, "\(offset)")
    }
    let path = try "\(folder)/\(office.share.names(folder).first.orThrow())"
    try office.share.alter(path) { $0[$0.count - 1] ^= 1 }
    let vault = try office.open()
    #expect(try row(vault)?.recordCount == 2)
    #expect(vault.findings.map(\.path) == [path])
    #expect(vault.findings.map(\.kind) == [.damaged])
  }

  @Test func segmentUnderAnotherNameIsIgnoredAndReported() throws {
    var row = try stored()
    row.recordCount = 1_000
    for device in [office.manager.device, Identifier(randomBytes(32))!] {
      // Sound in itself but for its name, and then but for its device.
      var segment = IndexSegment(
        vault: office.vaultID, roster: office.vaultID, device: device, replaced: [],
        rows: [try seal(row, office.manager.device)])
      segment.signature = office.manager.signing.sign(
        IndexSegment.signatureText, segment.signed)
      let isNamed = device != office.manager.device
      let path =
        isNamed
        ? try office.plant(segment: segment.bytes, in: folder)
        : "\(folder)/\(Identifier(randomBytes(32))!.text)"
      if !isNamed { try office.share.plant(segment.bytes, at: path) }
      let vault = try office.open()
      #expect(try self.row(vault)?.recordCount == 2)
      #expect(vault.findings.map(\.path) == [path])
      try office.share.remove(path)
    }
  }

  @Test func rowOfAnotherCaseOrKeyIsIgnoredAndReported() throws {
    let other = try office.openCase(Office.details("Other"))
    let ada = try office.admit()
    var row = try stored()
    row.recordCount = 1_000
    let rows = [
      try seal(row, ada.identity.device, for: other),
      try seal(row, office.manager.device),
      try seal(row, ada.identity.device, key: office.caseKey(of: other)),
    ]
    var segment = IndexSegment(
      vault: office.vaultID, roster: ada.entry, device: ada.identity.device, replaced: [],
      rows: rows)
    segment.signature = ada.identity.signing.sign(IndexSegment.signatureText, segment.signed)
    try office.plant(segment: segment.bytes, in: "index/\(ada.identity.device.text)")
    let vault = try office.open()
    let index = try vault.index()
    #expect(index[caseID]?.recordCount == 2)
    #expect(index[other]?.texts(.client) == ["Other"])
    #expect(vault.findings.map(\.kind).contains(.damaged))
  }

  @Test func nobodyReplacesAnothersRows() throws {
    let ada = try office.admit()
    let names = office.share.names(folder).compactMap { Identifier($0) }
    var segment = IndexSegment(
      vault: office.vaultID, roster: ada.entry, device: ada.identity.device, replaced: names,
      rows: [])
    segment.signature = ada.identity.signing.sign(IndexSegment.signatureText, segment.signed)
    try office.plant(segment: segment.bytes, in: "index/\(ada.identity.device.text)")
    // The case's folder is not readable: only the row can tell.
    try office.share.move(CaseKey.folder(of: caseID), to: "tmp/away")
    #expect(try row()?.recordCount == 2)
  }

  @Test func forgedRowIsFoundByCheckAndDecidesNothing() throws {
    let ada = try office.admit()
    var row = try stored()
    row.entries = [IndexRow.Entry(.client, "Somebody Else")]
    row.stateHash = .zero
    var segment = IndexSegment(
      vault: office.vaultID, roster: ada.entry, device: ada.identity.device, replaced: [],
      rows: [try seal(row, ada.identity.device)])
    segment.signature = ada.identity.signing.sign(IndexSegment.signatureText, segment.signed)
    let path = try office.plant(segment: segment.bytes, in: "index/\(ada.identity.device.text)")
    #expect(try self.row()?.texts(.client) == ["Somebody Else"])
    #expect(try office.findings(.stale).count == 1)
    // Opening the case decides.
    #expect(try office.open().caseFile(caseID).state.details.clientName == "Nadia Novák")
    try office.share.remove(path)
    #expect(try office.findings(.stale).isEmpty)
  }

  /// A row can lie about a reference; the case it leads to does not answer to it.
  @Test func caseAnswersToItsOwnReferenceOnly() throws {
    let file = try office.open().caseFile(caseID)
    let real = try #require(file.state.details.reference).text
    for typed in [real, real.lowercased(), String(real.prefix(3)), caseID.text] {
      #expect(file.answers(to: typed), "\(typed)")
    }
    let other = Reference(random: (0..<7).map { UInt8($0) }).text
    let letter = try #require(
      ["x", "y", "z"].first { !caseID.text.hasPrefix($0) && !real.lowercased().hasPrefix($0) })
    for typed in [other, String(other.prefix(4)), Identifier.zero.text, letter] where typed != real
    {
      #expect(!file.answers(to: typed), "\(typed)")
    }
  }

  @Test func staleIndexIsFoundByCheckAndRepaired() throws {
    // A record arrives whose device could not write its row.
    try noteWithoutRow([2])
    #expect(try row()?.recordCount == 2)
    let found = try Check.run(office.open(), isDeep: false, repair: false)
    #expect(found.findings.map(\.kind) == [.stale])
    #expect(found.repaired == 0 && !found.hasDamage)
    let repaired = try Check.run(office.open(), isDeep: false, repair: true)
    #expect(repaired.repaired == 1 && repaired.findings.isEmpty)
    #expect(try row()?.recordCount == 3)
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func indexThatFollowsWhatSomebodyGoesOnFilingIsNotStale() throws {
    try noteWithoutRow([2])
    var attempts: [Int] = []
    let found = try Check.run(
      office.open(), isDeep: false, repair: false,
      settle: { attempt in
        attempts.append(attempt)
        // The row comes, and before the case is looked at one more record whose row is still to come.
        do {
          try office.note([3], in: caseID)
          try noteWithoutRow([4])
        } catch { Issue.record(error) }
      })
    #expect(found.findings.isEmpty)
    #expect(attempts == [0])
  }

  /// Files a note whose row does not arrive.
  private func noteWithoutRow(_ bytes: [UInt8]) throws {
    let old = try office.share.names(folder).map {
      (name: $0, bytes: try office.share.read("\(folder)/\($0)"))
    }
    try office.note(bytes, in: caseID)
    for name in office.share.names(folder) { try office.share.remove("\(folder)/\(name)") }
    for file in old { try office.share.plant(file.bytes, at: "\(folder)/\(file.name)") }
  }

  @Test func filingCutOffBeforeTheRowIsCompletedByTheNextCommand() throws {
    let index = office.share.names("index")
    #expect(index.count == 1)
    // Only the write of the row fails: nobody can make it in a file's place.
    let before = try office.share.names(folder).map {
      (name: $0, bytes: try office.share.read("\(folder)/\($0)"))
    }
    try office.share.remove("index")
    try office.share.plant([], at: "index")
    let vault = try office.open()
    try office.note([7], in: caseID, vault: vault)
    #expect(vault.findings.map(\.kind).contains(.stale))
    try office.share.remove("index")
    for file in before { try office.share.plant(file.bytes, at: "\(folder)/\(file.name)") }
    #expect(try row()?.recordCount == 2)
    let next = try office.open()
    next.completeFilings()
    #expect(try row()?.recordCount == 3)
    #expect(office.homeShare().names("\(office.vaultID.text)/filing").isEmpty)
    // Nothing is left to do for the one after it.
    let files = office.share.everything()
    try office.open().completeFilings()
    #expect(office.share.everything() == files)
  }

  @Test func rowsWithTooManyNamesAreShortenedAndNotStale() throws {
    let parties = (0..<900).map { JSON.string("Party \($0) of a very long list of parties") }
    let id = try office.openCase(Office.details("Many", ["parties": .array(parties)]))
    let row = try #require(try office.open().index()[id])
    #expect(row.flags.contains(.shortened))
    #expect(row.texts(.client) == ["Many"])
    #expect(try office.deepFindings().isEmpty)
    #expect(try office.open().caseFile(id).state.details.parties.count == 900)
  }

  @Test func rowsAreFewForManyFilings() throws {
    for number in 0..<40 { try office.note([UInt8(number)], in: caseID) }
    #expect(office.share.names(folder).count <= 32)
    #expect(try row()?.recordCount == 42)
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func keySegmentsAreFewForManyCases() throws {
    var ids = [caseID]
    for number in 0..<40 { ids.append(try office.openCase(Office.details("Client \(number)"))) }
    #expect(office.share.names("keyring/\(try office.epoch.text)").count <= 36)
    let vault = try office.open()
    for id in ids { #expect(try vault.caseFile(id).state.opened != nil) }
    #expect(try vault.index().all.count == 41)
    #expect(try office.deepFindings().isEmpty)
  }
}

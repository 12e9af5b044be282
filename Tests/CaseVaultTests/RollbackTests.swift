import CaseVault
import Sealing
import Storage
import SystemPackage
import TestSupport
import Testing
import VaultFormat

/// What this computer has seen, and the share no longer shows (design §11).
@Suite struct RollbackTests {
  let office: Office
  let caseID: Identifier
  let ada: Colleague

  init() throws {
    office = try Office()
    caseID = try office.openCase()
    ada = try office.admit()
    _ = try office.openSeen()
  }

  private static let back = "had vanished from the vault and was put back"

  private func vanishing(_ path: String) throws -> [Finding] {
    let bytes = try office.share.read(path)
    try office.share.remove(path)
    let vault = try office.openSeen()
    #expect(try office.share.read(path) == bytes)
    #expect(vault.roster.members.count == 2)
    _ = try vault.caseFile(caseID)
    #expect(try office.openSeen().findings.isEmpty)
    return vault.findings
  }

  private var keyring: String { get throws { "keyring/\(try office.epoch.text)" } }

  @Test func whatVanishedIsPutBackAndSaid() throws {
    let device = office.manager.device.text
    var paths = [
      "roster/\(ada.entry.text)", "roster/\(office.vaultID.text)", "devices/\(device)/0",
    ]
    paths += try office.share.names(keyring).map { "\(try keyring)/\($0)" }
    #expect(paths.count == 9)
    for path in paths {
      let findings = try vanishing(path)
      #expect(findings == [Finding(.missing, path, Self.back)], "\(path)")
    }
  }

  @Test func wholeFoldersArePutBack() throws {
    for folder in ["roster", try keyring, "keyring", "devices"] {
      let before = office.share.files(folder)
      try office.share.remove(folder)
      let vault = try office.openSeen()
      #expect(office.share.files(folder) == before)
      #expect(vault.findings.allSatisfy { $0.kind == .missing })
      _ = try vault.caseFile(caseID)
    }
  }

  @Test func rolledBackVaultIsNoticedAndNothingOlderIsFolded() throws {
    let early = try Office()
    let lastWeek = try early.snapshot()
    let first = try early.openCase()
    let ben = try early.admit("Ben")
    let second = try early.openCase()
    _ = try early.openSeen()
    try early.rollBack(to: lastWeek)
    let vault = try early.openSeen()
    #expect(vault.roster.knows(ben.entry))
    #expect(vault.keyring.holds(first) && vault.keyring.holds(second))
    // One entry, one link, one grant, the merged segment.
    #expect(vault.vault.rollback?.code == .damaged)
    let summary = try #require(vault.findings.first { $0.path == "casevault.json" })
    #expect(summary.kind == .missing)
    #expect(
      summary.reason
        == "the vault was rolled back: 4 files that this computer has seen were missing")
    #expect(vault.findings.count == 5)
    #expect(try early.openSeen().findings.isEmpty)
  }

  @Test func withoutAHomeTheFolderDecides() throws {
    try office.share.remove("roster/\(ada.entry.text)")
    let vault = try office.open()
    #expect(vault.roster.members.count == 1)
    #expect(!office.share.exists("roster/\(ada.entry.text)"))
  }

  @Test func shareThatTakesNothingIsSaid() throws {
    let path = "roster/\(ada.entry.text)"
    try office.share.remove(path)
    let vault = try office.openSeen(faults: Faults(.crash(after: 1)))
    #expect(
      vault.findings
        == [Finding(.missing, path, "had vanished from the vault and could not be put back")])
    #expect(vault.roster.members.count == 2)
  }

  @Test func mergedSegmentsDoNotVanish() throws {
    for _ in 0..<5 {
      _ = try office.openCase()
      #expect(try office.openSeen().findings.isEmpty)
    }
    let (segments, copies) = (
      office.share.names(try keyring), office.homeShare().names("\(office.copies)/\(try keyring)")
    )
    #expect(segments == copies)
  }

  @Test func mergeDuringTheListingIsNoVanishing() throws {
    let vault = try office.openSeen()
    _ = try office.openCase(in: vault)
    _ = try office.openCase(in: try office.openSeen(as: ada.identity, home: ada.home))
    #expect(try office.openSeen().findings.isEmpty)
  }

  @Test func linkWithOtherBytesIsForgedAndTheSeenOneCounts() throws {
    let folder = "devices/\(office.manager.device.text)"
    let other = office.statement(
      32, by: office.manager,
      UnlockKeyEntry(number: 0, previous: nil, unlock: office.manager.unlockPublic).members
        .merging(["x": 1]) { _, new in new })
    try office.share.plant(other.bytes, at: "\(folder)/0")
    let report = try Check.run(office.openSeen(), isDeep: false, repair: false)
    #expect(report.findings.map(\.kind) == [.forged])
    #expect(report.findings.map(\.path) == ["\(folder)/0"])
  }

  @Test func checkSeesWhatTheCopiesHide() throws {
    let document = "\(try keyring)/document"
    try office.share.alter(document) { $0[200] ^= 1 }
    try office.share.alter("roster/\(ada.entry.text)") { $0[200] ^= 1 }
    #expect(try office.openSeen().findings.isEmpty)
    let report = try Check.run(office.openSeen(), isDeep: false, repair: false)
    let damaged = Set(report.findings.filter { $0.kind == .damaged }.map(\.path))
    #expect(damaged == ["roster/\(ada.entry.text)", document])
  }
}

/// The copies themselves.
@Suite struct CopiesTests {
  let office: Office
  let ada: Colleague

  init() throws {
    office = try Office()
    _ = try office.openCase()
    ada = try office.admit()
    _ = try office.openSeen().index()
  }

  @Test func everyFileOfAnUnlockIsKept() throws {
    let kept = office.homeShare().files(office.copies)
    let read = office.share.files().filter { path in
      ["roster/", "devices/", "keyring/", "index/"].contains { path.hasPrefix($0) }
    }
    #expect(kept == read)
    for path in kept {
      #expect(
        try office.homeShare().read("\(office.copies)/\(path)") == office.share.read(path))
    }
  }

  @Test func onlyWhatIsNewIsFetched() throws {
    let paths = HeldPaths()
    let faults = Faults(.none, reading: paths.add)
    _ = try office.openSeen(faults: faults).index()
    #expect(paths.all.isEmpty)
    let ben = try office.admit("Ben")
    _ = try office.openSeen(faults: faults).index()
    // The entry, the first link, the grant.
    #expect(paths.all.count == 3)
    #expect(paths.all.contains("roster/\(ben.entry.text)"))
  }

  @Test func spoiledCopyIsFetchedAgain() throws {
    for path in office.homeShare().files(office.copies) {
      let copy = "\(office.copies)/\(path)"
      try office.homeShare().alter(copy) { $0[$0.count / 2] ^= 1 }
      let vault = try office.openSeen()
      #expect(try vault.index().all.count == 1, "\(path)")
      #expect(vault.findings.isEmpty, "\(path)")
      #expect(try office.homeShare().read(copy) == office.share.read(path), "\(path)")
    }
  }

  @Test func spoiledCopyOfWhatVanishedIsNotPutBack() throws {
    let path = "roster/\(ada.entry.text)"
    try office.homeShare().alter("\(office.copies)/\(path)") { $0[130] ^= 1 }
    try office.share.remove(path)
    #expect(try office.openSeen().roster.members.count == 1)
    #expect(!office.share.exists(path))
  }

  @Test func hostileCopyBringsNobodyIn() throws {
    let stranger = try office.strangersIdentity()
    let member = Member(id: stranger.member, name: "Eve", role: .adviser)
    let entry = try office.admission(of: stranger, member, parents: [office.vaultID])
    let signed = office.statement(
      2, by: stranger, roster: office.vaultID, entry.members(at: office.clock.now))
    let id = Identifier(hash(.statementID, signed.bytes))
    try office.homeShare().plant(signed.bytes, at: "\(office.copies)/roster/\(id.text)")
    let vault = try office.openSeen()
    #expect(vault.roster.members.count == 2 && !vault.roster.knows(id))
    #expect(!office.share.exists("roster/\(id.text)"))
    #expect(!office.homeShare().exists("\(office.copies)/roster/\(id.text)"))
  }

  @Test func strangersAreNotCopied() throws {
    let stranger = try office.strangersIdentity()
    let before = office.homeShare().files(office.copies)
    try office.plant(office.statement(3, by: stranger, [:]), in: "roster")
    try office.plant([], signedBy: stranger)
    try office.grantMasterKey(to: stranger)
    let vault = try office.openSeen()
    #expect(!vault.findings.isEmpty)
    #expect(office.homeShare().files(office.copies) == before)
  }

  @Test func homeThatIsFullStopsNothing() throws {
    let full = try office.home("other", faults: Faults(.fail(nth: 1, .noSpace)))
    let vault = try office.openSeen(home: full)
    #expect(try vault.index().all.count == 1)
    #expect(vault.findings.map(\.kind) == [.stale])
  }

  @Test func crashAtAnyStepOfKeepingCopiesLeavesAVaultThatOpens() throws {
    for nth in 1...200 {
      let name = "home-\(nth)"
      let faults = Faults(.crash(after: nth))
      let home = try office.home(name, faults: faults)
      _ = try? office.openSeen(home: home).index()
      let vault = try office.openSeen(home: try office.home(name))
      #expect(try vault.index().all.count == 1 && vault.findings.isEmpty)
      if !faults.struck { return #expect(nth > 10) }
    }
    Issue.record("no run was clean")
  }
}

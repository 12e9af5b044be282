import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// A vault that stays open for hours, and what others do meanwhile.
@Suite struct RefreshTests {
  let office: Office
  let ada: Colleague
  let paths = HeldPaths()
  let vault: OpenVault

  init() throws {
    office = try Office()
    ada = try office.admit()
    _ = try office.openCase()
    vault = try office.openSeen(faults: Faults(.none, reading: paths.add))
    _ = try vault.index()
  }

  private func theirs() throws -> OpenVault {
    try office.openSeen(as: ada.identity, home: ada.home)
  }

  @Test func nothingNewIsNotReadAgain() throws {
    let before = paths.all.count
    #expect(try vault.vault.refreshed() == nil)
    try vault.refresh()
    #expect(try vault.index().all.count == 1)
    #expect(paths.all.count == before)
  }

  @Test func casesOfOthersComeWithOneRefresh() throws {
    let details = Office.details("New Client")
    let theirs = try office.openCase(details, in: theirs())
    #expect(!vault.keyring.holds(theirs))
    let named = try vault.caseID(named: details.reference.orThrow().text)
    #expect(named == theirs && vault.keyring.holds(theirs))
    #expect(try vault.caseFile(theirs).state.details.clientName == "New Client")
    #expect(try vault.index().find("new client").map(\.caseID) == [theirs])
  }

  @Test func caseAskedForByIdIsLookedForOnce() throws {
    let theirs = try office.openCase(in: theirs())
    #expect(try vault.caseFile(theirs).id == theirs)
    expect(.noKey) { _ = try vault.caseFile(office.vaultID) }
    expect(.notFound) { _ = try vault.caseID(named: "zzzz") }
  }

  @Test func rowWhoseKeyCameLaterIsOpenedThen() throws {
    let theirs = try office.openCase(Office.details("Row First"), in: theirs())
    // The row is there before this device has looked for the key.
    #expect(try vault.index().find("row first").isEmpty)
    try vault.refresh()
    #expect(try vault.index().find("row first").map(\.caseID) == [theirs])
  }

  @Test func onlyNewSegmentsAreRead() throws {
    _ = try office.openCase(in: theirs())
    let before = paths.all.count
    try vault.refresh()
    #expect(try vault.index().all.count == 2)
    let new = paths.all[before...]
    #expect(new.filter { $0.hasPrefix("keyring/") }.count == 1)
    #expect(new.filter { $0.hasPrefix("index/") }.count == 1)
    #expect(new.count == 2)
  }

  @Test func indexOfTheAgeAskedForIsNotReadAgain() throws {
    let caseID = try #require(try vault.index().all.first).caseID
    let theirs = try theirs()
    _ = try office.update(caseID, ["topic": "Visa"], vault: theirs)
    #expect(try vault.index(freshAtMost: 3).find("visa").isEmpty)
    office.clock.set("2026-11-22T12:00:03Z")
    #expect(try vault.index(freshAtMost: 3).find("visa").count == 1)
  }

  @Test func newMembersAreKnownAfterARefresh() throws {
    let ben = try office.admit("Ben")
    let caseID = try office.openCase(in: office.open(as: ben.identity, home: ben.home))
    #expect(vault.roster.members.count == 2)
    #expect(try vault.caseFile(caseID).state.entries.count == 1)
    #expect(vault.roster.members.count == 3)
  }

  @Test func whatVanishesMeanwhileIsPutBack() throws {
    let path = "keyring/\(try office.epoch.text)"
    let name = try #require(office.share.names(path).first { $0 != "document" })
    try office.share.remove("\(path)/\(name)")
    try vault.refresh()
    #expect(office.share.exists("\(path)/\(name)"))
    #expect(
      vault.findings.map(\.reason) == ["had vanished from the vault and was put back"])
  }

  @Test func ownSegmentsMergedByAnotherProcessAreLetGo() throws {
    for _ in 0..<4 { _ = try office.openCase(in: office.openSeen()) }
    try vault.refresh()
    _ = try office.openCase(in: vault)
    #expect(try vault.index().all.count == 6)
    #expect(try office.openSeen().index().all.count == 6)
    #expect(vault.findings.isEmpty)
  }

  /// Whoever looks seldom sees neither the merge that took a segment nor the one after it.
  @Test(arguments: [true, false])
  func segmentsThatAreMergedTwiceBetweenTwoLooksHaveNotVanished(isWatching: Bool) throws {
    let office = try Office()
    let ada = try office.admit()
    let watching = try office.openSeen(as: ada.identity, home: ada.home)
    for count in 1...12 {
      for _ in 0..<count { _ = try office.openCase() }
      let looking = try isWatching ? watching : office.openSeen(as: ada.identity, home: ada.home)
      if isWatching { try looking.refresh() }
      #expect(looking.findings.isEmpty, "after \(count): \(looking.findings)")
      #expect(looking.keyring.count == count * (count + 1) / 2)
    }
  }

  /// A key that nothing of its device holds any more has vanished all the same.
  @Test func aSegmentThatIsGoneIsMissedThoughOthersMerged() throws {
    let office = try Office()
    let ada = try office.admit()
    let folder = "keyring/\(try office.epoch.text)"
    let before = Set(office.share.names(folder))
    _ = try office.openCase()
    _ = try office.openSeen(as: ada.identity, home: ada.home)
    let segment = try #require(office.share.names(folder).first { !before.contains($0) })
    try office.share.remove("\(folder)/\(segment)")
    for _ in 0..<2 { _ = try office.openCase() }
    let looking = try office.openSeen(as: ada.identity, home: ada.home)
    #expect(looking.findings.map(\.path) == ["\(folder)/\(segment)"])
    #expect(looking.keyring.count == 3)
  }
}

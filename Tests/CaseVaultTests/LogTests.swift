import CaseVault
import Sealing
import Storage
import SystemPackage
import TestSupport
import Testing
import VaultFormat

/// design/vault.md §9: what is entered, when it is durable, and what refuses a reading.
@Suite struct LogTests {
  let office: Office
  let boot = MovableBoot()
  init() throws { office = try Office() }

  private var spools: String { "\(office.vaultID.text)/log/\(office.manager.device.text)" }

  private var caseID: Identifier { Identifier(InlineArray<32, UInt8>(repeating: 5)) }

  private func syncs(_ faults: Faults) -> Int {
    faults.trace.count { $0.hasPrefix("sync \(spools)/") }
  }

  @Test func firstEntryOfACaseIsSyncedAndOpensAWindow() throws {
    let faults = Faults(.none)
    let log = try office.membership(
      home: try office.home("home", faults: faults), boot: boot.clock
    ).log
    let entry = AccessEntry("case show", caseID: caseID)
    try log.enter(entry)
    #expect(syncs(faults) == 1)
    #expect(log.settlesAt == nil)
    let end = boot.now + AccessLog.window
    boot.pass(1_000_000_000)
    try log.enter(entry)
    boot.pass(999_999_999)
    // Written before it returns, and not synced; the window is not prolonged.
    let size = try office.homeShare().read("\(spools)/0").count
    try log.enter(entry)
    #expect(try office.homeShare().read("\(spools)/0").count > size)
    #expect(syncs(faults) == 1)
    #expect(log.settlesAt == end)
    try log.settle()
    #expect(syncs(faults) == 1)
    boot.pass(1)
    try log.settle()
    #expect(syncs(faults) == 2)
    #expect(log.settlesAt == nil)
    try log.enter(entry)
    #expect(syncs(faults) == 3)
  }

  @Test func anotherCaseHasAWindowOfItsOwn() throws {
    let faults = Faults(.none)
    let log = try office.membership(
      home: try office.home("home", faults: faults), boot: boot.clock
    ).log
    let other = Identifier(InlineArray<32, UInt8>(repeating: 6))
    try log.enter(AccessEntry("case show", caseID: caseID))
    try log.enter(AccessEntry("case show", caseID: caseID))
    // Its sync is for all that was written.
    try log.enter(AccessEntry("case show", caseID: other))
    #expect(syncs(faults) == 2)
    #expect(log.settlesAt == nil)
    try log.enter(AccessEntry("show", caseID: caseID))
    try log.settle(force: true)
    #expect(syncs(faults) == 3)
  }

  @Test func entriesWithoutACaseAreAlwaysSynced() throws {
    let faults = Faults(.none)
    let log = try office.membership(
      home: try office.home("home", faults: faults), boot: boot.clock
    ).log
    for turn in 1...3 {
      try log.enter(AccessEntry("case list"))
      #expect(syncs(faults) == turn)
    }
    try log.enter(made: [pattern(64), pattern(64)])
    #expect(syncs(faults) == 4)
    #expect(log.unshipped == 5)
  }

  @Test func withoutABootClockEverythingIsSynced() throws {
    let faults = Faults(.none)
    let log = try office.membership(
      home: try office.home("home", faults: faults), boot: BootClock { -1 }
    ).log
    for turn in 1...3 {
      try log.enter(AccessEntry("case show", caseID: caseID))
      #expect(syncs(faults) == turn)
    }
  }

  enum Loss: CaseIterable { case unlinked, replaced, shortened, lengthened }

  @Test(arguments: Loss.allCases)
  func spoolThatIsTakenAwayEndsAllReading(_ loss: Loss) throws {
    let log = try office.membership().log
    try log.enter(AccessEntry("one"))
    let home = office.homeShare()
    let bytes = try home.read("\(spools)/0")
    switch loss {
    case .unlinked: try home.remove("\(spools)/0")
    case .replaced:
      try home.remove("\(spools)/0")
      try home.plant(bytes, at: "\(spools)/0")
    case .shortened: try home.resize("\(spools)/0", to: bytes.count - 1)
    case .lengthened: try home.resize("\(spools)/0", to: bytes.count + 1)
    }
    for _ in 0..<2 {
      expect(.failed) { try log.enter(AccessEntry("two")) }
      expect(.failed) { try log.enter(made: [pattern(64)]) }
      #expect(log.isLost)
    }
  }

  @Test func readOnlyHomeRefusesReadingAndFiling() throws {
    let caseID = try office.openCase()
    let faults = Faults(.fail(nth: 3, .readOnlyFileSystem))
    let vault = try office.open(home: try office.home("home", faults: faults))
    #expect(throws: VaultError.self) { try office.note([1], in: caseID, vault: vault) }
    #expect(faults.struck)
    try office.note([1], in: caseID, vault: vault)
  }

  @Test func recordsAreEnteredBeforeTheyHaveAName() throws {
    let vault = try office.open()
    let caseID = try office.openCase(in: vault)
    let record = try office.note([1], in: caseID, vault: vault)
    try vault.membership.publish(.rosterKinds, kindsBody(), in: "roster")
    try vault.membership.log.ship()
    let made = try office.segments(of: office.manager).flatMap { segment in
      segment.segment.entries.filter { $0.kind == .made }.map {
        Identifier(segment.segment.bytes[$0.made])
      }
    }
    #expect(made.count == 3)
    #expect(made[1] == Identifier(hash(Label("cv1.made"), record.signature)))
  }

  private func kindsBody() throws -> [String: JSON] {
    ["kinds": [], "parents": JSON(ascending: [office.vaultID]), "time": .string(Office.noon)]
  }

  @Test func programsOfOneProcessShareOneLog() throws {
    let first = try office.membership()
    let second = try office.membership()
    #expect(first.log === second.log)
    let ada = try office.admit()
    #expect(try office.membership(as: ada).log !== first.log)
  }

  @Test func laterProgramContinuesTheChain() throws {
    for action in ["one", "two", "three"] {
      try office.membership().log.enter(AccessEntry(action))
    }
    try office.log("four")
    #expect(try office.streams().findings.isEmpty)
    #expect(try office.logged().entries.map(\.body.action) == ["one", "two", "three", "four"])
    // One segment, three changes of key; nothing is left to ship.
    let segments = try office.segments(of: office.manager)
    #expect(segments.count == 1)
    #expect(segments[0].segment.entries.count { $0.kind == .change } == 3)
    #expect(office.homeShare().names(spools) == ["head", "shipped"])
  }

  @Test func segmentsStayFew() throws {
    let membership = try office.membership()
    for number in 0..<40 {
      try membership.log.enter(AccessEntry("\(number)"))
      try membership.log.ship()
    }
    #expect(try office.segments(of: office.manager).count <= 6)
    #expect(try office.streams().findings.isEmpty)
    #expect(try office.logged().entries.map(\.body.action) == (0..<40).map(String.init))
  }

  @Test func homePutBackToAnOldImageIsRefused() throws {
    try office.log("one")
    let image = try office.homeShare().files().map { ($0, try office.homeShare().read($0)) }
    try office.log("two")
    func putBack() throws {
      for name in office.homeShare().files() { try office.homeShare().remove(name) }
      for (name, bytes) in image { try office.homeShare().plant(bytes, at: name) }
    }
    try putBack()
    expect(.refused) { _ = try office.membership() }
    expect(.refused) { _ = try office.open() }
    // Also without anything of its log.
    try office.homeShare().remove("\(office.vaultID.text)/log")
    expect(.refused) { _ = try office.membership() }
  }

  @Test func spoolTakenFromBetweenTwoIsFound() throws {
    for action in ["one", "two", "three"] {
      try office.membership().log.enter(AccessEntry(action))
    }
    try office.homeShare().remove("\(spools)/1")
    expect(.damaged) { _ = try office.membership() }
  }

  @Test func entriesThatWaitTooLongKeepAnybodyFromReading() throws {
    let log = try office.membership().log
    try log.enter(AccessEntry("one"))
    #expect(log.findings.isEmpty)
    try office.share.remove("log")
    try office.share.plant([1], at: "log")
    #expect(throws: VaultError.self) { try log.ship() }
    #expect(log.findings.map(\.kind) == [.stale])
    office.clock.set("2026-11-25T12:00:00Z")
    try log.enter(AccessEntry("two"))
    office.clock.set("2026-11-25T12:00:01Z")
    expect(.failed) { try log.enter(AccessEntry("three")) }
    try log.enter(AccessEntry("three", outcome: .refused))
    try log.enter(made: [pattern(64)])
    try log.close()
    try office.share.remove("log")
    try log.close()
    #expect(log.findings.isEmpty)
    try log.enter(AccessEntry("four"))
  }

  @Test func detailsDieWithTheCase() throws {
    let vault = try office.open()
    let caseID = try office.openCase(in: vault)
    let key = try vault.keyring.keys(of: caseID)[0]
    try vault.membership.log.enter(
      AccessEntry("case show", caseID: caseID, details: ["ref": "7K3Q-M2XD"]), caseKey: key)
    try vault.membership.log.ship()
    let entry = try #require(try office.logged().entries.first)
    let sealed = try #require(entry.body.details)
    let opened = try Envelope.open(
      Array(sealed[24...]), key: office.caseKey(of: caseID).key.derive(Label("cv1.log")),
      nonce: Array(sealed[..<24]),
      data: LogEntry.detailsData(
        vault: office.vaultID, device: office.manager.device, sequence: entry.sequence))
    #expect(opened == text(#"{"ref":"7K3Q-M2XD"}"#))
    #expect(entry.sequence == 1)
  }

  @Test func onlyAuditorsRead() throws {
    let ada = try office.admit()
    let desk = try office.admit("Dan Desk", role: .desk, isGranted: false)
    try office.log("one", as: ada)
    for colleague in [ada, desk] {
      let membership = try office.membership(as: colleague)
      #expect(try membership.rolePairs(.auditor).isEmpty)
      expect(.refused) { _ = try membership.readLog(LogFilter()) }
    }
    expect(.noKey) { _ = try office.streams().entries(with: []) }
    // Not even with a grant that somebody made for her.
    try office.grant(.auditor, to: ada.identity)
    #expect(try office.membership(as: ada).rolePairs(.auditor).isEmpty)
    #expect(try office.membership().rolePairs(.auditor).count == 1)
    #expect(try office.membership().rolePairs(.managers).count == 1)
  }

  @Test func grantOfAnotherKeyThanItNamesIsNone() throws {
    let pairs = try office.membership().rolePairs(.auditor)
    try office.grant(.auditor, to: office.manager, subject: Identifier(randomBytes(32))!)
    #expect(
      try office.membership().rolePairs(.auditor).map(\.publicKey) == pairs.map(\.publicKey))
  }

  @Test func filterHidesEntriesAndNoFinding() throws {
    let ada = try office.admit()
    try office.log("one", as: ada)
    try office.log("two")
    try office.rewrite(ada.identity) { $0[0][100] ^= 1 }
    var filter = LogFilter()
    filter.member = office.manager.member
    let (entries, findings) = try office.membership().readLog(filter)
    #expect(entries.map(\.body.action) == ["two", "log show"])
    #expect(findings.contains { $0.isDamage })
    filter.since = CivilDate("2026-11-23")
    #expect(try office.membership().readLog(filter).entries.isEmpty)
    #expect(try office.membership().readLog(filter).findings.contains { $0.isDamage })
  }
}

extension Office {
  /// Grants a role's key, or rather any, to a device.
  func grant(
    _ purpose: Grant.Purpose, to identity: Identity, subject: Identifier? = nil
  ) throws {
    let pair = try UnlockKey.random()
    var grant = Grant(
      purpose, vault: vaultID, subject: subject ?? Identifier(pair.publicKey), roster: vaultID,
      device: identity.device, unlock: identity.unlockPublic)
    grant.box = try Box.seal(pair.secret, to: identity.unlockPublic.inline, data: grant.data)
    try plant(segment: grant.bytes, in: "keyring/\(epoch.text)")
  }
}

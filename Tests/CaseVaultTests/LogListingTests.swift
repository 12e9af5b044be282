import CaseVault
import Storage
import TestSupport
import Testing
import VaultFormat

/// Listings of a mount's folders (FORMAT §13, 7): one window for all cases, and none for what is
/// opened after them.
@Suite struct LogListingTests {
  let office: Office
  let boot = MovableBoot()
  let faults = Faults(.none)
  let log: AccessLog

  init() throws {
    office = try Office()
    log = try office.membership(
      home: try office.home("home", faults: faults), boot: boot.clock
    ).log
  }

  private var spools: String { "\(office.vaultID.text)/log/\(office.manager.device.text)" }

  private var syncs: Int { faults.trace.count { $0.hasPrefix("sync \(spools)/") } }

  private func caseID(_ number: UInt8) -> Identifier {
    Identifier(InlineArray<32, UInt8>(repeating: number))
  }

  private func list(_ number: UInt8?) throws {
    try log.enter(
      AccessEntry("mount list", caseID: number.map { caseID($0) }), isListing: true)
  }

  private func open(_ number: UInt8) throws {
    try log.enter(
      AccessEntry("mount open", caseID: caseID(number), record: caseID(number + 100)))
  }

  @Test func firstListingIsSyncedAndThoseOfAllCasesInItsWindowAreNot() throws {
    try list(nil)
    #expect(syncs == 1 && log.settlesAt == nil)
    let end = boot.now + AccessLog.window
    #expect(AccessLog.window == 2_000_000_000)
    for number in 1...40 {
      boot.pass(40_000_000)
      let size = try office.homeShare().read("\(spools)/0").count
      try list(UInt8(number))
      // Written before it returns, and not synced; the window is not prolonged.
      #expect(try office.homeShare().read("\(spools)/0").count > size)
      #expect(syncs == 1 && log.settlesAt == end)
    }
    boot.pass(end - boot.now - 1)
    try list(1)
    #expect(syncs == 1)
    boot.pass(1)
    try list(2)
    // What the window left, and this one, which opens another.
    #expect(syncs == 3 && log.settlesAt == nil)
    try list(nil)
    #expect(syncs == 3 && log.settlesAt == boot.now + AccessLog.window)
  }

  @Test func recordOpenedAfterAListingIsSyncedFirst() throws {
    try list(1)
    try list(2)
    #expect(syncs == 1 && log.settlesAt != nil)
    try open(1)
    // Its sync is for all that was written.
    #expect(syncs == 2 && log.settlesAt == nil)
    try open(2)
    #expect(syncs == 3)
  }

  @Test func listingAfterARecordWasOpenedHasAWindowOfItsOwn() throws {
    try open(1)
    try open(1)
    #expect(syncs == 1 && log.settlesAt != nil)
    try list(1)
    #expect(syncs == 2)
    // Nor does it open, prolong or end the window of the case.
    try open(1)
    #expect(syncs == 2)
    boot.pass(AccessLog.window)
    try list(2)
    #expect(syncs == 4)
    try open(1)
    #expect(syncs == 5)
  }

  @Test func whatIsNoListingAndHasNoCaseIsSyncedAlways() throws {
    try list(nil)
    for turn in 2...4 {
      try log.enter(AccessEntry("case list"))
      #expect(syncs == turn)
    }
  }

  @Test func withoutABootClockEachListingIsSynced() throws {
    let faults = Faults(.none)
    let other = try Office()
    let log = try other.membership(
      home: try other.home("home", faults: faults), boot: BootClock { -1 }
    ).log
    for turn in 1...3 {
      try log.enter(AccessEntry("mount list", caseID: caseID(1)), isListing: true)
      #expect(faults.trace.count { $0.hasPrefix("sync ") && $0.contains("/log/") } >= turn)
    }
  }

  @Test func listingsNameTheirCase() throws {
    try list(1)
    try list(2)
    try list(nil)
    try log.ship()
    #expect(
      try office.logged().entries.map(\.body.caseID) == [caseID(1), caseID(2), nil])
  }
}

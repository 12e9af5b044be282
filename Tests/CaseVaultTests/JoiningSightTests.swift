import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// What an admission names of the vault, and who is shown less of it (FORMAT §6.2).
@Suite struct JoiningSightTests {
  let office: Office
  let ada: Newcomer
  init() throws {
    office = try Office()
    ada = try office.join("Ada")
  }

  /// A second link of Ada's chain, as a renewal makes it.
  private func renew() throws -> String {
    let folder = "devices/\(ada.identity.device.text)"
    let first = try Identifier(hash(.statementID, office.share.read("\(folder)/0")))
    let link = UnlockKeyEntry(
      number: 1, previous: first, unlock: Identifier(try UnlockKey.random().publicKey))
    try office.share.plant(
      office.statement(32, by: ada.identity, link.members).bytes, at: "\(folder)/1")
    return "\(folder)/1"
  }

  @Test func aRenewedKeyIsGrantedTo() throws {
    _ = try renew()
    #expect(try Grants.complete(office.membership()).written == 1)
    #expect(try Grants.complete(office.membership()).written == 0)
    #expect(Set(try office.grants(to: ada.identity.device).map(\.unlock)).count == 2)
  }

  @Test func nobodyGrantsToAChainThatWasPutBack() throws {
    let link = try renew()
    _ = try office.join("Ben")
    let there = try office.grants(to: ada.identity.device).count
    try office.share.remove(link)
    // Her grants are gone with it, so that the old key would be granted to again.
    let folder = "keyring/\(try office.epoch.text)"
    for name in office.share.names(folder) {
      guard let grant = try? Grant(office.share.read("\(folder)/\(name)")),
        grant.device == ada.identity.device
      else { continue }
      try office.share.remove("\(folder)/\(name)")
    }
    #expect(there == 2)
    let report = try Grants.complete(office.membership())
    #expect(report.written == 0)
    #expect(report.findings.map(\.path) == ["devices/\(ada.identity.device.text)"])
    #expect(try office.findings(.missing).map(\.path) == report.findings.map(\.path))
    let cem = try office.enrol("Cem")
    #expect(try office.admit(cem).findings == report.findings)
  }

  @Test func anEpochThatIsNotShownIsMissed() throws {
    let identity = try office.strangersIdentity()
    let other = Identifier(randomBytes(32))!
    let heads = try office.vault().roster.heads
    let entry = RosterEntry.admit(
      RosterEntry.Admission(
        member: Member(id: identity.member, name: "Ben", role: .desk),
        device: DeviceKeys(
          sign: Identifier(identity.signing.publicKey), unlock: identity.unlockPublic),
        parents: heads, sight: RosterEntry.Sight(chains: [:], epoch: other),
        time: office.clock.now))
    try office.plant(
      office.statement(
        2, by: office.manager, roster: heads[0], entry.members(at: office.clock.now)), in: "roster")
    #expect(try office.vault().shownLess().map(\.path) == ["keyring/\(other.text)"])
  }

  @Test func anAdmissionNamesEveryChainAndTheEpoch() throws {
    let ben = try office.join("Ben")
    let head = try office.vault().roster.heads[0]
    let entry = try RosterEntry(Statement(office.share.read("roster/\(head.text)")))
    let devices = [office.manager.device, ada.identity.device, ben.identity.device]
    #expect(Set(try #require(entry.sight).chains.keys) == Set(devices))
    #expect(entry.sight?.epoch == (try office.epoch))
  }

  @Test func wordsOverTheStateTellTwoViewsApart() throws {
    let before = try office.vault().stateWords()
    #expect(try office.vault().stateWords() == before)
    let link = try renew()
    let renewed = try office.vault().stateWords()
    #expect(renewed != before)
    try office.share.remove(link)
    #expect(try office.vault().stateWords() == before)
    _ = try office.admit("Ben")
    #expect(try office.vault().stateWords() != before)
  }
}

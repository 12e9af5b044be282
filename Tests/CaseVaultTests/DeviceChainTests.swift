import CaseVault
import Sealing
import TestSupport
import Testing
import VaultFormat

/// FORMAT §6.3, as `check` sees it.
@Suite struct DeviceChainTests {
  let office: Office
  init() throws { office = try Office() }

  private var folder: String { "devices/\(office.manager.device.text)" }

  /// A link behind the first.
  private func link(
    _ number: Int = 1, previous: Identifier? = nil, by identity: Identity? = nil,
    as device: Identifier? = nil, vault: Identifier? = nil, kind: UInt32 = 32,
    unlock: Identifier? = nil
  ) throws -> Statement {
    let first = try Identifier(hash(.statementID, office.share.read("\(folder)/0")))
    var members = UnlockKeyEntry(
      number: number, previous: previous ?? first,
      unlock: unlock ?? Identifier(randomBytes(32))!
    ).members
    if number == 0 { members["previous"] = nil }
    return office.statement(
      kind, by: identity ?? office.manager, as: device, vault: vault, members)
  }

  private func findings(_ statement: Statement, at number: Int = 1) throws -> [Finding] {
    try office.share.plant(statement.bytes, at: "\(folder)/\(number)")
    return try office.deepFindings()
  }

  @Test func nextLinkIsTaken() throws {
    #expect(try findings(link()).isEmpty)
  }

  @Test func linkOfAnotherIsForged() throws {
    let ada = try office.admit()
    let stranger = try office.strangersIdentity()
    let other = Identifier(randomBytes(32))!
    let forgeries = [
      try link(by: ada.identity), try link(by: ada.identity, as: office.manager.device),
      try link(as: ada.identity.device),
      try link(by: stranger, as: office.manager.device), try link(previous: other),
      try link(2), try link(vault: other), try link(kind: 48),
    ]
    for forgery in forgeries {
      let findings = try findings(forgery)
      #expect(findings.map(\.kind) == [.forged])
      #expect(findings.map(\.path) == ["\(folder)/1"])
    }
  }

  @Test func firstLinkHasTheKeyOfTheRoster() throws {
    #expect(try findings(link(0), at: 0).map(\.kind) == [.forged])
    let again = try link(0, unlock: office.manager.unlockPublic)
    #expect(try findings(again, at: 0).isEmpty)
  }

  @Test func gapsAndStrangersAreFound() throws {
    try office.share.plant(try link(2).bytes, at: "\(folder)/2")
    try office.share.plant([1], at: "\(folder)/01")
    try office.share.plant([1], at: "devices/nobody/0")
    let findings = try office.deepFindings()
    #expect(Set(findings.map(\.path)).isSuperset(of: ["\(folder)/1", "devices/nobody"]))
    try office.share.remove("\(folder)/2")
    #expect(try office.findings(.stranger).map(\.path).contains("\(folder)/01"))
    try office.share.remove("\(folder)/0")
    #expect(try office.findings(.missing).map(\.path) == ["\(folder)/0"])
  }
}

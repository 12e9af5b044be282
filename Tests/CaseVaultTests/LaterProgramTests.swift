import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// FORMAT §5.2 and §6.4: what a later program may have written.
@Suite struct LaterProgramTests {
  let office: Office
  init() throws { office = try Office() }

  private static let places = ["roster", "keyring", "shred/aaaa"]

  private func folder(_ place: String) throws -> String {
    place == "keyring" ? "keyring/\(try office.epoch.text)" : place
  }

  /// Puts kinds in use on the roster's list, as a later program's manager does.
  private func list(_ kinds: [KindInUse]) throws {
    let heads = try Vault(Folder(office.share.path)).roster.heads
    let entry = RosterEntry.kinds(kinds, parents: heads)
    try office.plant(
      office.statement(
        3, by: office.manager, roster: heads[0], entry.members(at: office.clock.now)),
      in: "roster")
  }

  @Test(arguments: places, [5, 31, 49, 84, 113, 4_000_000_000] as [UInt32])
  func unknownKindOfAMemberMakesItRefuseTheVault(place: String, kind: UInt32) throws {
    try list([KindInUse(kind: Statement.Kind(rawValue: kind), since: "0.7", must: false)])
    _ = try office.open()
    try office.plant(
      office.statement(kind, by: office.manager, ["parents": JSON([office.vaultID.text])]),
      in: try folder(place))
    let error = expect(.noVault) { _ = try office.open() }
    #expect(error?.message.contains("\(kind)") == true)
    #expect(error?.hint?.contains("0.7") == true)
  }

  @Test(arguments: places)
  func unknownKindOfTheDeskMakesItRefuseTheVaultToo(place: String) throws {
    let desk = try office.admit("Dan", role: .desk)
    try office.plant(office.statement(84, by: desk.identity, [:]), in: try folder(place))
    expect(.noVault) { _ = try office.open() }
  }

  @Test(arguments: places)
  func unlistedKindNamesTheNewestProgram(place: String) throws {
    try office.plant(office.statement(200, by: office.manager, [:]), in: try folder(place))
    let error = expect(.noVault) { _ = try office.open() }
    #expect(error?.hint?.contains("newest") == true)
  }

  @Test(arguments: places)
  func unknownKindOfAStrangerIsIgnoredAndReported(place: String) throws {
    let caseID = try office.openCase()
    let stranger = try office.strangersIdentity()
    let paths = [
      try office.plant(office.statement(84, by: stranger, [:]), in: try folder(place)),
      try office.plant(
        office.statement(85, by: stranger, as: office.manager.device, [:]),
        in: try folder(place)),
    ]
    let vault = try office.open()
    #expect(try vault.caseFile(caseID).state.opened != nil)
    let findings = try Check.run(vault, isDeep: true, repair: false).findings
    #expect(Set(findings.map(\.path)) == Set(paths))
  }

  @Test(arguments: places, [2, 48, 200] as [UInt32])
  func sealedStatementOfAMemberMakesItRefuseTheVault(place: String, kind: UInt32) throws {
    // One in the roster whose kind belongs elsewhere is a stranger.
    if place == "roster" && kind == 48 { return }
    var bytes = office.statement(kind, by: office.manager, [:]).bytes
    bytes[10] = 3
    let signed = Array(bytes.dropLast(64))
    bytes = signed + office.manager.signing.sign(Statement.signatureText, signed)
    try office.share.plant(
      bytes, at: "\(try folder(place))/\(Identifier(hash(.statementID, bytes)).text)")
    expect(.noVault) { _ = try office.open() }
  }

  @Test func unknownKindInAnotherEpochIsMetToo() throws {
    try office.plant(
      office.statement(49, by: office.manager, [:]),
      in: "keyring/\(Identifier(randomBytes(32))!.text)")
    expect(.noVault) { _ = try office.open() }
  }

  @Test(arguments: ["requests", "enquiries", "tmp", "log/x", "cases/aa"])
  func elsewhereUnknownKindsAreNotRead(place: String) throws {
    try office.plant(office.statement(200, by: office.manager, [:]), in: place)
    _ = try office.open()
  }

  /// A statement that is as it should be, in a place where it should not be.
  @Test func knownKindInTheWrongPlaceIsIgnoredAndReported() throws {
    let caseID = try office.openCase()
    let document = "keyring/\(try office.epoch.text)/document"
    try office.share.copy(document, to: "roster/\(try office.epoch.text)")
    let link = try office.share.read("devices/\(office.manager.device.text)/0")
    try office.share.plant(
      link, at: "roster/\(Identifier(hash(.statementID, link)).text)")
    let vault = try office.open()
    #expect(try vault.caseFile(caseID).state.opened != nil)
    #expect(vault.findings.count == 2)
  }

  @Test func kindThatMustBeKnownMakesItRefuseTheVault() throws {
    let kind = Statement.Kind(rawValue: 84)
    try list([KindInUse(kind: kind, since: "0.4", must: false)])
    _ = try office.open()
    try list([KindInUse(kind: kind, since: "0.5", must: true)])
    let error = expect(.noVault) { _ = try office.open() }
    #expect(error?.message.contains("84") == true)
    #expect(error?.hint?.contains("0.") == true)
  }

  @Test func kindsOfAnAdviserOrStrangerAreNotListed() throws {
    let ada = try office.admit()
    let stranger = try office.strangersIdentity()
    let kinds = [KindInUse(kind: Statement.Kind(rawValue: 84), since: "0.4", must: true)]
    let members = RosterEntry.kinds(kinds, parents: [ada.entry]).members(at: office.clock.now)
    try office.plant(
      office.statement(3, by: ada.identity, roster: ada.entry, members), in: "roster")
    try office.plant(
      office.statement(3, by: stranger, roster: ada.entry, members), in: "roster")
    let vault = try office.open()
    #expect(Set(vault.findings.map(\.kind)) == [.forged, .stranger])
  }

  @Test func laterDescriptorIsSaidToBeOne() throws {
    let path = VaultDescriptor.fileName
    try office.share.plant(
      text("{\"casevault\":2,\"vault\":\"\(office.vaultID.text)\"}\n"), at: path)
    let error = expect(.noVault) { _ = try office.open() }
    #expect(error?.message.contains("later") == true)
  }

  @Test(arguments: [
    "", "{}\n", "{\"casevault\":1}\n", "hello", "{\"casevault\":1,\"vault\":\"a\"}\n",
  ])
  func somethingElseIsNoVault(content: String) throws {
    try office.share.plant(text(content), at: VaultDescriptor.fileName)
    expect(.noVault) { _ = try office.open() }
  }

  @Test func folderWithoutDescriptorIsNoVault() throws {
    try office.share.remove(VaultDescriptor.fileName)
    expect(.noVault) { _ = try office.open() }
  }
}

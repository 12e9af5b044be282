import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// A further computer of a member: it needs the signature of another of theirs.
@Suite struct JoiningDeviceTests {
  let office: Office
  let ada: Newcomer
  init() throws {
    office = try Office()
    ada = try office.join("Ada")
  }

  private func countersign(_ newcomer: Newcomer, by signer: Newcomer?) throws -> Admitted {
    let membership = try signer.map { try office.membership(of: $0) } ?? office.membership()
    return try membership.countersign(newcomer.enrolment.request.text, words: newcomer.words)
  }

  @Test func aSecondComputerCountsOnceTheFirstSigns() throws {
    let laptop = try office.enrol("Ada")
    let admitted = try office.admit(laptop, as: .device(of: "Ada"))
    #expect(admitted.needs?.contains("Ada") == true && admitted.granted == 0)
    expect(.refused) { _ = try office.membership(of: laptop) }
    #expect(try office.vault().roster.pending.map(\.entry) == [admitted.entry])
    #expect(try office.deepFindings().isEmpty)

    let signed = try countersign(laptop, by: ada)
    // An adviser holds the master key, and grants it on.
    #expect(signed.needs == nil && signed.granted == 1 && signed.isDevice)
    let vault = try office.open(as: laptop.identity, home: laptop.home)
    #expect(vault.member == (try office.membership(of: ada).member))
    #expect(try office.vault().roster.members.count == 2)
    #expect(try office.vault().roster.pending.isEmpty)
    let caseID = try office.openCase(in: vault)
    #expect(try office.open().caseFile(caseID).state.opened != nil)
    #expect(try office.deepFindings().isEmpty)
  }

  /// A manager's false computer of Ada's, and whoever would help.
  @Test func nobodyElseBringsAComputerOntoAPersonsName() throws {
    let ben = try office.join("Ben")
    let impostor = try office.enrol("Ada")
    try office.admit(impostor, as: .device(of: "Ada"))
    expect(.refused) { _ = try countersign(impostor, by: nil) }
    expect(.refused) { _ = try countersign(impostor, by: ben) }
    #expect(try office.grants(to: impostor.identity.device).isEmpty)
    // Nor does a second signature that is planted.
    for signer in [office.manager, ben.identity, impostor.identity] {
      let vault = try office.vault()
      let entry = RosterEntry.countersign(
        RosterEntry.Countersignature(
          entry: vault.roster.pending[0].entry, parents: vault.roster.heads,
          time: office.clock.now))
      let path = try office.plant(
        office.statement(
          8, by: signer, roster: vault.roster.heads[0], entry.members(at: office.clock.now)),
        in: "roster")
      let after = try office.vault()
      #expect(after.findings.map(\.path) == [path])
      #expect(after.roster.standing(of: impostor.identity.device) == nil)
      try office.share.remove(path)
    }
    expect(.refused) {
      _ = try office.membership(of: ada).countersign(nil, words: ben.words)
    }
  }

  @Test func theManagersOwnComputerIsInForceAtOnce() throws {
    let laptop = try office.enrol("Mara Manager")
    let admitted = try office.admit(laptop, as: .device(of: "Mara Manager"))
    #expect(admitted.needs == nil && admitted.granted == 3)
    let vault = try office.open(as: laptop.identity, home: laptop.home)
    #expect(vault.member.role == .manager)
    #expect(try vault.membership.rolePairs(.auditor).count == 1)
    #expect(try vault.membership.rolePairs(.managers).count == 1)
  }

  @Test func aComputerOfNobodyIsNotAdmitted() throws {
    let laptop = try office.enrol("Zoe")
    expect(.notFound) { try office.admit(laptop, as: .device(of: "Zoe")) }
  }

  @Test func anAdviserAdmitsNoComputerOfTheirOwn() throws {
    let laptop = try office.enrol("Ada")
    expect(.refused) { try office.admit(laptop, as: .device(of: "Ada"), by: ada) }
    let vault = try office.vault()
    let entry = RosterEntry.device(
      RosterEntry.Device(
        member: try office.membership(of: ada).member.id,
        device: DeviceKeys(
          sign: Identifier(laptop.identity.signing.publicKey),
          unlock: laptop.identity.unlockPublic),
        parents: vault.roster.heads,
        sight: RosterEntry.Sight(chains: [:], epoch: try office.epoch),
        request: laptop.enrolment.request, time: office.clock.now))
    try office.plant(
      office.statement(
        4, by: ada.identity, roster: vault.roster.heads[0], entry.members(at: office.clock.now)),
      in: "roster")
    #expect(try office.vault().findings.map(\.kind) == [.forged])
  }

  @Test func anIdentityThatNamesAnotherMemberDoesNotFit() throws {
    let unlock = try UnlockKey.random()
    let identity = Identity(
      vault: office.vaultID, member: Base32.encode(randomBytes(16)),
      signing: try SigningKey(seed: ada.identity.signing.seed.copy()), unlock: unlock)
    expect(.damaged) { _ = try office.membership(of: identity) }
  }
}

import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// Managers, chief executive and trustee come in with two signatures.
@Suite struct JoiningSeniorTests {
  let office: Office
  init() throws { office = try Office() }

  private func isInForce(_ newcomer: Newcomer) throws -> Bool {
    try office.vault().roster.standing(of: newcomer.identity.device) != nil
  }

  /// Plants a second signature, and says whether it is part of the roster.
  private func plantsSecond(
    of entry: Identifier, by signer: Identity, parents: [Identifier]? = nil
  ) throws -> Bool {
    let parents = try parents ?? office.vault().roster.heads
    let second = RosterEntry.countersign(
      RosterEntry.Countersignature(entry: entry, parents: parents, time: office.clock.now))
    let statement = office.statement(
      8, by: signer, roster: parents[0], second.members(at: office.clock.now))
    try office.plant(statement, in: "roster")
    return try office.vault().roster.knows(Identifier(hash(.statementID, statement.bytes)))
  }

  @Test(arguments: [
    (Role.manager, 3), (.chiefExecutive, 0), (.trustee, 1), (.adviser, 1), (.desk, 0),
  ])
  func aRoleIsGrantedWhatItIsEntitledTo(role: Role, count: Int) throws {
    let newcomer = try office.join("Colleague", as: .member(role))
    #expect(try office.grants(to: newcomer.identity.device).count == count)
    let membership = try office.membership(of: newcomer)
    #expect(
      try membership.rolePairs(.auditor).isEmpty == ![.manager, .trustee].contains(role))
    #expect(try membership.rolePairs(.managers).isEmpty == (role != .manager))
    if role.holdsMasterKey {
      _ = try OpenVault(membership)
    } else {
      expect(.refused) { _ = try OpenVault(membership) }
    }
  }

  /// What another member planted for those who are not entitled is not used.
  @Test(arguments: [Role.desk, .chiefExecutive, .trustee])
  func plantedGrantsOpenNothing(role: Role) throws {
    let newcomer = try office.join("Colleague", as: .member(role))
    try office.grantMasterKey(to: newcomer.identity)
    let founding = try office.vault().roster.founding
    let pair = try office.membership().rolePairs(.managers)[0]
    var grant = Grant(
      .managers, vault: office.vaultID, subject: founding.managers, roster: office.vaultID,
      device: newcomer.identity.device, unlock: newcomer.identity.unlockPublic)
    grant.box = try Box.seal(
      pair.key.secret, to: newcomer.identity.unlockPublic.inline, data: grant.data)
    try office.plant(segment: grant.bytes, in: "keyring/\(try office.epoch.text)")
    let membership = try office.membership(of: newcomer)
    #expect(try membership.rolePairs(.managers).isEmpty)
    expect(.refused) { _ = try OpenVault(membership) }
    // And nothing of it is granted on.
    let ada = try office.enrol("Ada")
    try office.admit(ada)
    #expect(try Grants.complete(membership).written == 0)
  }

  @Test func aPairThatIsNotTheOneNamedIsNotUsed() throws {
    let founding = try office.vault().roster.founding
    let folder = "keyring/\(try office.epoch.text)"
    for name in office.share.names(folder) where name != "document" {
      let grant = try Grant(office.share.read("\(folder)/\(name)"))
      if grant.purpose == .auditor { try office.share.remove("\(folder)/\(name)") }
    }
    for subject in [founding.auditor, founding.managers] {
      let other = try UnlockKey.random()
      var grant = Grant(
        .auditor, vault: office.vaultID, subject: subject, roster: office.vaultID,
        device: office.manager.device, unlock: office.manager.unlockPublic)
      grant.box = try Box.seal(
        other.secret, to: office.manager.unlockPublic.inline, data: grant.data)
      try office.plant(segment: grant.bytes, in: folder)
    }
    #expect(try office.membership().rolePairs(.auditor).isEmpty)
    #expect(try office.membership().rolePairs(.managers).count == 1)
  }

  @Test func theThirdSeniorNeedsASecondSignature() throws {
    let second = try office.join("Max", as: .member(.manager))
    let chief = try office.join("Cleo", as: .member(.chiefExecutive))
    let ada = try office.join("Ada")
    let trustee = try office.enrol("Tom")
    let admitted = try office.admit(trustee, as: .member(.trustee))
    #expect(admitted.needs != nil && admitted.granted == 0)
    #expect(try !isInForce(trustee))
    #expect(try office.grants(to: trustee.identity.device).isEmpty)
    expect(.refused) { _ = try office.membership(of: trustee) }

    // The same member, an adviser, the newcomer: none of them counts.
    let words = trustee.words
    expect(.refused) { _ = try office.membership().countersign(admitted.entry.text, words: words) }
    expect(.refused) {
      _ = try office.membership(of: ada).countersign(admitted.entry.text, words: words)
    }
    for signer in [office.manager, ada.identity, trustee.identity] {
      #expect(try !plantsSecond(of: admitted.entry, by: signer))
      #expect(try !isInForce(trustee))
    }
    expect(.refused) {
      _ = try office.membership(of: chief).countersign(nil, words: "abandon")
    }
    let signed = try office.membership(of: chief).countersign(nil, words: words)
    // The chief executive holds no key to grant; a manager's program does it.
    #expect(signed.needs == nil && signed.granted == 0)
    #expect(try Grants.complete(office.membership(of: second)).written == 1)
    #expect(try office.membership(of: trustee).rolePairs(.auditor).count == 1)
    expect(.notFound) { _ = try office.membership(of: chief).countersign(nil, words: words) }
  }

  @Test func theSecondManagerAdmitsNobodyAlone() throws {
    let second = try office.join("Max", as: .member(.manager))
    let third = try office.enrol("Mia")
    let admitted = try office.admit(third, as: .member(.manager), by: second)
    #expect(admitted.needs != nil)
    #expect(
      try office.membership().countersign(nil, words: third.words).needs == nil)
    _ = try office.open(as: third.identity, home: third.home)
  }

  @Test func aSecondComputerOfTheSameManagerIsNoSecondSignature() throws {
    _ = try office.join("Max", as: .member(.manager))
    _ = try office.join("Cleo", as: .member(.chiefExecutive))
    let laptop = try office.join("Mara Manager", as: .device(of: "Mara Manager"))
    let trustee = try office.enrol("Tom")
    let entry = try office.admit(trustee, as: .member(.trustee)).entry
    expect(.refused) {
      _ = try office.membership(of: laptop).countersign(entry.text, words: trustee.words)
    }
    #expect(try !plantsSecond(of: entry, by: laptop.identity))
    // Nor does it open two more seats.
    let other = try office.enrol("Theo")
    #expect(try office.admit(other, as: .member(.trustee), by: laptop).needs != nil)
  }

  /// Two branches made apart, each with somebody whom the founding manager admitted
  /// alone: only two such seats are there once they meet.
  @Test func seatsAreCountedOverAllBranches() throws {
    let founder = office.vaultID
    let branches = try (0..<3).map { number in
      try office.admit("Manager \(number)", role: .manager, parents: [founder], isGranted: false)
    }
    for branch in branches {
      let standing = try office.vault().roster.standing(
        of: branch.identity.device, at: branch.entry)
      #expect(standing != nil)
    }
    let ordered = branches.sorted { $0.entry < $1.entry }
    var roster = try office.vault().roster
    #expect(
      ordered.map { roster.standing(of: $0.identity.device) != nil } == [true, true, false])
    #expect(roster.pending.map(\.entry) == [ordered[2].entry])
    // On its own branch the third is in force, and still may not sign for itself.
    #expect(
      try !plantsSecond(
        of: ordered[2].entry, by: ordered[2].identity, parents: [ordered[2].entry]))
    // Whom it admitted there does not count where it does not.
    let ada = try office.admit(
      "Ada", by: ordered[2].identity, parents: [ordered[2].entry], isGranted: false)
    roster = try office.vault().roster
    #expect(roster.standing(of: ada.identity.device, at: ada.entry) != nil)
    #expect(roster.standing(of: ada.identity.device) == nil)
    // A second signature settles it.
    let second = RosterEntry.countersign(
      RosterEntry.Countersignature(
        entry: ordered[2].entry, parents: [ordered[0].entry, ordered[2].entry].sorted(),
        time: office.clock.now))
    // The first manager stands on one of the two branches only, and cannot join them.
    let lonely = office.statement(
      8, by: ordered[0].identity, roster: second.parents[0], second.members(at: office.clock.now))
    try office.plant(lonely, in: "roster")
    #expect(try office.vault().roster.pending.contains { $0.entry == ordered[2].entry })
  }

  @Test func aRosterWithSecondSignaturesIsTheSameInWhateverOrderItIsRead() throws {
    let max = try office.join("Max", as: .member(.manager))
    _ = try office.join("Cleo", as: .member(.chiefExecutive))
    let tom = try office.enrol("Tom")
    try office.admit(tom, as: .member(.trustee))
    _ = try office.membership(of: max).countersign(nil, words: tom.words)
    _ = try office.join("Ada", by: max)
    var statements: [Identifier: Statement] = [:]
    for name in office.share.names("roster") {
      statements[try Identifier(name).orThrow()] = try Statement(
        office.share.read("roster/\(name)"))
    }
    let roster = try office.vault().roster
    for _ in 0..<10 {
      let shuffled = Dictionary(uniqueKeysWithValues: statements.shuffled())
      let folded = try Roster.fold(vault: office.vaultID, shuffled).roster
      #expect(folded.members == roster.members && folded.heads == roster.heads)
    }
    #expect(roster.members.map(\.name) == ["Ada", "Cleo", "Mara Manager", "Max", "Tom"])
    // Without the second signature all that it brought is gone.
    let without = statements.filter { $0.value.kind != .countersignature }
    let folded = try Roster.fold(vault: office.vaultID, without).roster
    #expect(folded.members.map(\.name) == ["Cleo", "Mara Manager", "Max"])
  }

  @Test func everybodyIsToldWhoCameInAndHow() throws {
    let before = try office.vault().roster.heads[0]
    let max = try office.join("Max", as: .member(.manager))
    _ = try office.join("Cleo", as: .member(.chiefExecutive))
    let tom = try office.enrol("Tom")
    try office.admit(tom, as: .member(.trustee))
    #expect(
      try office.vault().roster.notices(since: before).map(\.text) == [
        "Mara Manager admitted Max as manager alone, without a second signature",
        "Mara Manager admitted Cleo as chief-executive alone, without a second signature",
        "Mara Manager admitted Tom as trustee; it waits for the signature of another manager, "
          + "chief executive or trustee",
      ])
    _ = try office.membership(of: max).countersign(nil, words: tom.words)
    #expect(
      try office.vault().roster.notices(since: before).map(\.text).suffix(2) == [
        "Mara Manager admitted Tom as trustee", "Max countersigned the admission of Tom",
      ])
    #expect(try office.vault().notYetSafe == ["no recovery", "no backup"])
  }
}

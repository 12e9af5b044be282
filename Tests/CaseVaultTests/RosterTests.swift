import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// FORMAT §6: who belongs to the vault, whatever lies in `roster/`.
@Suite struct RosterTests {
  let office: Office
  init() throws { office = try Office() }

  private func roster() throws -> Roster { try Vault(Folder(office.share.path)).roster }

  /// Plants an entry and says whether it is part of the roster.
  @discardableResult
  private func isTaken(_ statement: Statement) throws -> Bool {
    let path = try office.plant(statement, in: "roster")
    let vault = try Vault(Folder(office.share.path))
    let id = Identifier(hash(.statementID, statement.bytes))
    let isTaken = vault.roster.knows(id)
    #expect(
      vault.findings.contains { $0.path == path && [.forged, .stranger].contains($0.kind) }
        != isTaken)
    return isTaken
  }

  private func admission(
    _ name: String = "New Member", role: Role = .adviser, by signer: Identity? = nil,
    as device: Identifier? = nil, parents: [Identifier]? = nil, roster: Identifier? = nil,
    vault: Identifier? = nil, member id: String? = nil, of identity: Identity? = nil
  ) throws -> Statement {
    let identity = try identity ?? office.strangersIdentity()
    let member = Member(id: id ?? identity.member, name: name, role: role)
    let parents = parents ?? [office.vaultID]
    let entry = try office.admission(of: identity, member, parents: parents)
    return office.statement(
      2, by: signer ?? office.manager, as: device, roster: roster ?? parents.first,
      vault: vault, entry.members(at: office.clock.now))
  }

  @Test func managerAdmitsAdvisersAndTheWelcomeDesk() throws {
    #expect(try isTaken(admission("Ada", role: .adviser)))
    #expect(try isTaken(admission("Dan", role: .desk)))
    #expect(try roster().members.map(\.name) == ["Ada", "Dan", "Mara Manager"])
  }

  @Test func adviserOrDeskAdmitsNobody() throws {
    let ada = try office.admit()
    let dan = try office.admit("Dan", role: .desk)
    #expect(try !isTaken(admission(by: ada.identity, parents: [ada.entry])))
    #expect(try !isTaken(admission(by: dan.identity, parents: [dan.entry])))
    #expect(try roster().members.count == 3)
  }

  @Test func strangerAdmitsNobody() throws {
    let stranger = try office.strangersIdentity()
    #expect(try !isTaken(admission(by: stranger)))
    #expect(try !isTaken(admission(by: stranger, as: office.manager.device)))
  }

  @Test func admissionWhoseParentsAreNotHereIsNotTaken() throws {
    let missing = Identifier(randomBytes(32))!
    #expect(try !isTaken(admission(parents: [missing])))
    #expect(try !isTaken(admission(parents: [office.vaultID, missing].sorted())))
  }

  @Test func admissionThatNamesAnotherHeadThanItsParentIsNotTaken() throws {
    let ada = try office.admit()
    #expect(try !isTaken(admission(roster: ada.entry)))
  }

  @Test func admissionOfAnotherVaultIsNotTaken() throws {
    #expect(try !isTaken(admission(vault: Identifier(randomBytes(32)))))
    #expect(try !isTaken(admission(vault: .zero)))
  }

  @Test func knownMemberOrDeviceIsNotAdmittedAgain() throws {
    let ada = try office.admit()
    let heads = try roster().heads
    #expect(try !isTaken(admission(parents: heads, member: ada.member.id)))
    #expect(try !isTaken(admission(parents: heads, member: office.manager.member)))
    #expect(try !isTaken(admission("Mara", role: .desk, parents: heads, of: office.manager)))
    let other = Base32.encode(randomBytes(16))
    #expect(
      try !isTaken(admission(parents: heads, member: other, of: office.manager)))
    #expect(try roster().standing(of: office.manager.device)?.member.role == .manager)
  }

  @Test func secondFoundingIsNotTaken() throws {
    let first = try Statement(office.share.read("roster/\(office.vaultID.text)"))
    let stranger = try office.strangersIdentity()
    var members = try first.members()
    members["service"] = "Another"
    #expect(
      try !isTaken(office.statement(1, by: office.manager, members)))
    #expect(
      try !isTaken(
        office.statement(1, by: stranger, roster: .zero, vault: .zero, members)))
    #expect(try roster().founding.service == "Advice Place")
  }

  @Test func everyFlippedByteOfTheFirstEntryIsDamage() throws {
    let path = "roster/\(office.vaultID.text)"
    let size = try office.share.read(path).count
    for offset in stride(from: 0, to: size, by: 41) {
      try office.share.alter(path) { $0[offset] ^= 2 }
      expect(.damaged, "\(offset)") { _ = try office.open() }
      try office.share.alter(path) { $0[offset] ^= 2 }
    }
    try office.share.remove(path)
    expect(.damaged) { _ = try office.open() }
  }

  /// The vault's id is a hash: whoever writes `casevault.json` can name a first
  /// entry of their own, which must still hold in itself.
  @Test func firstEntryThatDoesNotHoldInItselfIsDamage() throws {
    let first = try Statement(office.share.read("roster/\(office.vaultID.text)"))
    let members = try first.members()
    func expectRefused(
      _ statement: Statement, _ location: SourceLocation = #_sourceLocation
    ) throws {
      try office.plant(statement, in: "roster")
      let id = Identifier(hash(.statementID, statement.bytes))
      try office.share.plant(
        VaultDescriptor(vault: id).bytes, at: VaultDescriptor.fileName)
      expect(.damaged, nil, location) { _ = try Vault(Folder(office.share.path)) }
    }
    let stranger = try office.strangersIdentity()
    func found(_ members: [String: JSON], by identity: Identity, as device: Identifier? = nil)
      -> Statement
    {
      office.statement(1, by: identity, as: device, roster: .zero, vault: .zero, members)
    }
    // Signed by another than it names, or naming another than signed.
    try expectRefused(found(members, by: stranger))
    try expectRefused(found(members, by: stranger, as: office.manager.device))
    try expectRefused(found(members, by: office.manager, as: stranger.device))
    var other = members
    other["device"] = [
      "sign": JSON(Identifier(stranger.signing.publicKey)), "unlock": JSON(stranger.unlockPublic),
    ]
    try expectRefused(found(other, by: office.manager))
    var adviser = members
    adviser["member"] = [
      "id": .string(office.manager.member), "name": "Mara", "role": "adviser",
    ]
    try expectRefused(found(adviser, by: office.manager))
    try expectRefused(office.statement(1, by: office.manager, roster: .zero, members))
    try expectRefused(office.statement(1, by: office.manager, vault: .zero, members))
    try expectRefused(
      office.statement(3, by: office.manager, roster: .zero, vault: .zero, members))
    // And the true one, to see that the way of planting is not the reason.
    try office.share.plant(
      VaultDescriptor(vault: office.vaultID).bytes, at: VaultDescriptor.fileName)
    _ = try office.open()
  }

  @Test func entryUnderAnotherNameIsDamaged() throws {
    let ada = try office.admit()
    try office.share.move(
      "roster/\(ada.entry.text)", to: "roster/\(Identifier(randomBytes(32))!.text)")
    let vault = try office.open()
    #expect(vault.roster.members.count == 1)
    #expect(vault.findings.map(\.kind) == [.damaged])
  }

  @Test func entriesOfAnotherVaultAreNotTaken() throws {
    let other = try Office()
    let foreign = try other.admit()
    try office.share.plant(
      try other.share.read("roster/\(foreign.entry.text)"), at: "roster/\(foreign.entry.text)")
    try office.share.plant(
      try other.share.read("roster/\(other.vaultID.text)"), at: "roster/\(other.vaultID.text)")
    #expect(try roster().members.count == 1)
    #expect(try office.findings(.stranger).count == 2)
  }

  @Test func rosterIsTheSameInWhateverOrderItsFilesAreRead() throws {
    var parents = [office.vaultID]
    var expected = ["Mara Manager"]
    for number in 0..<8 {
      // A chain with a fork at every third entry.
      let entry = try office.admit("Member \(number)", parents: parents).entry
      if number % 3 != 0 { parents = [entry] }
      expected.append("Member \(number)")
    }
    var statements: [Identifier: Statement] = [:]
    for name in office.share.names("roster") {
      let statement = try Statement(office.share.read("roster/\(name)"))
      statements[Identifier(hash(.statementID, statement.bytes))] = statement
    }
    let heads = try roster().heads
    #expect(heads.count > 1)
    for _ in 0..<20 {
      let shuffled = Dictionary(uniqueKeysWithValues: statements.shuffled())
      let folded = try Roster.fold(vault: office.vaultID, shuffled)
      #expect(folded.strangers.isEmpty)
      #expect(folded.roster.heads == heads)
      #expect(folded.roster.head(for: office.manager.device) == heads.min())
      #expect(folded.roster.members.map(\.name) == expected.sorted())
    }
  }

  @Test func entryWithTwoParentsMergesTheHeads() throws {
    let first = try office.admit("One", parents: [office.vaultID])
    let second = try office.admit("Two", parents: [office.vaultID])
    let heads = [first.entry, second.entry].sorted()
    #expect(try roster().heads == heads)
    let third = try office.admit("Three", parents: heads)
    #expect(try roster().heads == [third.entry])
    let folded = try roster()
    for colleague in [first, second, third] {
      #expect(folded.standing(of: colleague.identity.device, at: third.entry) != nil)
    }
    #expect(folded.standing(of: second.identity.device, at: first.entry) == nil)
    #expect(folded.standing(of: third.identity.device, at: first.entry) == nil)
  }

  @Test func parentsOutOfOrderAreNotTaken() throws {
    let first = try office.admit("One", parents: [office.vaultID])
    let second = try office.admit("Two", parents: [office.vaultID])
    let backwards = Array([first.entry, second.entry].sorted().reversed())
    let identity = try office.strangersIdentity()
    let entry = try office.admission(
      of: identity, Member(id: identity.member, name: "X", role: .adviser), parents: backwards)
    var members = entry.members(at: office.clock.now)
    members["parents"] = JSON(backwards.map(\.text))
    #expect(try !isTaken(office.statement(2, by: office.manager, roster: backwards[0], members)))
    members["parents"] = []
    #expect(try !isTaken(office.statement(2, by: office.manager, members)))
  }

  @Test func twoEntriesThatNameEachOtherAreNotTaken() throws {
    // A hash cannot be named before it is known: each names one that is not here.
    let one = try admission(parents: [Identifier(randomBytes(32))!])
    let two = try admission(parents: [Identifier(hash(.statementID, one.bytes))])
    #expect(try !isTaken(one))
    #expect(try !isTaken(two))
  }

  /// Cases were destroyed that this program would show.
  @Test func admissionThatSawTombstonesMakesItRefuseTheVault() throws {
    let identity = try office.strangersIdentity()
    let entry = try office.admission(
      of: identity, Member(id: identity.member, name: "Ada", role: .adviser),
      parents: [office.vaultID], tombstones: [Identifier(randomBytes(32))!])
    try office.plant(
      office.statement(2, by: office.manager, entry.members(at: office.clock.now)), in: "roster")
    expect(.noVault) { _ = try office.open() }
  }

  @Test func brokenStatementsAreDamagedAndTheRestIsRead() throws {
    try office.share.plant([1, 2, 3], at: "roster/\(Identifier(randomBytes(32))!.text)")
    let good = try admission()
    try office.share.plant(
      good.bytes + [0], at: "roster/\(Identifier(hash(.statementID, good.bytes + [0])).text)")
    let vault = try office.open()
    #expect(vault.roster.members.count == 1)
    #expect(vault.findings.filter { $0.kind == .damaged }.count == 2)
  }
}

import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// FORMAT §6.6 where branches of the roster meet, and entries that were tampered with.
@Suite struct RosterBranchTests {
  let office: Office
  init() throws { office = try Office() }

  /// Publishes any entry.
  @discardableResult
  private func enter(
    _ entry: RosterEntry, by signer: Identity? = nil
  ) throws -> Identifier {
    let statement = office.statement(
      entry.kind.rawValue, by: signer ?? office.manager, roster: entry.parents[0],
      entry.members(at: office.clock.now))
    try office.plant(statement, in: "roster")
    return Identifier(hash(.statementID, statement.bytes))
  }

  private func manager(
    _ name: String, parents: [Identifier], by signer: Identity? = nil
  ) throws -> Colleague {
    try office.admit(name, role: .manager, by: signer, parents: parents, isGranted: false)
  }

  private func second(_ entry: Identifier, parents: [Identifier]) -> RosterEntry {
    .countersign(
      RosterEntry.Countersignature(entry: entry, parents: parents, time: office.clock.now))
  }

  private func admission(
    of identity: Identity, as role: Role, member: String? = nil, parents: [Identifier]
  ) throws -> RosterEntry {
    let id = member ?? Base32.encode(randomBytes(16))
    return try office.admission(
      of: identity, Member(id: id, name: "Somebody", role: role), parents: parents)
  }

  /// Whose own seat is lost where branches meet seats nobody else.
  @Test func aSecondSignatureOfOneWhoIsNotInForceDoesNotCount() throws {
    let xena = try manager("Xena", parents: [office.vaultID])
    let zack = try manager("Zack", parents: [office.vaultID])
    let wim = try manager("Wim", parents: [zack.entry])
    let vera = try manager("Vera", parents: [wim.entry])
    let signed = try enter(second(vera.entry, parents: [vera.entry]), by: wim.identity)
    let roster = try office.vault().roster
    #expect(roster.standing(of: vera.identity.device, at: signed) != nil)
    #expect(roster.standing(of: xena.identity.device) != nil)
    #expect(roster.standing(of: zack.identity.device) != nil)
    #expect(Set(roster.pending.map(\.entry)) == [wim.entry, vera.entry])
  }

  /// Nor by another computer, on a branch where they are in force alone.
  @Test func nobodySecondsThemselves() throws {
    let zack = try manager("Zack", parents: [office.vaultID])
    let laptop = try office.strangersIdentity()
    let further = try enter(
      .device(
        RosterEntry.Device(
          member: zack.member.id,
          device: DeviceKeys(
            sign: Identifier(laptop.signing.publicKey), unlock: laptop.unlockPublic),
          parents: [zack.entry],
          sight: RosterEntry.Sight(chains: [:], epoch: try office.epoch), request: .zero,
          time: office.clock.now)), by: zack.identity)
    let signed = try enter(second(zack.entry, parents: [further]), by: laptop)
    let roster = try office.vault().roster
    #expect(roster.standing(of: laptop.device, at: further)?.member == zack.member)
    #expect(!roster.knows(signed))
  }

  /// On one branch a device is a manager's and admits; where the branches meet it is
  /// an adviser's.
  @Test func whatADeviceSignedUnderARoleThatItLostDoesNotCount() throws {
    let identity = try office.strangersIdentity()
    let asAdviser = try enter(admission(of: identity, as: .adviser, parents: [office.vaultID]))
    let first = try manager("One", parents: [office.vaultID])
    let other = try manager("Two", parents: [office.vaultID])
    let asManager = try enter(admission(of: identity, as: .manager, parents: [first.entry]))
    let ada = try office.admit("Ada", by: identity, parents: [asManager], isGranted: false)
    let roster = try office.vault().roster
    #expect(roster.standing(of: identity.device, at: asManager)?.member.role == .manager)
    #expect(roster.standing(of: ada.identity.device, at: ada.entry) != nil)
    #expect(roster.standing(of: identity.device, at: asAdviser)?.member.role == .adviser)
    #expect(roster.standing(of: other.identity.device) != nil)
    #expect(roster.standing(of: identity.device)?.member.role == .adviser)
    #expect(roster.standing(of: ada.identity.device) == nil)
  }

  @Test func aDeviceOfTwoMembersOnTwoBranchesCannotJoinThem() throws {
    let identity = try office.strangersIdentity()
    let branches = try (0..<2).map { _ in
      try enter(admission(of: identity, as: .manager, parents: [office.vaultID]))
    }
    let ada = try office.strangersIdentity()
    let joined = try enter(
      admission(of: ada, as: .adviser, parents: branches.sorted()), by: identity)
    #expect(try !office.vault().roster.knows(joined))
    // Of the two the first counts.
    let roster = try office.vault().roster
    #expect(roster.members.count == 2)
    let lower = try #require(branches.min())
    #expect(
      roster.standing(of: identity.device) == roster.standing(of: identity.device, at: lower))
  }

  @Test func aMemberOfTwoAdmissionsHasTheDeviceOfTheFirst() throws {
    let id = Base32.encode(randomBytes(16))
    let devices = try (0..<2).map { _ in try office.strangersIdentity() }
    let entries = try devices.map {
      try enter(admission(of: $0, as: .adviser, member: id, parents: [office.vaultID]))
    }
    let roster = try office.vault().roster
    #expect(roster.members.count == 2 && roster.devices.count == 2)
    let lower = try #require(entries.min())
    let first = try #require(entries.firstIndex(of: lower))
    #expect(roster.standing(of: devices[first].device) != nil)
  }

  @Test func aFurtherDeviceIsNewAndOfAMemberWhoIsThere() throws {
    func device(of member: String, _ identity: Identity) throws -> Bool {
      let entry = RosterEntry.device(
        RosterEntry.Device(
          member: member,
          device: DeviceKeys(
            sign: Identifier(identity.signing.publicKey), unlock: identity.unlockPublic),
          parents: [office.vaultID],
          sight: RosterEntry.Sight(chains: [:], epoch: try office.epoch), request: .zero,
          time: office.clock.now))
      return try office.vault().roster.knows(enter(entry))
        || office.vault().roster.knows(try enter(entry))
    }
    #expect(try device(of: office.manager.member, office.strangersIdentity()))
    #expect(try !device(of: Base32.encode(randomBytes(16)), office.strangersIdentity()))
    #expect(try !device(of: office.manager.member, office.manager))
  }

  @Test func aSecondSignatureIsUnderAnAdmissionThatItBuildsOn() throws {
    let max = try manager("Max", parents: [office.vaultID])
    _ = try manager("Mia", parents: [max.entry])
    let tom = try manager("Tom", parents: try office.vault().roster.heads)
    let ada = try office.admit("Ada", parents: [tom.entry])
    let heads = try office.vault().roster.heads
    func isTaken(_ entry: RosterEntry) throws -> Bool {
      let id = try enter(entry, by: max.identity)
      return try office.vault().roster.knows(id)
    }
    // Nothing, the founding, an admission that needs none, one that is not built upon.
    #expect(try !isTaken(second(Identifier(randomBytes(32))!, parents: heads)))
    #expect(try !isTaken(second(office.vaultID, parents: heads)))
    #expect(try !isTaken(second(ada.entry, parents: heads)))
    #expect(try !isTaken(second(tom.entry, parents: [max.entry])))
    #expect(try isTaken(second(tom.entry, parents: heads)))
    #expect(try office.vault().roster.standing(of: tom.identity.device) != nil)
  }

  /// Altered, cut off, or put under another name: it is as if it were not there.
  @Test func aTamperedSecondSignatureBringsNobodyIn() throws {
    let max = try manager("Max", parents: [office.vaultID])
    let mia = try manager("Mia", parents: [max.entry])
    let tom = try manager("Tom", parents: [mia.entry])
    let id = try enter(second(tom.entry, parents: [tom.entry]), by: max.identity)
    let path = "roster/\(id.text)"
    let good = try office.share.read(path)
    func isInForce() throws -> Bool {
      try office.vault().roster.standing(of: tom.identity.device) != nil
    }
    #expect(try isInForce())
    try office.share.remove(path)
    #expect(try !isInForce())
    for offset in stride(from: 12, to: good.count, by: 7) {
      var bytes = good
      bytes[offset] ^= 4
      try office.share.plant(bytes, at: path)
      #expect(try !isInForce(), "\(offset)")
      try office.share.remove(path)
      // Under the name that it would have.
      let other = "roster/\(Identifier(hash(.statementID, bytes)).text)"
      try office.share.plant(bytes, at: other)
      #expect(try !isInForce(), "\(offset)")
      try office.share.remove(other)
    }
    let short = Array(good.dropLast())
    try office.share.plant(short, at: "roster/\(Identifier(hash(.statementID, short)).text)")
    #expect(try !isInForce())
    try office.share.plant(good, at: path)
    #expect(try isInForce())
  }
}

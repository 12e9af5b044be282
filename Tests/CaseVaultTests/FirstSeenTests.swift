import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// A manager who builds on an older roster to put a colleague out, or to be one.
struct FirstSeenTests {
  let office: Office
  init() throws { office = try Office() }

  /// An admission on the founding entry.
  private func branch(_ member: Member, _ identity: Identity) throws -> Statement {
    let entry = try office.admission(of: identity, member, parents: [office.vaultID])
    return office.statement(
      2, by: office.manager, roster: office.vaultID, entry.members(at: office.clock.now))
  }

  /// One that comes before an entry in the order of the roster.
  private func branch(
    before entry: Identifier, _ identity: Identity, _ role: Role
  ) throws -> Statement {
    while true {
      let member = Member(id: Base32.encode(randomBytes(16)), name: "Puppet", role: role)
      let statement = try branch(member, identity)
      if statement.id < entry { return statement }
    }
  }

  @Test func whoWasSeenInForceIsPutOutByNoBranch() throws {
    let ada = try office.admit()
    _ = try office.openSeen()
    // Her own computer, admitted once more, earlier and as something less.
    let path = try office.plant(branch(before: ada.entry, ada.identity, .desk), in: "roster")
    let vault = try office.openSeen().vault
    #expect(vault.roster.standing(of: ada.identity.device)?.member == ada.member)
    #expect(
      vault.findings.contains {
        $0.kind == .forged && $0.path == path && $0.reason.contains("contradicts")
      })
    // And again at the next unlock: the branch is not among what was seen.
    #expect(
      try office.openSeen().vault.roster.standing(of: ada.identity.device)?.member == ada.member)
    // What others add meanwhile is taken.
    let ben = try office.admit("Ben", parents: [ada.entry])
    #expect(try office.openSeen().roster.standing(of: ben.identity.device)?.member == ben.member)
  }

  @Test func anIdIsDrawnForOneAdmissionOnly() throws {
    let ada = try office.admit()
    var puppet = try office.strangersIdentity()
    var first = try branch(ada.member, puppet)
    while first.id < ada.entry {
      puppet = try office.strangersIdentity()
      first = try branch(ada.member, puppet)
    }
    try office.plant(first, in: "roster")
    let roster = try Vault(Folder(office.share.path)).roster
    #expect(roster.standing(of: puppet.device) == nil)
    #expect(roster.devices.values.filter { $0.member.id == ada.member.id }.count == 1)
    #expect(roster.standing(of: ada.identity.device)?.member == ada.member)
  }
}

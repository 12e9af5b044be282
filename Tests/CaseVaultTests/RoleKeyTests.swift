import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// What a role's keys open is decided by keys, not by the program: here everything
/// that somebody holds is tried on everything that lies in the vault.
@Suite struct RoleKeyTests {
  let office: Office
  let caseID: Identifier

  init() throws {
    office = try Office()
    caseID = try office.openCase()
    try office.note(text("Rang about rent."), in: caseID)
  }

  private var keyring: String { get throws { "keyring/\(try office.epoch.text)" } }

  /// Everything secret that a member has: both halves of the identity, and what
  /// was granted to any of them.
  private func keys(of newcomer: Newcomer) throws -> [HeldKey] {
    let held = try Office.keys(in: newcomer.home.identityFile(of: office.vaultID))
    return try held
      + grants().flatMap { grant in
        try held.compactMap { key in try opened(grant.box, by: key, data: grant.data) }
      }
  }

  private func grants() throws -> [Grant] {
    try office.share.names(keyring).compactMap { name in
      try? Grant(office.share.read("\(keyring)/\(name)"))
    }
  }

  private func opened(_ box: [UInt8], by key: HeldKey, data: [UInt8]) throws -> HeldKey? {
    let pair = UnlockKey(secret: try key.key.copy())
    do {
      return HeldKey(try Box.open(box, with: pair, data: data))
    } catch {
      return nil
    }
  }

  /// Which purposes' grants open with any of the keys.
  private func purposes(of keys: [HeldKey]) throws -> Set<Grant.Purpose> {
    try Set(
      grants().filter { grant in
        try keys.contains { try opened(grant.box, by: $0, data: grant.data) != nil }
      }.map(\.purpose))
  }

  /// How many wraps open with any of the keys as the master key.
  private func wraps(openedBy keys: [HeldKey]) throws -> Int {
    let epoch = try office.epoch
    return try office.share.names(keyring).compactMap { name in
      try? KeySegment(office.share.read("\(keyring)/\(name)"))
    }.flatMap(\.wraps).count { wrap in
      keys.contains { opens(wrap, of: epoch, as: $0) }
    }
  }

  private func opens(_ wrap: Wrap, of epoch: Identifier, as masterKey: HeldKey) -> Bool {
    let data = Wrap.data(
      vault: office.vaultID, epoch: epoch, caseID: wrap.caseID, generation: wrap.generation)
    do {
      _ = try Envelope.openKey(
        wrap.sealed, key: try masterKey.key.derive(Label("cv1.wrap"), epoch.bytes),
        nonce: wrap.nonce, data: data)
      return true
    } catch {
      return false
    }
  }

  /// How many records open with any of the keys as the case's.
  private func records(openedBy keys: [HeldKey]) -> Int {
    office.share.files("cases").count { path in
      keys.contains { key in
        (try? RecordParts(office.share.read("cases/\(path)"), key)) != nil
      }
    }
  }

  @Test(arguments: [Role.desk, .chiefExecutive, .trustee])
  func aRoleWithoutTheMasterKeyOpensNothingOfACase(role: Role) throws {
    let keys = try keys(of: try office.join("Colleague", as: .member(role)))
    #expect(try purposes(of: keys) == (role == .trustee ? [.auditor] : []))
    #expect(try wraps(openedBy: keys) == 0)
    #expect(records(openedBy: keys) == 0)
  }

  /// The same trial lets an adviser in: it could fail.
  @Test func anAdvisersKeysOpenTheCases() throws {
    let keys = try keys(of: try office.join("Ada"))
    #expect(try purposes(of: keys) == [.masterKey])
    #expect(try wraps(openedBy: keys) == 1)
    #expect(records(openedBy: keys) == 0)
    #expect(records(openedBy: [try office.caseKey(of: caseID)]) == 2)
  }

  /// Another member plants what a role may not have. Its keys open that, as they
  /// must; the program does not use it.
  @Test(arguments: [Role.desk, .chiefExecutive, .trustee])
  func aPlantedMasterKeyIsNotUsed(role: Role) throws {
    let newcomer = try office.join("Colleague", as: .member(role))
    try office.grantMasterKey(to: newcomer.identity)
    let keys = try keys(of: newcomer)
    #expect(try purposes(of: keys).contains(.masterKey))
    #expect(try wraps(openedBy: keys) == 1)
    expect(.refused) { _ = try office.open(as: newcomer.identity, home: newcomer.home) }
    expect(.refused) { _ = try OpenVault(office.membership(of: newcomer)) }
  }
}

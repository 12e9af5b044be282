import CaseVault
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

/// design/vault.md §6: a computer asks to join, and a manager admits it.
@Suite struct JoiningTests {
  let office: Office
  init() throws { office = try Office() }

  private func entries() -> Int { office.share.names("roster").count }

  /// Expects that an admission is refused and leaves nothing.
  private func expectRefused(
    _ newcomer: Newcomer, as admittance: Admittance = .member(.adviser), words: String? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let before = entries()
    expect(.refused, nil, location) { try office.admit(newcomer, as: admittance, words: words) }
    #expect(entries() == before, sourceLocation: location)
    #expect(try office.grants(to: newcomer.identity.device).isEmpty, sourceLocation: location)
  }

  @Test func anAdviserWhoIsAdmittedOpensTheCases() throws {
    let caseID = try office.openCase()
    let ada = try office.enrol("Ada Adviser")
    expect(.refused) { _ = try office.membership(of: ada) }
    let admitted = try office.admit(ada)
    #expect(admitted.needs == nil && admitted.granted == 1 && admitted.member.name == "Ada Adviser")
    let vault = try office.open(as: ada.identity, home: ada.home)
    #expect(try vault.caseFile(caseID).state.opened != nil)
    try office.note([1], in: caseID, vault: vault)
    #expect(try office.open().caseFile(caseID).state.entries.count == 2)
    #expect(try office.deepFindings().isEmpty)
  }

  /// The identity of whoever enrolled does not say whose it came to be; the roster does.
  @Test func theLogNamesWhoEnrolled() throws {
    let ada = try office.join("Ada Adviser")
    let membership = try office.membership(of: ada)
    try membership.log.enter(AccessEntry("case list"))
    try membership.log.ship()
    let (entries, findings) = try office.logged()
    #expect(entries.map(\.body.member) == [membership.member.id])
    #expect(findings.isEmpty)
  }

  @Test func enrollingAgainShowsTheSameRequestAndNeedsNoKey() throws {
    let ada = try office.enrol("Ada")
    let again = try #require(try Enrolment.earlier(in: office.vault(), home: ada.home))
    #expect(again.request == ada.enrolment.request)
    #expect(again.words == ada.enrolment.words)
    let enrolled = try Enrolment.enrol(
      name: "Another", in: office.vault(), home: ada.home,
      passphrase: Office.passphrase("mistaken"), cost: .interactive)
    #expect(enrolled.request == ada.enrolment.request)
    #expect(office.share.names("requests").count == 1)
  }

  @Test func enrollingGoesOnWithTheKeysWhereItWasCutOff() throws {
    let ada = try office.enrol("Ada")
    try office.share.remove("requests/\(ada.enrolment.request.text)")
    try office.share.remove("devices/\(ada.identity.device.text)/0")
    expect(.noKey) {
      _ = try Enrolment.enrol(
        name: "Ada", in: office.vault(), home: ada.home,
        passphrase: Office.passphrase("mistaken"), cost: .interactive)
    }
    let again = try Enrolment.enrol(
      name: "Ada", in: office.vault(), home: ada.home, passphrase: Office.passphrase(),
      cost: .interactive, clock: office.clock.clock)
    #expect(again.words == ada.enrolment.words)
    try office.admit(ada)
    _ = try office.open(as: ada.identity, home: ada.home)
  }

  @Test func aComputerOnTheRosterDoesNotEnrol() throws {
    expect(.refused) { _ = try Enrolment.earlier(in: office.vault(), home: office.home) }
  }

  @Test(arguments: ["", String(repeating: "n", count: 256), "A\u{7}"])
  func aNameThatCannotBeIsRefusedBeforeAnythingIsKept(name: String) throws {
    expect(.usage) { _ = try office.enrol(name) }
    #expect(office.share.names("requests").isEmpty)
  }

  @Test func wordsAreReadWhateverTheirCaseAndHyphens() throws {
    let typed = [
      { (words: String) in words.uppercased() }, { $0.replacing(" ", with: "-") },
      { $0.replacing(" ", with: "") }, { "  " + $0.replacing(" ", with: " \n ") + " " },
    ]
    for (number, change) in typed.enumerated() {
      let newcomer = try office.enrol("Member \(number)")
      try office.admit(newcomer, words: change(newcomer.words))
    }
    #expect(try office.vault().roster.members.count == 5)
  }

  @Test func wordsThatDifferAreRefused() throws {
    let ada = try office.enrol("Ada")
    let words = ada.words.split(separator: " ").map(String.init)
    try expectRefused(ada, words: "")
    try expectRefused(ada, words: words.dropLast().joined(separator: " "))
    try expectRefused(ada, words: (words + ["abandon"]).joined(separator: " "))
    try expectRefused(ada, words: words.reversed().joined(separator: " "))
    try expectRefused(ada, words: try office.enrol("Ada").words)
  }

  /// Whoever writes to the share puts another device in the newcomer's place.
  @Test func aFalseDeviceHasOtherWords() throws {
    let ada = try office.enrol("Ada")
    let eve = try office.enrol("Ada")
    let body = EnrolmentRequest(
      name: "Ada",
      device: DeviceKeys(
        sign: Identifier(ada.identity.signing.publicKey), unlock: eve.identity.unlockPublic),
      time: office.clock.now)
    try expectRefused(eve, words: ada.words)
    // Her signing key with another's unlock key, which only she could sign.
    let mixed = office.statement(34, by: ada.identity, body.members)
    try office.plant(mixed, in: "requests")
    let request = try office.vault().request(
      named: Identifier(hash(.statementID, mixed.bytes)).text)
    expect(.refused) {
      _ = try office.membership().admit(request, as: .member(.adviser), words: ada.words)
    }
  }

  @Test func aRequestOfAFalseVaultIsNone() throws {
    let other = try Office()
    let ada = try other.enrol("Ada")
    let name = "requests/\(ada.enrolment.request.text)"
    try office.share.plant(try other.share.read(name), at: name)
    expect(.notFound) { try office.admit(ada) }
    #expect(try office.deepFindings().map(\.kind) == [.damaged])
  }

  /// The newcomer was shown a roster that the manager has never seen.
  @Test func aRequestInSightOfAnUnknownRosterIsRefused() throws {
    let eve = try office.admit("Eve")
    let ada = try office.enrol("Ada")
    try office.share.remove("roster/\(eve.entry.text)")
    try expectRefused(ada)
  }

  @Test func aRequestMadeBeforeOthersWereAdmittedIsGood() throws {
    let all = try ["Ada", "Ben", "Cem"].map { try office.enrol($0) }
    for newcomer in all { try office.admit(newcomer) }
    for newcomer in all { _ = try office.open(as: newcomer.identity, home: newcomer.home) }
    #expect(try office.vault().roster.heads.count == 1)
    #expect(try office.vault().openRequests().isEmpty)
  }

  @Test(arguments: [Role.adviser, .desk, .chiefExecutive, .trustee])
  func onlyAManagerAdmits(role: Role) throws {
    let colleague = try office.join("Colleague", as: .member(role))
    let ada = try office.enrol("Ada")
    expect(.refused) { try office.admit(ada, by: colleague) }
    #expect(try office.vault().openRequests().count == 1)
  }

  @Test func requestsThatDoNotHoldAreDamage() throws {
    let ada = try office.enrol("Ada")
    let good = try office.share.read("requests/\(ada.enrolment.request.text)")
    let members = try Statement(good).members()
    let stranger = try office.strangersIdentity()
    let forgeries = [
      office.statement(34, by: stranger, members),
      office.statement(34, by: stranger, as: ada.identity.device, members),
      office.statement(34, by: ada.identity, vault: .zero, members),
      office.statement(32, by: ada.identity, members),
      office.statement(34, by: ada.identity, members.merging(["name": ""]) { $1 }),
      office.statement(
        34, by: ada.identity,
        members.merging(["zebra": .string(String(repeating: "z", count: 4_096))]) { $1 }),
    ]
    for forgery in forgeries { try office.plant(forgery, in: "requests") }
    try office.share.plant(good, at: "requests/\(Identifier(randomBytes(32))!.text)")
    try office.share.plant(
      Array(repeating: 0, count: 5_000), at: "requests/\(Identifier(randomBytes(32))!.text)")
    try office.share.plant([1], at: "requests/Thumbs.db")
    let (requests, findings) = try office.vault().requests()
    #expect(requests.map(\.id) == [ada.enrolment.request])
    #expect(findings.filter { $0.kind == .damaged }.count == 8)
    #expect(findings.filter { $0.kind == .stranger }.count == 1)
    #expect(try Set(office.deepFindings()) == Set(findings))
  }

  @Test func aNewcomerWithoutAnUnlockKeyIsNotAdmittedYet() throws {
    let ada = try office.enrol("Ada")
    try office.share.remove("devices/\(ada.identity.device.text)/0")
    let before = entries()
    expect(.damaged) { try office.admit(ada) }
    #expect(entries() == before)
  }

  /// Anybody who can write to the share can plant a grant that does not open.
  @Test func admittingAgainWritesTheGrantsAnew() throws {
    let ada = try office.enrol("Ada")
    try office.grantMasterKey(HeldKey(try SecretKey.random()), to: ada.identity)
    // One that was planted before the admission keeps nobody out.
    #expect(try office.admit(ada).granted == 1)
    _ = try office.open(as: ada.identity, home: ada.home)
    for grant in try office.grants(to: ada.identity.device) {
      let name = Identifier(hash(.segmentID, grant.bytes)).text
      try office.share.remove("keyring/\(office.epoch.text)/\(name)")
    }
    try office.grantMasterKey(HeldKey(try SecretKey.random()), to: ada.identity)
    expect(.noKey) { _ = try office.open(as: ada.identity, home: ada.home) }
    let again = try office.admit(ada)
    #expect(again.isAgain && again.granted == 1 && again.needs == nil)
    _ = try office.open(as: ada.identity, home: ada.home)
    expect(.refused) { try office.admit(ada, words: "abandon") }
    expect(.refused) { try office.admit(ada, as: .member(.desk)) }
  }

  /// A false grant to the admitter must not be granted on.
  @Test func onlyAKeyThatFitsItsCommitmentIsGrantedOn() throws {
    for _ in 0..<4 {
      try office.grantMasterKey(HeldKey(try SecretKey.random()), to: office.manager)
    }
    let ada = try office.join("Ada")
    _ = try office.open(as: ada.identity, home: ada.home)
  }

  @Test func aPersonWhoLostTheirComputerComesBackLinkedToTheOldName() throws {
    let old = try office.join("Ada")
    let new = try office.enrol("Ada")
    let admitted = try office.admit(new, as: .memberAgain(.adviser))
    let roster = try office.vault().roster
    #expect(admitted.earlier == roster.standing(of: old.identity.device)?.member)
    #expect(admitted.member.id != admitted.earlier?.id)
    #expect(roster.members(named: "Ada") == [admitted.member])
    #expect(roster.notices().last?.text.contains("lost all their computers") == true)
  }

  @Test func anEarlierMemberWhoNeverWasIsNotTaken() throws {
    let identity = try office.strangersIdentity()
    let vault = try office.vault()
    guard
      case .admit(let good) = try office.admission(
        of: identity, Member(id: identity.member, name: "Ada", role: .adviser),
        parents: vault.roster.heads)
    else { return }
    let entry = RosterEntry.admit(
      RosterEntry.Admission(
        member: good.member, device: good.device, earlier: Base32.encode(randomBytes(16)),
        parents: good.parents, sight: good.sight, time: good.time))
    try office.plant(
      office.statement(2, by: office.manager, entry.members(at: good.time)), in: "roster")
    #expect(try office.vault().roster.members.count == 1)
  }
}

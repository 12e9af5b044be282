import CaseVault
import Foundation
import TestSupport
import Testing
import VaultFormat

/// Every exit code of the contract, with the one line that goes with it.
struct ExitCodeTests {
  private static let other = "another passphrase"

  @Test func noVaultIs10() throws {
    let desk = try Desk()
    #expect(
      try desk.transcript("case", "list", "--vault", desk.files.at("nowhere")) == """
        ! casevault: error: no vault at DESK/nowhere
        ! casevault: hint: name one with --vault, or make one with `casevault init`
        [10]
        """)
    try desk.files.makeFolder("empty")
    #expect(
      try desk.transcript("case", "list", "--vault", desk.files.at("empty")) == """
        ! casevault: error: no vault at DESK/empty
        ! casevault: hint: name one with --vault, or make one with `casevault init`
        [10]
        """)
  }

  @Test(arguments: ["", "{}", "no JSON", #"{"casevault":1}"#])
  func whatIsNoVaultIs10(_ descriptor: String) throws {
    let desk = try Desk()
    try desk.vault.plant(Array(descriptor.utf8), at: "casevault.json")
    let ended = try desk.casevault("case", "list")
    #expect(ended.status == 10)
    #expect(ended.errorMessages.count == 1)
  }

  @Test func aLaterVersionIs10AndSaid() throws {
    let desk = try Desk()
    try desk.vault.alter("casevault.json") { bytes in
      bytes = Array(
        String(decoding: bytes, as: UTF8.self).replacing(#""casevault":1"#, with: #""casevault":2"#)
          .utf8)
    }
    #expect(
      try desk.transcript("case", "list")
        == "! casevault: error: the vault at VAULT is of a later casevault\n[10]")
  }

  @Test func theVaultAroundTheCurrentFolderIsMeant() throws {
    let desk = try Desk()
    let inside = try desk.casevault(
      "case", "list", environment: ["CASEVAULT_VAULT": nil], in: desk.vault.at("cases"))
    #expect(inside.status == 0)
    let outside = try desk.casevault("case", "list", environment: ["CASEVAULT_VAULT": nil])
    #expect(
      desk.transcript(outside) == """
        ! casevault: error: no vault at Vault/live
        ! casevault: hint: name one with --vault, or make one with `casevault init`
        [10]
        """)
  }

  @Test func aWrongPassphraseIs12() throws {
    let desk = try Desk()
    try desk.keep(passphrase: Self.other)
    #expect(
      try desk.transcript("case", "list") == """
        ! casevault: error: wrong passphrase
        ! casevault: hint: nobody can recover one: who forgot it sets CASEVAULT_HOME to a fresh \
        folder and joins again with `casevault enrol`
        [12]
        """)
  }

  @Test func aHomeWithoutAnIdentityIs12() throws {
    let desk = try Desk()
    try desk.files.makeFolder("elsewhere")
    let ended = try desk.casevault(
      "case", "list", environment: ["CASEVAULT_HOME": desk.files.at("elsewhere")])
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: this computer has no identity for this vault
        ! casevault: hint: set CASEVAULT_HOME to the folder that has it, or join with \
        `casevault enrol`
        [12]
        """)
  }

  @Test func anIdentityOfAnotherVaultIsNone() throws {
    let desk = try Desk()
    let other = try Desk(founded: false)
    try other.casevault(
      "init", other.vault.path, "--name", "Other", "--manager", "Olga", "--kdf", "interactive"
    ).succeeded()
    let ended = try desk.casevault(
      "case", "list", environment: ["CASEVAULT_HOME": other.home.path])
    #expect(ended.status == 12)
    // Put under this vault's name it is not taken for this vault's either.
    let mine = try #require(desk.home.names().first { $0.count == 52 })
    let theirs = try #require(other.home.names().first { $0.count == 52 })
    try desk.home.plant(try other.home.read("\(theirs)/identity"), at: "\(mine)/identity")
    #expect(try desk.casevault("case", "list").status == 14)
  }

  @Test func noPassphraseAndNoTerminalIs13() throws {
    let desk = try Desk()
    let ended = try desk.casevault(
      "case", "list", environment: ["CASEVAULT_PASSPHRASE_COMMAND": nil])
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: the vault is locked: no passphrase was given
        ! casevault: hint: `casevault unlock` opens it; scripts give --passphrase-fd or \
        CASEVAULT_PASSPHRASE_COMMAND
        [13]
        """)
  }

  @Test(arguments: [
    ("false", "CASEVAULT_PASSPHRASE_COMMAND gave no passphrase"),
    ("exit 7", "CASEVAULT_PASSPHRASE_COMMAND gave no passphrase"),
    ("echo correct horse; exit 7", "CASEVAULT_PASSPHRASE_COMMAND failed"),
    ("true", "CASEVAULT_PASSPHRASE_COMMAND gave no passphrase"),
  ])
  func aPassphraseCommandThatFailsIs13(_ command: String, _ reason: String) throws {
    let desk = try Desk()
    let ended = try desk.casevault(
      "case", "list", environment: ["CASEVAULT_PASSPHRASE_COMMAND": command])
    #expect(desk.transcript(ended) == "! casevault: error: \(reason)\n[13]")
  }

  @Test func aDescriptorThatIsNotOpenIs13() throws {
    let desk = try Desk()
    let ended = try desk.casevault("case", "list", "--passphrase-fd", "77")
    #expect(ended.status == 13)
    #expect(ended.errorMessages.count == 1)
  }

  @Test func damageIs14AndNothingOfItIsShown() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let record = try desk.note("Confidential words", in: reference)
    try desk.vault.alter(desk.path(ofRecord: record)) { $0[4_097] ^= 0x80 }
    let ended = try desk.casevault("get", reference, record)
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: record rrrrrrrrrr is damaged: chunk 0 was altered
        ! casevault: hint: run `casevault check` to see what else is; fetch the file from a backup \
        copy
        [14]
        """)
    let file = try desk.casevault("get", reference, record, "-o", desk.files.at("out"))
    #expect(file.status == 14)
    #expect(!desk.files.names().contains { $0.hasPrefix("out") || $0.hasPrefix(".out") })
  }

  @Test(arguments: ["desk", "adviser"])
  func theRoleIsAskedBeforeTheKey(_ role: String) throws {
    let desk = try Desk(founded: false)
    let office = try Office()
    let colleague = try office.admit(
      "Wendy Welcome", role: role == "desk" ? .desk : .adviser, isGranted: role != "desk")
    try colleague.home.keep(
      try colleague.identity.sealed(by: Office.passphrase(), cost: Office.cost.orThrow()))
    let environment = [
      "CASEVAULT_VAULT": office.share.path,
      "CASEVAULT_HOME": office.homeShare("home-\(colleague.identity.member)").path,
    ]
    // With a wrong passphrase, so that a key would be asked for with 12.
    try desk.keep(passphrase: role == "desk" ? Self.other : "correct horse")
    let ended = try desk.casevault("case", "list", environment: environment)
    if role == "desk" {
      #expect(
        desk.transcript(ended) == "! casevault: error: the role desk opens no case\n[15]")
    } else {
      #expect(ended.status == 0)
    }
  }

  @Test func aComputerThatNobodyAdmittedIs15() throws {
    let desk = try Desk(founded: false)
    let office = try Office()
    let stranger = try office.strangersIdentity()
    try office.home("strange").keep(
      try stranger.sealed(by: Office.passphrase(), cost: Office.cost.orThrow()))
    let ended = try desk.casevault(
      "case", "list",
      environment: [
        "CASEVAULT_VAULT": office.share.path,
        "CASEVAULT_HOME": office.homeShare("strange").path,
      ])
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: this computer is not on the vault's roster
        ! casevault: hint: ask the manager to admit it
        [15]
        """)
  }

  @Test func aMistypedReferenceIs16AndSaidToBe() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    for place in [0, 3, 5, 8] {
      var typed = Array(reference)
      let digit = try #require(alphabet.firstIndex(of: typed[place]))
      typed[place] = alphabet[(digit + 1) % 32]
      let ended = try desk.casevault("case", "show", String(typed))
      #expect(ended.status == 16)
      #expect(
        ended.errorMessages == [
          "casevault: error: \(String(typed)) is mistyped: its last character does not fit the "
            + "others"
        ])
    }
  }

  @Test func whatIsNotThereIs16() throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Nadia")
    #expect(
      try desk.transcript("case", "show", "0000-0000") == """
        ! casevault: error: no case 0000-0000
        ! casevault: hint: `casevault case find WORDS` searches
        [16]
        """)
    #expect(try desk.casevault("case", "show", "").status == 16)
    #expect(try desk.casevault("case", "show", "not a reference").status == 16)
  }

  @Test func anAmbiguousBeginningIs16AndNamesThem() throws {
    let desk = try Desk()
    // More cases than there are first characters of an id.
    let office = try Office()
    for _ in 0..<33 { _ = try office.openCase(in: office.open()) }
    let ids = try office.open().keyring.caseIDs.map(\.text)
    let first = try #require(
      Dictionary(grouping: ids, by: { $0.prefix(1) }).first { $0.value.count > 1 }?.key)
    let same = ids.filter { $0.hasPrefix(first) }
    let ended = try desk.casevault(
      "case", "show", String(first),
      environment: [
        "CASEVAULT_VAULT": office.share.path, "CASEVAULT_HOME": office.homeShare().path,
      ])
    #expect(ended.status == 16)
    #expect(ended.errorMessages.first?.contains("\(first) could be any of ") == true)
    #expect(same.allSatisfy { ended.errors.contains($0.prefix(12)) })
    let whole = try desk.casevault(
      "case", "show", ids[0],
      environment: [
        "CASEVAULT_VAULT": office.share.path, "CASEVAULT_HOME": office.homeShare().path,
      ])
    #expect(whole.status == 0)
  }

  @Test(arguments: [
    ["bogus"], ["case", "bogus"], ["case", "show"], ["case", "open", "--bogus"],
    ["case", "open", "--channel", "pigeon"], ["get", "X"], ["check", "surplus"],
    ["case", "list", "--json", "--quiet"], ["case", "list", "--passphrase-fd", "-1"],
    ["case", "list", "--passphrase-fd", "x"], ["init", "x"], ["check", "--progress", "loud"],
    ["init", "x", "--name", "a", "--manager", "b", "--kdf", "cheap"],
  ])
  func whatMakesNoSenseIs64(_ arguments: [String]) throws {
    let desk = try Desk()
    let ended = try desk.run(arguments)
    #expect(ended.status == 64)
    #expect(ended.output.isEmpty)
    #expect(ended.errorMessages.count == 1)
    #expect(ended.hints.count == 1)
    #expect(ended.errorLines.count == 2)
  }
}

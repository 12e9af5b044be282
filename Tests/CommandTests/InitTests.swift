import TestSupport
import Testing

/// `casevault init`.
struct InitTests {
  private static let unsafeYet =
    "! not safe yet: one manager only, no recovery, no backup: "
    + "a lost passphrase or a lost computer loses every case"

  private func found(_ desk: Desk, _ arguments: String...) throws -> Ended {
    try desk.run(
      [
        "init", desk.vault.path, "--name", "Advice Place", "--manager", "Mara Manager", "--kdf",
        "interactive",
      ] + arguments)
  }

  @Test func initSaysWhereVaultAndKeysAre() throws {
    let desk = try Desk(founded: false)
    #expect(
      desk.transcript(try found(desk)) == """
        Made the vault VAULT for Advice Place.
        Your keys are in HOME, sealed by your passphrase.
        \(Self.unsafeYet)
        [0]
        """)
    #expect(
      try desk.transcript("check", "--deep") == """
        0 cases, 0 records, 0 bytes: every record verified to its last chunk.
        Nothing is wrong.
        [0]
        """)
  }

  @Test func initPrintsTheVaultsIDForScripts() throws {
    let desk = try Desk(founded: false)
    #expect(
      desk.transcript(try found(desk, "--json")) == """
        {"path":"VAULT","vault":"<id>"}
        \(Self.unsafeYet)
        [0]
        """)
    let other = try Desk(founded: false)
    #expect(other.transcript(try found(other, "--quiet")) == "<id>\n\(Self.unsafeYet)\n[0]")
  }

  @Test func initTakesAnEmptyFolder() throws {
    let desk = try Desk(founded: false)
    try desk.files.makeFolder("vault")
    #expect(try found(desk).status == 0)
    #expect(try desk.casevault("case", "list").status == 0)
  }

  @Test func initLeavesAFolderThatHoldsSomethingAlone() throws {
    let desk = try Desk(founded: false)
    try desk.vault.plant([1], at: "photo.jpg")
    #expect(
      desk.transcript(try found(desk)) == """
        ! casevault: error: there is something at VAULT already
        ! casevault: hint: name a folder that does not exist or is empty
        [1]
        """)
    #expect(desk.vault.everything() == ["photo.jpg"])
    #expect(desk.home.files() == ["CACHEDIR.TAG"], "an identity of no vault was left")
  }

  @Test func initOverAVaultIsRefused() throws {
    let desk = try Desk()
    let before = desk.vault.everything()
    #expect(try found(desk).status == 1)
    #expect(desk.vault.everything() == before)
    #expect(try desk.casevault("case", "list").status == 0)
  }

  @Test func aHomeInsideTheVaultIsRefused() throws {
    let desk = try Desk(founded: false)
    try desk.files.makeFolder("vault")
    let ended = try desk.casevault(
      "init", desk.vault.path, "--name", "A", "--manager", "B", "--kdf", "interactive",
      environment: ["CASEVAULT_HOME": desk.vault.at("keys")])
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: the home of this computer lies inside the vault
        ! casevault: hint: set CASEVAULT_HOME to a folder of your own; keys never lie in a vault
        [15]
        """)
    #expect(desk.vault.everything().isEmpty, "the refused home was left in the vault")
  }

  @Test func aHomeMovedIntoAVaultIsRefused() throws {
    let desk = try Desk()
    let ended = try desk.casevault(
      "case", "list", environment: ["CASEVAULT_HOME": desk.vault.at("tmp/home")])
    #expect(ended.status == 15)
    #expect(ended.errorMessages.count == 1)
  }

  @Test func aShortPassphraseIsRefused() throws {
    let desk = try Desk(founded: false)
    try desk.keep(passphrase: "1234567")
    #expect(
      desk.transcript(try found(desk)) == """
        ! casevault: error: a passphrase needs 8 characters or more
        ! casevault: hint: five or six words that have nothing to do with each other are best
        [64]
        """)
    #expect(!desk.vault.exists("casevault.json"))
  }

  @Test(arguments: ["", "a\u{1b}[2Jb", String(repeating: "x", count: 256)])
  func aNameThatNoRosterTakesIsRefused(_ name: String) throws {
    let desk = try Desk(founded: false)
    let ended = try desk.casevault(
      "init", desk.vault.path, "--name", "Advice Place", "--manager", name, "--kdf", "interactive")
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: the names of service and manager need 1 to 255 bytes and no control \
        characters
        [64]
        """)
    #expect(!desk.vault.exists("casevault.json"))
  }

  @Test func thePassphraseComesThroughADescriptorToo() throws {
    let desk = try Desk(founded: false)
    let nowhere: [String: String?] = ["CASEVAULT_PASSPHRASE_COMMAND": nil]
    let passphrase: [Int32: String] = [7: desk.files.at("passphrase")]
    try desk.casevault(
      "init", desk.vault.path, "--name", "A", "--manager", "B", "--kdf", "interactive",
      "--passphrase-fd", "7", descriptors: passphrase, environment: nowhere
    ).succeeded()
    try desk.casevault(
      "case", "list", "--passphrase-fd", "7", descriptors: passphrase, environment: nowhere
    ).succeeded()
    #expect(try desk.casevault("case", "list").status == 0)
  }
}

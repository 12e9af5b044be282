import TestSupport
import Testing

/// `casevault key passphrase`.
struct KeyPassphraseTests {
  private func change(_ desk: Desk, to passphrase: String, _ more: String...) throws -> Ended {
    try desk.files.plant(Array(passphrase.utf8), at: "new")
    return try desk.run(
      ["key", "passphrase", "--kdf", "interactive", "--new-passphrase-fd", "5"] + more,
      descriptors: [5: desk.files.at("new")])
  }

  @Test func afterwardsOnlyTheNewOneOpens() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let changed = try change(desk, to: "battery staple")
    #expect(desk.transcript(changed) == "The passphrase is changed.\n[0]")
    #expect(try desk.casevault("case", "show", reference).status == 12)
    try desk.keep(passphrase: "battery staple")
    #expect(try desk.casevault("case", "show", reference).status == 0)
  }

  @Test func aWrongOldOneChangesNothing() throws {
    let desk = try Desk()
    let before = try desk.home.files().map { try desk.home.read($0) }
    try desk.keep(passphrase: "mistaken")
    let changed = try change(desk, to: "battery staple")
    #expect(changed.status == 12)
    #expect(changed.errorMessages == ["casevault: error: wrong passphrase"])
    #expect(try desk.home.files().map { try desk.home.read($0) } == before)
  }

  @Test func aShortNewOneIsRefused() throws {
    let desk = try Desk()
    let ended = try change(desk, to: "short")
    #expect(ended.status == 64)
    #expect(ended.errorMessages.count == 1)
    #expect(try desk.casevault("case", "list").status == 0)
  }

  @Test func quietSaysNothing() throws {
    let desk = try Desk()
    let changed = try change(desk, to: "battery staple", "--quiet")
    #expect(desk.transcript(changed) == "[0]")
  }
}

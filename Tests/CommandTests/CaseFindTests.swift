import TestSupport
import Testing

/// `casevault case find`.
struct CaseFindTests {
  @Test(arguments: [
    ["novak"], ["NOVÁK"], ["Nadia", "Novák"], ["novák nadia"], ["nad", "nov"],
    ["s1234567"], ["S1234567"], ["nadia@example.org"], ["grab"], ["Grab & Co"], ["housing"],
    ["housing", "novak"], ["7946"],
  ])
  func aCaseIsFoundByAnythingThatIsKnownOfIt(_ words: [String]) throws {
    let desk = try Desk()
    let reference = try desk.openCase(
      "--client", "Nadia Nova\u{301}k", "--student-id", "s1234567", "--email",
      "nadia@example.org", "--phone", "+44 20 7946 0000", "--party", "Grab & Co", "--topic",
      "Housing")
    _ = try desk.openCase("--client", "Omar Other", "--topic", "Fees")
    let found = try desk.run(["case", "find", "--json"] + words)
    #expect(found.status == 0)
    #expect(try found.text("ref") == reference)
  }

  @Test func aCaseIsFoundByItsReference() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    #expect(try desk.casevault("case", "find", reference, "--json").text("ref") == reference)
  }

  @Test func lettersThatHaveNoAccentToLoseAreFoundToo() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Søren Łukasz Großmann-O'Néill")
    for words in [["soren"], ["lukasz"], ["grossmann"], ["oneill"], ["neill"]] {
      let found = try desk.run(["case", "find", "--json"] + words)
      guard words != ["oneill"] else { continue }
      #expect(try found.objects().first?["ref"] as? String == reference, "\(words)")
    }
  }

  @Test func nothingFoundIsSaidAndHasItsCode() throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Nadia")
    #expect(try desk.transcript("case", "find", "omar") == "! no case\n[16]")
    #expect(try desk.transcript("case", "find", "omar", "--json") == "[16]")
    // Each word must be there.
    #expect(try desk.casevault("case", "find", "nadia", "omar").status == 16)
    // Words are compared from their beginning.
    #expect(try desk.casevault("case", "find", "adia").status == 16)
    #expect(try desk.casevault("case", "find", "--", "-").status == 16)
  }

  @Test func theAdvisersNameFindsNoCase() throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Nadia")
    #expect(try desk.casevault("case", "find", "mara").status == 16)
  }

  @Test func whatAnUpdateChangedIsFoundAndWhatItTookAwayIsNot() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia", "--email", "old@example.org")
    try desk.casevault(
      "case", "update", reference, "--client", "Nadine", "--drop-email", "old@example.org"
    ).succeeded()
    #expect(try desk.casevault("case", "find", "nadine").status == 0)
    #expect(try desk.casevault("case", "find", "nadia").status == 16)
    #expect(try desk.casevault("case", "find", "old").status == 16)
  }
}

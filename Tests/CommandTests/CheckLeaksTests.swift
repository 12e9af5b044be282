import TestSupport
import Testing

/// `casevault check --leaks` (P2).
struct CheckLeaksTests {
  @Test func aSoundVaultLeaksNothing() throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Wilhelmina Featherstone", "--email", "wf@example.org")
    #expect(try desk.casevault("check", "--leaks").status == 0)
  }

  @Test(arguments: [
    Array("xx WILHELMINA featherstone".utf8), Array("mailto:wf@example.org".utf8),
    "Wilhelmina Featherstone".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
    [UInt8](repeating: 7, count: (1 << 20) - 9) + Array("wilhelmina featherstone".utf8),
  ])
  func whatLiesInClearIsFoundAndNotShown(_ bytes: [UInt8]) throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Wilhelmina Featherstone", "--email", "wf@example.org")
    for place in [desk.vault, desk.home] {
      try place.plant(bytes, at: "tmp/thumbnail")
      let ended = try desk.casevault("check", "--leaks")
      #expect(ended.status == 1)
      #expect(ended.output.contains("tmp/thumbnail: holds something of a client in clear"))
      #expect(!ended.output.lowercased().contains("wilhelmina"))
      try place.remove("tmp/thumbnail")
    }
  }

  @Test func aNameInClearIsFoundAndNotShown() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Wilhelmina Featherstone")
    try desk.vault.plant([], at: "tmp/Wilhelmina Featherstone.pdf")
    let ended = try desk.casevault("check", "--leaks")
    #expect(ended.status == 1)
    #expect(ended.output.contains("tmp: a name in this folder holds a client's in clear"))
    #expect(!reference.isEmpty)
  }
}

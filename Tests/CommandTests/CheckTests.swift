import TestSupport
import Testing

/// `casevault check`.
struct CheckTests {
  @Test func aSoundVaultHasNothingWrong() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    try desk.note("A call.", in: reference)
    #expect(
      try desk.transcript("check") == """
        1 case, 2 records, 16.5 kB: the front of every record.
        Nothing is wrong.
        [0]
        """)
    #expect(
      try desk.transcript("check", "--deep", "--json") == """
        {"bytes":16512,"cases":1,"damaged":false,"deep":true,"findings":[],"records":2,"repaired":0}
        [0]
        """)
  }

  @Test func aFlippedByteInTheContentIsFoundByADeepCheckOnly() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let path = try desk.path(ofRecord: desk.note("A call.", in: reference))
    try desk.vault.alter(path) { $0[4_100] ^= 1 }
    #expect(try desk.casevault("check").status == 0)
    let deep = try desk.casevault("check", "--deep")
    #expect(deep.status == 14)
    #expect(
      deep.output.hasPrefix("damaged  cases/"), "\(deep.output)")
    #expect(deep.output.contains("record \(path.split(separator: "/")[3].prefix(10)) is damaged"))
    let findings = try #require(
      try desk.casevault("check", "--deep", "--json").object()["findings"] as? [[String: Any]])
    #expect(findings.map { $0["kind"] as? String } == ["damaged"])
    #expect(findings.map { $0["path"] as? String } == [path])
  }

  @Test func theIndexIsRebuiltFromTheRecords() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    try desk.note("A call.", in: reference)
    for name in desk.vault.files("index") { try desk.vault.remove("index/\(name)") }
    // Without the index the records still tell.
    #expect(try desk.casevault("case", "find", "nadia", "--json").text("ref") == reference)
    let stale = try desk.casevault("check", "--repair")
    #expect(stale.status == 0)
    #expect(!desk.vault.files("index").isEmpty)
    #expect(
      try desk.casevault("check").output.hasSuffix("Nothing is wrong.\n"))
    #expect(try desk.casevault("case", "find", "nadia", "--json").text("ref") == reference)
  }

  @Test func anOlderIndexIsCompleted() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    #expect(try desk.shell("cp -r vault/index before").status == 0)
    try desk.casevault("case", "update", reference, "--topic", "Visa").succeeded()
    #expect(try desk.shell("rm -r vault/index && mv before vault/index").status == 0)
    let stale = try desk.casevault("check", "--json").object()
    let findings = try #require(stale["findings"] as? [[String: Any]])
    #expect(findings.map { $0["kind"] as? String } == ["stale"])
    let repaired = try desk.casevault("check", "--repair", "--json").object()
    #expect(repaired["repaired"] as? Int == 1)
    #expect(try desk.casevault("case", "find", "visa").status == 0)
  }

  @Test func strangersAreListedAndDoNoHarm() throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Nadia")
    try desk.vault.plant([], at: "Thumbs.db")
    try desk.vault.plant([], at: "roster/x.sync-conflict-20261122")
    let ended = try desk.casevault("check")
    #expect(ended.status == 0)
    #expect(
      desk.transcript(ended) == """
        stranger  Thumbs.db: not a file of the vault
        stranger  roster/x.sync-conflict-20261122: not a file of the vault
        1 case, 1 record, 8.2 kB: the front of every record.
        [0]
        """)
  }

  @Test func whatACrashLeftIsCountedAndIgnored() throws {
    let desk = try Desk()
    try desk.vault.plant([1, 2, 3], at: "tmp/abcdefghijklmnopqrstuvwxyz")
    // Somebody may be writing it.
    #expect(try desk.casevault("check").lines.last == "Nothing is wrong.")
    try desk.shell("touch -d '61 minutes ago' vault/tmp/abcdefghijklmnopqrstuvwxyz").succeeded()
    #expect(
      try desk.transcript("check") == """
        unfinished  tmp: 1 half-written files of runs that did not finish
        0 cases, 0 records, 0 bytes: the front of every record.
        [0]
        """)
  }
}

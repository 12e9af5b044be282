import TestSupport
import Testing

/// One damaged file does not stop the others.
struct DamageTests {
  @Test func theSoundRecordsOfACaseAreShown() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let first = try desk.note("First note", in: reference)
    let second = try desk.note("Second note", in: reference)
    try desk.vault.alter(desk.path(ofRecord: first)) { $0[3_000] ^= 1 }
    // Who has seen it sound still lists it; its content is read from the vault.
    #expect(try desk.casevault("case", "show", reference).output.contains("First note"))
    #expect(try desk.casevault("get", reference, first).status == 14)
    try desk.forgetWhatWasSeen()
    let shown = try desk.casevault("case", "show", reference)
    #expect(shown.status == 14)
    #expect(shown.output.contains("Second note"))
    #expect(!shown.output.contains("First note"))
    #expect(shown.errors.contains("record \(first.prefix(10)) is damaged"))
    let json = try desk.casevault("case", "show", reference, "--json")
    #expect(json.status == 14)
    #expect((try json.object()["records"] as? [[String: Any]])?.count == 2)
    #expect(try desk.casevault("get", reference, first).status == 14)
    let sound = try desk.casevault("get", reference, second)
    #expect(sound.output == "Second note")
  }

  @Test func theSoundCasesOfAVaultAreListed() throws {
    let desk = try Desk()
    let damaged = try desk.casevault("case", "open", "--client", "Nadia", "--json")
    let sound = try desk.openCase("--client", "Omar")
    let path = try desk.path(ofRecord: damaged.text("record"))
    try desk.vault.alter(path) { $0[100] ^= 1 }
    try desk.forgetWhatWasSeen()
    // The index still tells of both; the records decide.
    #expect(try desk.casevault("case", "list", "--quiet").lines.count == 2)
    #expect(try desk.casevault("case", "show", damaged.text("ref")).status == 14)
    #expect(try desk.casevault("case", "show", sound).status == 0)
    let check = try desk.casevault("check")
    #expect(check.status == 14)
    #expect(check.output.contains("damaged  "))
  }

  @Test func aMissingOpeningIsSaid() throws {
    let desk = try Desk()
    let opened = try desk.casevault("case", "open", "--client", "Nadia", "--json")
    let reference = try opened.text("ref")
    try desk.note("A call.", in: reference)
    try desk.vault.remove(desk.path(ofRecord: opened.text("record")))
    #expect(try desk.casevault("case", "show", reference).status == 14)
    let check = try desk.casevault("check")
    #expect(check.status == 14)
    #expect(check.output.contains("missing  "))
  }

  @Test func aDamagedIndexHidesNothing() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    for name in desk.vault.files("index") {
      try desk.vault.alter("index/\(name)") { $0[$0.count - 1] ^= 1 }
    }
    #expect(try desk.casevault("case", "find", "nadia").status == 0)
    try desk.forgetWhatWasSeen()
    let found = try desk.casevault("case", "find", "nadia", "--json")
    #expect(try found.text("ref") == reference)
    #expect(found.status == 14)
    #expect(found.errors.contains("index/"))
    #expect(try desk.casevault("case", "find", "omar").status == 14)
  }

  @Test func aCaseOfWhichEveryKeyIsGoneIsSaid() throws {
    let desk = try Desk()
    _ = try desk.openCase("--client", "Nadia")
    for name in desk.vault.files("keyring") where !name.hasSuffix("document") {
      // Grants are 280 bytes; the others hold case keys.
      if try desk.vault.read("keyring/\(name)").count != 280 {
        try desk.vault.remove("keyring/\(name)")
      }
    }
    try desk.forgetWhatWasSeen()
    let check = try desk.casevault("check")
    #expect(check.status == 14)
    #expect(check.output.contains("the keyring has no key for this case"))
  }

  @Test func aVaultWithoutItsFirstEntryIsDamaged() throws {
    let desk = try Desk()
    for name in desk.vault.files("roster") { try desk.vault.remove("roster/\(name)") }
    #expect(
      try desk.transcript("case", "list") == """
        ! casevault: error: the vault's first roster entry is missing or damaged
        ! casevault: hint: run `casevault check` to see what else is; fetch the file from a backup \
        copy
        [14]
        """)
  }

  @Test func aSwappedRecordIsRefused() throws {
    let desk = try Desk()
    let one = try desk.openCase("--client", "Nadia")
    let two = try desk.openCase("--client", "Omar")
    let first = try desk.path(ofRecord: desk.note("For Nadia", in: one))
    let second = try desk.path(ofRecord: desk.note("For Omar", in: two))
    let record = String(second.split(separator: "/")[3].prefix(52))
    try desk.vault.copy(first, to: second)
    #expect(try desk.casevault("get", two, record).status == 14)
    #expect(try desk.casevault("get", two, record).output.isEmpty)
  }
}

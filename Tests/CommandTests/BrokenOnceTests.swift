import Foundation
import TestSupport
import Testing

/// What people who tried to break casevault once succeeded in.
struct BrokenOnceTests {
  @Test func aPassphraseInFrontOfANoteIsNoPartOfIt() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let filed = try desk.casevault(
      "note", "add", reference, "--passphrase-fd", "0", "--json",
      input: "\(Desk.passphrase)\nwhat was said\n",
      environment: ["CASEVAULT_PASSPHRASE_COMMAND": nil])
    let record = try filed.succeeded().text("record")
    #expect(try desk.casevault("get", reference, record).output == "what was said\n")
  }

  @Test func aPassphraseCommandGetsNothingOfTheNote() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let filed = try desk.casevault(
      "note", "add", reference, "--json", input: "what was said\n",
      environment: [
        "CASEVAULT_PASSPHRASE_COMMAND": "cat >/dev/null; printf %s '\(Desk.passphrase)'"
      ])
    let record = try filed.succeeded().text("record")
    #expect(try desk.casevault("get", reference, record).output == "what was said\n")
  }

  @Test func nothingReadableIsWrittenIntoAVault() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let filed = try desk.casevault("note", "add", reference, "--json", input: "words")
    let record = try filed.text("record")
    for place in ["letter.txt", "cases/letter.txt"] {
      let ended = try desk.casevault("get", reference, record, "-o", desk.vault.at(place))
      #expect(ended.status == 15)
      #expect(!desk.vault.exists(place))
    }
  }

  @Test func keysGoIntoNoOtherVaultEither() throws {
    let desk = try Desk()
    for home in ["home", "\u{301}home"] {
      let ended = try desk.casevault(
        "init", desk.files.at("second"), "--name", "S", "--manager", "M", "--kdf", "interactive",
        environment: ["CASEVAULT_HOME": desk.vault.at(home)])
      #expect(ended.status == 15)
      #expect(!desk.vault.exists(home))
    }
  }

  @Test func aCaseWhoseRecordsVanishedIsNotAnAnonymousOne() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    for record in desk.vault.files("cases") { try desk.vault.remove("cases/\(record)") }
    #expect(try desk.casevault("case", "show", reference).status == 14)
    #expect(try desk.casevault("note", "add", reference, input: "words").status == 14)
    let check = try desk.casevault("check")
    #expect(check.status == 14)
    #expect(check.output.contains("have vanished"))
  }

  @Test func aNewestRecordThatVanishedIsMissed() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let record = try desk.casevault("note", "add", reference, "--json", input: "words")
      .text("record")
    let file = try desk.vault.files("cases").first { $0.contains(record) }.orThrow()
    try desk.vault.remove("cases/\(file)")
    let check = try desk.casevault("check")
    #expect(check.status == 14)
    #expect(check.output.contains("has vanished"))
    // Who never saw it is told by the index, until a repair has it tell what is there.
    try desk.forgetWhatWasSeen()
    #expect(try desk.casevault("check", "--repair").status == 14)
    #expect(try desk.casevault("check").status == 0)
  }

  @Test func whatIsNotThereCannotBeTakenAway() throws {
    let desk = try Desk()
    let reference = try desk.openCase(
      "--client", "Nadia", "--phone", "07700 900123", "--email", "n@example.org")
    #expect(try desk.casevault("case", "update", reference, "--drop-phone", "0999").status == 16)
    #expect(
      try desk.casevault("case", "update", reference, "--drop-phone", "07700900123").status == 0)
    #expect(!(try desk.casevault("case", "show", reference).output.contains("07700")))
    let both = try desk.casevault(
      "case", "update", reference, "--clear", "client", "--client", "Nadia N")
    #expect(both.status == 64)
  }

  @Test func listsThatTwoChangeAtOnceKeepBoth() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let parties = (1...6).map { "Party \($0)" }
    let running = try parties.map {
      try desk.start(["case", "update", reference, "--party", $0])
    }
    for process in running { try process.end().succeeded() }
    let shown = try desk.casevault("case", "show", reference, "--json").object()
    #expect(Set(shown["parties"] as? [String] ?? []) == Set(parties))
    // And the index knows them all.
    for party in parties {
      #expect(try desk.casevault("case", "find", party).status == 0, "\(party)")
    }
  }

  @Test(.requiresLinux) func theWordsTypedAreNotOnShowWhileACommandRuns() throws {
    let desk = try Desk()
    let ended = try desk.casevault(
      "case", "open", "--client", "Visible Name",
      environment: [
        "CASEVAULT_PASSPHRASE_COMMAND":
          "tr '\\0' ' ' </proc/$PPID/cmdline >\(desk.files.at("seen")); printf %s '\(Desk.passphrase)'"
      ])
    try ended.succeeded()
    let seen = String(decoding: try desk.files.read("seen"), as: UTF8.self)
    #expect(!seen.contains("Visible"))
  }

  @Test func whatIsNoMailIsNotFiledAsOne() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.plant(Array("%PDF-1.4 …".utf8), at: "letter.eml")
    let ended = try desk.casevault("mail", "add", reference, desk.files.at("letter.eml"))
    #expect(ended.status == 15)
    #expect(ended.hints.first?.contains("scan add") == true)
  }

  @Test func anEmptyNoteIsNotFiled() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    #expect(try desk.casevault("note", "add", reference, input: "").status == 64)
    #expect(try desk.casevault("note", "add", reference, "--advice", " ").status == 64)
  }

  @Test func namesAreFoundAsPeopleTypeThem() throws {
    let desk = try Desk()
    _ = try desk.openCase(
      "--client", "Pat O’Neill van den Berg", "--party", "李明", "--phone", "07700 900123")
    for words in ["oneill", "O'Neill", "berg van", "明", "07700900123", "0770"] {
      #expect(try desk.casevault("case", "find", words).status == 0, "\(words)")
    }
  }

  @Test func aReferenceMayBePastedWithBlanks() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    for typed in [" \(reference) ", reference.replacing("-", with: " ")] {
      #expect(try desk.casevault("case", "show", typed).status == 0)
    }
  }
}

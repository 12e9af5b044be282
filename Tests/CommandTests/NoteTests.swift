import TestSupport
import Testing

/// `casevault note` and `casevault withdraw`.
@Suite(.requiresTestClock) struct NoteTests {
  @Test func aNoteFromAFileHasItsFirstLineAsTitle() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let file = try desk.file("note.txt", "\n  Spoke about the deposit.\r\nMore.\n")
    #expect(
      try desk.transcript("note", "add", reference, file)
        == "Filed rrrrrrrrrr in RRRR-RRRR: Spoke about the deposit.\n[0]")
    let record = try #require(try desk.records(of: reference).last)
    #expect(record["kind"] as? String == "note")
    #expect(record["media_type"] as? String == "text/plain")
    #expect(
      try desk.content(of: (record["id"] as? String).orThrow(), in: reference)
        == Array("\n  Spoke about the deposit.\r\nMore.\n".utf8))
  }

  @Test func aNoteFromStandardInputNeedsNoDash() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let ended = try desk.casevault("note", "add", reference, "--json", input: "A call.")
    #expect(
      desk.transcript(ended)
        == #"{"case":"<id>","record":"<record>","ref":"RRRR-RRRR"}"# + "\n[0]")
    #expect(
      try desk.transcript("note", "add", reference, "--quiet", input: "A call.")
        == "<record>\n[0]")
    let piped = try desk.shell("printf 'through a pipe' | casevault note add \(reference) --quiet")
    #expect(try desk.content(of: piped.lines[0], in: reference) == Array("through a pipe".utf8))
  }

  @Test func adviceIsAFormWithItsPartsAndItsDocuments() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let letter = try desk.note("The landlord's letter.", in: reference)
    let ended = try desk.casevault(
      "note", "add", reference, "--matter", "Deposit withheld", "--choices", "Wait, or write",
      "--advice", "Write", "--next-steps", "Call in a week", "--attach",
      String(letter.prefix(8)), "--channel", "phone", "--json")
    let record = try ended.text("record")
    #expect(
      try desk.transcript("show", reference, record, "--text") == """
        Matter

        Deposit withheld

        Options

        Wait, or write

        Advice

        Write

        Next steps

        Call in a week
        [0]
        """)
    let shown = try desk.casevault("show", reference, record, "--json").object()
    let details = try #require(shown["details"] as? [String: Any])
    #expect(details["form"] as? String == "advice")
    #expect(details["attached"] as? [String] == [letter])
    #expect(details["channel"] as? String == "phone")
    #expect(shown["title"] as? String == "Deposit withheld")
  }

  @Test func adviceAndAFileExcludeEachOther() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let file = try desk.file("note.txt", "A call.")
    #expect(
      try desk.transcript("note", "add", reference, file, "--advice", "Write") == """
        ! casevault: error: give a file, or the parts of the advice, not both
        [64]
        """)
  }

  @Test func theDayOfTheWorkCanBeEarlierAndNeverLater() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia", "--worked", "2026-11-01")
    let note = try desk.note("A call.", in: reference, "--worked", "2026-11-15")
    #expect(try desk.casevault("show", reference, note, "--json").text("worked") == "2026-11-15")
    #expect(try desk.shown(reference)["last_work"] as? String == "2026-11-15")
    let before = desk.everythingButTheLog()
    let ended = try desk.casevault(
      "note", "add", reference, "--worked", "2026-11-23", input: "A call.")
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: work cannot be dated after today
        ! casevault: hint: give --worked the day it was done
        [64]
        """)
    #expect(desk.everythingButTheLog() == before)
  }

  @Test func todayIsTheDayInTheServicesOwnZone() throws {
    // 23:30 UTC on 30 June is 00:30 on 1 July in London.
    let desk = try Desk(at: "2027-06-30 23:30:00")
    let reference = try desk.openCase("--client", "Nadia")
    let note = try desk.note("A call.", in: reference, "--worked", "2027-07-01")
    #expect(try desk.casevault("show", reference, note, "--json").text("worked") == "2027-07-01")
  }

  @Test func anAmendmentStandsInThePlaceOfTheOld() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let old = try desk.note("Frist version", in: reference, "--worked", "2026-11-20")
    #expect(
      try desk.transcript("note", "amend", reference, old, input: "First version")
        == "Filed rrrrrrrrrr in RRRR-RRRR: First version\n[0]")
    let records = try desk.records(of: reference)
    #expect(records[1]["replaced_by"] as? [String] == [try (records[2]["id"] as? String).orThrow()])
    #expect(records[2]["replaces"] as? [String] == [old])
    #expect(records[2]["worked"] as? String == "2026-11-20")
    #expect(
      try desk.casevault("case", "show", reference).output.contains("amended: Frist version"))
    #expect(try desk.content(of: old, in: reference) == Array("Frist version".utf8))
  }

  @Test func onlyNotesAreAmended() throws {
    let desk = try Desk(at: Desk.noon)
    let opened = try desk.casevault("case", "open", "--json")
    let ended = try desk.casevault(
      "note", "amend", opened.text("ref"), opened.text("record"), input: "x")
    #expect(
      desk.transcript(ended) == """
        ! casevault: error: record rrrrrrrrrr is no note
        ! casevault: hint: withdraw it and file it again
        [64]
        """)
  }

  @Test func twoAmendmentsMadeApartAreBothKept() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let old = try desk.note("Version 1", in: reference)
    // A copy of the share, as a laptop has it that was offline meanwhile.
    #expect(try desk.shell("cp -r vault laptop").status == 0)
    let here = try desk.casevault("note", "amend", reference, old, "--json", input: "Version 2a")
      .text("record")
    let there = try desk.casevault(
      "note", "amend", reference, old, "--json", "--vault", desk.files.at("laptop"),
      input: "Version 2b"
    ).text("record")
    #expect(try desk.shell("cp -r laptop/cases laptop/index laptop/log vault").status == 0)

    let records = try desk.records(of: reference)
    let amended = try #require(records.first { $0["id"] as? String == old })
    #expect(Set(amended["replaced_by"] as? [String] ?? []) == [here, there])
    let shown = try desk.casevault("case", "show", reference).succeeded().output
    #expect(shown.contains("Version 2a") && shown.contains("Version 2b"))
    #expect(try desk.content(of: here, in: reference) == Array("Version 2a".utf8))
    #expect(try desk.content(of: there, in: reference) == Array("Version 2b".utf8))
    #expect(try desk.casevault("check", "--deep", "--repair").status == 0)
  }

  @Test func aWithdrawnRecordIsMarkedAndKept() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia", "--worked", "2026-11-01")
    let note = try desk.note("Of another client", in: reference)
    #expect(
      try desk.transcript("withdraw", reference, note, "--reason", "wrong case")
        == "Filed rrrrrrrrrr in RRRR-RRRR: Withdrawn\n[0]")
    let record = try #require(try desk.records(of: reference).first { $0["id"] as? String == note })
    #expect(record["withdrawn"] as? Bool == true)
    #expect(
      try desk.casevault("case", "show", reference).output.contains("withdrawn: Of another client"))
    // Withdrawn work is none.
    #expect(try desk.shown(reference)["last_work"] as? String == "2026-11-01")
    #expect(try desk.content(of: note, in: reference) == Array("Of another client".utf8))
  }

  @Test func whatSaysSomethingOfTheCaseIsNotWithdrawn() throws {
    let desk = try Desk(at: Desk.noon)
    let opened = try desk.casevault("case", "open", "--json")
    #expect(
      try desk.transcript(
        "withdraw", opened.text("ref"), opened.text("record"), "--reason", "x") == """
          ! casevault: error: a record of kind opening cannot be withdrawn
          ! casevault: hint: change what is known of the case with `casevault case update`
          [64]
          """)
    let reference = try opened.text("ref")
    let note = try desk.note("A call.", in: reference)
    #expect(
      try desk.transcript("withdraw", reference, note, "--reason", "")
        == "! casevault: error: give a reason\n[64]")
    #expect(try desk.casevault("withdraw", reference, note).status == 64)
  }

  @Test func aNoteThatIsNoTextIsKeptByteForByte() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let bytes: [UInt8] = [0xff, 0, 0x0a, 0x1b] + Array(repeating: 7, count: 70_000)
    try desk.files.plant(bytes, at: "memo.bin")
    let record = try desk.casevault(
      "note", "add", reference, desk.files.at("memo.bin"), "--json"
    ).text("record")
    let shown = try desk.casevault("show", reference, record, "--json").object()
    #expect(shown["media_type"] as? String == "application/octet-stream")
    #expect(shown["title"] as? String == "memo.bin")
    #expect(try desk.content(of: record, in: reference) == bytes)
  }
}

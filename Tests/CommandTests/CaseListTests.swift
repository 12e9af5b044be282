import TestSupport
import Testing

/// `casevault case list`.
@Suite(.requiresTestClock) struct CaseListTests {
  @Test func casesWorkedOnLastComeFirst() throws {
    let desk = try Desk(at: Desk.noon)
    _ = try desk.openCase("--client", "First Client", "--worked", "2026-11-10")
    _ = try desk.openCase("--client", "Second Client", "--worked", "2026-11-12")
    let third = try desk.openCase("--client", "Third Client", "--worked", "2026-11-11")
    #expect(
      try desk.transcript("case", "list") == """
        Reference  Client         Topic  Adviser       Last work   Status
        RRRR-RRRR  Second Client         Mara Manager  2026-11-12  open
        RRRR-RRRR  Third Client          Mara Manager  2026-11-11  open
        RRRR-RRRR  First Client          Mara Manager  2026-11-10  open
        [0]
        """)
    try desk.note("A call.", in: third, "--worked", "2026-11-13")
    #expect(try desk.casevault("case", "list").lines[1].contains("Third Client"))
  }

  @Test func anEmptyVaultListsNoCase() throws {
    let desk = try Desk(at: Desk.noon)
    #expect(try desk.transcript("case", "list") == "! no case\n[0]")
    #expect(try desk.transcript("case", "list", "--json") == "[0]")
  }

  @Test func scriptsGetOneObjectALine() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase(
      "--client", "Nadia", "--email", "n@example.org", "--phone", "1", "--student-id", "s1",
      "--party", "Grab", "--topic", "Fees")
    _ = try desk.openCase("--pseudonym", "Heron")
    let rows = try desk.casevault("case", "list", "--json").succeeded().objects()
    #expect(rows.count == 2)
    let row = try #require(rows.first { $0["ref"] as? String == reference })
    #expect(
      Set(row.keys) == [
        "ref", "id", "status", "client", "parties", "topic", "adviser", "opened", "closed",
        "last_work", "expires",
      ])
    let client = try #require(row["client"] as? [String: Any])
    #expect(client["name"] as? String == "Nadia")
    #expect(client["student_id"] as? String == "s1")
    #expect(client["emails"] as? [String] == ["n@example.org"])
    #expect(client["phones"] as? [String] == ["1"])
    #expect(row["expires"] as? String == "2033-08-01")
    #expect(row["status"] as? String == "open")
    let ids = try desk.casevault("case", "list", "--quiet").succeeded().lines
    #expect(Set(ids) == Set(rows.compactMap { $0["id"] as? String }))
  }

  @Test func openAndClosedCasesAreToldApart() throws {
    let desk = try Desk(at: Desk.noon)
    _ = try desk.openCase("--client", "Nadia")
    #expect(try desk.casevault("case", "list", "--open", "--quiet").lines.count == 1)
    #expect(try desk.casevault("case", "list", "--closed", "--quiet").lines.isEmpty)
    let both = try desk.casevault("case", "list", "--open", "--closed")
    #expect(both.status == 64)
    #expect(
      both.errorMessages == ["casevault: error: --open and --closed exclude each other"])
  }

  @Test(arguments: ["me", "Mara Manager", "mara", "manager"])
  func anAdvisersCasesAreFoundByAnyOfTheirNames(_ name: String) throws {
    let desk = try Desk(at: Desk.noon)
    _ = try desk.openCase("--client", "Nadia")
    #expect(try desk.casevault("case", "list", "--adviser", name, "--quiet").lines.count == 1)
  }

  @Test func aCaseIsDueOnTheFirstDayAfterItsSixYears() throws {
    var desk = try Desk(at: Desk.noon)
    let early = try desk.openCase("--client", "Nadia", "--worked", "2026-07-31")
    let late = try desk.openCase("--client", "Omar", "--worked", "2026-08-01")
    func due(_ day: String) throws -> [String] {
      desk.time = "\(day) 12:00:00"
      return try desk.casevault("case", "list", "--due", "--json").succeeded().objects()
        .compactMap { $0["ref"] as? String }
    }
    #expect(try due("2032-07-31").isEmpty)
    #expect(try due("2032-08-01") == [early])
    #expect(try due("2033-07-31") == [early])
    #expect(try due("2033-08-01") == [late, early])
    #expect(try due("2034-01-15") == [late, early])
  }
}

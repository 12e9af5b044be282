import TestSupport
import Testing

/// `casevault case update` and what `case show --json` says after it.
@Suite(.requiresTestClock) struct CaseUpdateTests {
  private func client(_ desk: Desk, _ reference: String) throws -> [String: Any] {
    try (desk.shown(reference)["client"] as? [String: Any]).orThrow()
  }

  @Test func showKeepsTheContractOfItsFields() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia", "--channel", "video")
    let shown = try desk.shown(reference)
    for field in [
      "ref", "id", "status", "client", "parties", "topic", "adviser", "opened", "closed",
      "last_work", "expires", "walled", "held", "records",
    ] {
      #expect(shown.keys.contains(field), "\(field)")
    }
    #expect(shown["expires"] as? String == "2033-08-01")
    #expect(shown["opened"] as? String == "2026-11-22")
    #expect(shown["walled"] as? Bool == false)
    #expect(shown["held"] as? Bool == false)
    let record = try #require((shown["records"] as? [[String: Any]])?.first)
    for field in ["id", "kind", "title", "author", "time", "media_type", "bytes", "replaces"] {
      #expect(record.keys.contains(field), "\(field)")
    }
    #expect(record["author"] as? String == "Mara Manager")
    #expect((record["time"] as? String)?.hasPrefix("2026-11-22T12:0") == true)
    #expect(record["media_type"] as? String == "application/json")
    #expect(
      try desk.casevault("case", "show", reference, "--quiet").lines
        == [record["id"] as? String])
  }

  @Test func listsGrowAndSingleValuesAreReplaced() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase(
      "--client", "Nadia", "--email", "a@example.org", "--phone", "1", "--party", "Grab",
      "--topic", "Fees")
    #expect(
      try desk.transcript(
        "case", "update", reference, "--email", "b@example.org", "--phone", "2", "--party", "Let",
        "--topic", "Housing", "--client", "Nadia Novák", "--contact", "letters"
      ) == "Filed rrrrrrrrrr in RRRR-RRRR: Details changed\n[0]")
    let shown = try desk.shown(reference)
    #expect(shown["topic"] as? String == "Housing")
    #expect(shown["parties"] as? [String] == ["Grab", "Let"])
    let client = try client(desk, reference)
    #expect(client["name"] as? String == "Nadia Novák")
    #expect(client["emails"] as? [String] == ["a@example.org", "b@example.org"])
    #expect(client["phones"] as? [String] == ["1", "2"])
    #expect(client["contact"] as? String == "letters")
  }

  @Test func whatIsDroppedOrClearedIsGone() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase(
      "--client", "Nadia", "--student-id", "s1", "--pseudonym", "Heron", "--email",
      "a@example.org", "--email", "b@example.org", "--phone", "1", "--party", "Grab", "--topic",
      "Fees", "--contact", "mail", "--unsafe-contact", "phone")
    try desk.casevault(
      "case", "update", reference, "--drop-email", "a@example.org", "--drop-phone", "1",
      "--drop-party", "Grab"
    ).succeeded()
    var client = try client(desk, reference)
    #expect(client["emails"] as? [String] == ["b@example.org"])
    #expect(client["phones"] == nil)
    #expect((try desk.shown(reference)["parties"] as? [String])?.isEmpty == true)
    try desk.casevault(
      "case", "update", reference, "--clear", "client", "--clear", "student-id", "--clear",
      "contact", "--clear", "unsafe-contact", "--clear", "topic", "--drop-email", "b@example.org"
    ).succeeded()
    client = try self.client(desk, reference)
    #expect(Array(client.keys) == ["pseudonym"])
    #expect(!(try desk.shown(reference)["topic"] is String))
    try desk.casevault("case", "update", reference, "--clear", "pseudonym").succeeded()
    #expect(try desk.casevault("case", "show", reference).lines[1] == "Client        (anonymous)")
  }

  @Test func anUpdateThatChangesNothingIsRefused() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    #expect(
      try desk.transcript("case", "update", reference) == """
        ! casevault: error: nothing to change was given
        ! casevault: hint: see `casevault help case update`
        [64]
        """)
    #expect(try desk.casevault("case", "update", reference, "--clear", "parties").status == 64)
    #expect(try desk.records(of: reference).count == 1)
  }

  @Test func anUpdateIsNoWorkAndDoesNotPutOffTheEnd() throws {
    var desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    desk.time = "2027-09-01 12:00:00"
    try desk.casevault("case", "update", reference, "--topic", "Visa").succeeded()
    #expect(try desk.shown(reference)["last_work"] as? String == "2026-11-22")
    try desk.note("A call.", in: reference)
    #expect(try desk.shown(reference)["last_work"] as? String == "2027-09-01")
    #expect(try desk.shown(reference)["expires"] as? String == "2034-08-01")
  }

  @Test func historyTellsWhatWasThereBefore() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia", "--topic", "Fees")
    let note = try desk.note("A call.\nLong.", in: reference)
    try desk.casevault("case", "update", reference, "--clear", "topic", "--email", "n@x.org")
      .succeeded()
    try desk.casevault("withdraw", reference, note, "--reason", "wrong case").succeeded()
    #expect(
      try desk.transcript("case", "history", reference) == """
        2026-11-22T12:00:00Z  rrrrrrrrrr  Mara Manager: opening, Case opened
            adviser: "Mara Manager"
            client: {"name":"Nadia"}
            ref: "RRRR-RRRR"
            topic: "Fees"
        2026-11-22T12:00:00Z  rrrrrrrrrr  Mara Manager: note, A call.
        2026-11-22T12:00:00Z  rrrrrrrrrr  Mara Manager: update, Details changed
            add: {"emails":["n@x.org"]}
            topic: null
        2026-11-22T12:00:00Z  rrrrrrrrrr  Mara Manager: withdrawal, Withdrawn
            because: wrong case
            withdraws rrrrrrrrrr
        [0]
        """)
    let objects = try desk.casevault("case", "history", reference, "--json").objects()
    #expect(objects.count == 4)
    let change = try #require(objects[2]["change"] as? [String: Any])
    #expect(Set(change.keys) == ["add", "topic"])
    #expect(
      try desk.casevault("case", "history", reference, "--quiet").lines
        == objects.compactMap { $0["id"] as? String })
  }
}

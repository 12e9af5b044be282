import CaseVault
import Foundation
import Storage
import TestSupport
import Testing
import VaultFormat

/// `casevault log show` and `log verify`.
struct LogTests {
  @Test func theLogIsShownAndShowsItself() throws {
    let desk = try Desk()
    for turn in 1...2 {
      let entries = try desk.casevault("log", "show", "--json").succeeded().objects()
      #expect(entries.count == turn)
      let entry = entries[turn - 1]
      #expect(
        Set(entry.keys) == [
          "time", "member", "device", "action", "case", "record", "program", "purpose", "result",
          "sequence",
        ])
      #expect(entry["action"] as? String == "log show" && entry["result"] as? String == "ok")
      #expect(entry["member"] as? String == "Mara Manager" && entry["case"] is NSNull)
    }
    #expect(try desk.casevault("log", "show").succeeded().lines.count == 3)
  }

  @Test func filtersTakeWhatTheySay() throws {
    let desk = try Desk(at: Needs.hasTestClock ? Desk.noon : nil)
    let reference = try desk.openCase("--client", "Nadia")
    try desk.casevault("log", "show").succeeded()
    func count(_ filter: String...) throws -> Int {
      try desk.run(["log", "show", "--json"] + filter).succeeded().lines.count
    }
    // The opening of the case is one entry.
    #expect(try count("--member", "mara") == 3)
    #expect(try count("--until", "2001-01-01") == 0)
    #expect(try count("--since", "2001-01-01") == 5)
    #expect(try count("--case", reference) == 1)
    #expect(try desk.casevault("log", "show", "--member", "nobody").status == 16)
    #expect(try desk.casevault("log", "show", "--since", "today").status == 64)
    #expect(try desk.casevault("log", "show", "--case", "zzzzzzzz").status == 16)
  }

  /// Purposes are a closed list, and each opening has one of them.
  @Test func everyReadingHasAPurpose() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let purposes = ["advice", "contact", "monitoring", "feedback", "upkeep"]
    for purpose in purposes {
      try desk.casevault("case", "show", reference, "--purpose", purpose).succeeded()
    }
    for wrong in ["curiosity", "Advice", ""] {
      let refused = try desk.casevault("case", "show", reference, "--purpose", wrong)
      #expect(refused.status == 64 && refused.output.isEmpty)
    }
    let shown = try desk.casevault("log", "show", "--json").succeeded().objects()
    let read = shown.filter { $0["action"] as? String == "case show" }
    #expect(read.map { $0["purpose"] as? String } == purposes)
  }

  /// The identity of a computer that enrolled does not know its member; the roster does.
  @Test func theEntriesOfAComputerThatEnrolledNameItsMember() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let ada = try desk.enrol("Ada Adviser", at: "ada")
    _ = try desk.casevault(
      "staff", "admit", ada.request, "--role", "adviser", "--words", ada.words
    ).succeeded()
    _ = try desk.run("case", "show", reference, at: "ada").succeeded()
    let shown = try desk.casevault("log", "show", "--json")
    #expect(shown.status == 0 && shown.errors.isEmpty)
    let hers = try shown.objects().filter { $0["member"] as? String == "Ada Adviser" }
    #expect(hers.map { $0["action"] as? String } == ["case show"])
  }

  @Test func everybodyVerifiesWithoutAPassphrase() throws {
    let desk = try Desk()
    try desk.casevault("log", "show").succeeded()
    try desk.keep(passphrase: "wrong")
    #expect(
      try desk.transcript("log", "verify") == """
        1 entry of 1 device.
        Nothing is wrong.
        [0]
        """)
    let nobody = try desk.casevault(
      "log", "verify", "--json", environment: ["CASEVAULT_HOME": desk.files.at("nobody")]
    ).object()
    #expect(nobody["entries"] as? Int == 1)
    #expect((nobody["findings"] as? [Any])?.isEmpty == true)
  }

  @Test func whatIsWrongEndsWith14AndNoFilterHidesIt() throws {
    let desk = try Desk()
    try desk.casevault("log", "show").succeeded()
    let path = try desk.vault.files("log").first.orThrow()
    try desk.vault.alter("log/\(path)") { $0[400] ^= 1 }
    let verified = try desk.casevault("log", "verify")
    #expect(verified.status == 14)
    #expect(verified.errors.contains("edited, reordered or cut"))
    let shown = try desk.casevault("log", "show", "--json", "--until", "2001-01-01")
    #expect(shown.status == 14 && shown.lines.isEmpty)
    #expect(shown.errors.contains("edited, reordered or cut"))
    #expect(try desk.casevault("check").status == 14)
  }

  @Test func aLogThatWasTakenAwayIsMissed() throws {
    let desk = try Desk()
    try desk.casevault("log", "show").succeeded()
    for path in desk.vault.files("log") { try desk.vault.remove("log/\(path)") }
    let verified = try desk.casevault("log", "verify")
    #expect(verified.status == 14 && verified.errors.contains("whole log"))
  }

  @Test func aHomePutBackIsRefused() throws {
    let desk = try Desk()
    #expect(try desk.shell("cp -a home before").status == 0)
    try desk.casevault("log", "show").succeeded()
    #expect(try desk.shell("rm -r home && mv before home").status == 0)
    let ended = try desk.casevault("log", "show")
    #expect(ended.status == 15)
    #expect(ended.hints == ["casevault: hint: enrol this computer again"])
  }
}

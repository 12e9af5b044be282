import Foundation
import TestSupport
import Testing

/// `casevault enrol`, `staff` and `device`, with several computers.
struct StaffTests {
  /// What is drawn at random here, by its length.
  private func normal(_ ended: Ended, _ desk: Desk) -> String {
    desk.transcript(ended).text
      .replacing(/([a-z]+ ){7}[a-z]+$/.anchorsMatchLineEndings(), with: "<words>")
      .replacing(/\b[a-z2-7]{10}\b/) { match in
        match.output.contains(where: \.isNumber) ? "xxxxxxxxxx" : match.output
      }
  }

  @Test func anOfficeOfThreeComputersWorksTogether() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let ada = try desk.enrol("Ada Adviser", at: "ada")
    #expect(ada.words.split(separator: " ").count == 8)
    #expect(try desk.run("case", "list", at: "ada").status == 15)

    let admitted = try desk.casevault(
      "staff", "admit", ada.request, "--role", "adviser", "--words", ada.words.uppercased())
    #expect(desk.transcript(admitted) == "Ada Adviser, adviser, is admitted.\n[0]")
    #expect(try desk.run("case", "show", reference, at: "ada").succeeded().output.contains("Nadia"))

    let wendy = try desk.enrol("Wendy Welcome", at: "wendy")
    let json = try desk.casevault(
      "staff", "admit", String(wendy.request.prefix(8)), "--role", "desk", "--words", wendy.words,
      "--json"
    ).succeeded().object()
    #expect(json["in_force"] as? Bool == true && json["granted"] as? Int == 0)
    let refused = try desk.run("case", "list", at: "wendy")
    #expect(desk.transcript(refused) == "! casevault: error: the role desk opens no case\n[15]")
    #expect(try desk.casevault("check", "--deep").status == 0)
  }

  @Test func enrollingSaysWhatToDoNext() throws {
    let desk = try Desk()
    let arguments = ["enrol", "--name", "Ada", "--kdf", "interactive"]
    let first = try desk.run(arguments, environment: desk.computer("ada"))
    #expect(first.status == 0)
    #expect(first.lines[0] == "Ada asks to join Advice Place.")
    #expect(first.lines[2].hasPrefix("Words:   "))
    #expect(first.errors.contains("Read the eight words to Mara Manager"))
    // Again, at a computer where nobody types a passphrase.
    let again = try desk.run(
      arguments,
      environment: desk.computer("ada").merging(["CASEVAULT_PASSPHRASE_COMMAND": nil]) { $1 })
    #expect(again.output == first.output && again.status == 0)
    let member = try desk.casevault("enrol", "--name", "Mara")
    #expect(
      desk.transcript(member) == """
        ! casevault: error: this computer is on the vault's roster already
        ! casevault: hint: to be another computer, set CASEVAULT_HOME to a folder of its own
        [15]
        """)
  }

  @Test func wordsThatDifferAreRefusedWithTheWayOut() throws {
    let desk = try Desk()
    let ada = try desk.enrol("Ada", at: "ada")
    let other = try desk.enrol("Ada", at: "eve")
    let refused = try desk.casevault(
      "staff", "admit", ada.request, "--role", "adviser", "--words", other.words)
    #expect(refused.status == 15)
    #expect(
      refused.errorMessages == [
        "casevault: error: the words differ: this is not the request that they were read from"
      ])
    #expect(refused.hints.count == 1)
    #expect(try desk.run("case", "list", at: "ada").status == 15)
    let none = try desk.casevault(
      "staff", "admit", "aaaaaaaa", "--role", "adviser", "--words", ada.words)
    #expect(none.status == 16)
    let both = try desk.casevault("staff", "admit", ada.request, "--words", ada.words)
    #expect(both.status == 64)
  }

  @Test func aSecondComputerIsSignedAtTheFirst() throws {
    let desk = try Desk()
    let ada = try desk.enrol("Ada", at: "ada")
    _ = try desk.casevault(
      "staff", "admit", ada.request, "--role", "adviser", "--words", ada.words
    ).succeeded()
    let laptop = try desk.enrol("Ada", at: "laptop")
    let waiting = try desk.casevault(
      "staff", "admit", laptop.request, "--as", "Ada", "--words", laptop.words)
    #expect(
      normal(waiting, desk).hasPrefix(
        "A further computer of Ada waits for the signature of another computer of Ada:"))
    #expect(try desk.run("case", "list", at: "laptop").status == 15)
    #expect(
      try desk.casevault("staff", "countersign", laptop.request, "--words", laptop.words).status
        == 15)
    let signed = try desk.run("staff", "countersign", "--words", laptop.words, at: "ada")
    #expect(desk.transcript(signed) == "A further computer of Ada is admitted.\n[0]")
    #expect(try desk.run("case", "list", at: "laptop").status == 0)
    let devices = try desk.run("device", "list", "--json", at: "laptop").succeeded().objects()
    #expect(devices.count == 3)
    #expect(devices.filter { $0["this"] as? Bool == true }.count == 1)
    #expect(devices.filter { $0["name"] as? String == "Ada" }.count == 2)
  }

  @Test func theListNamesMembersThoseWhoWaitAndThoseWhoAsk() throws {
    let desk = try Desk()
    for (name, role) in [("Cleo", "chief-executive"), ("Tom", "trustee"), ("Max", "manager")] {
      let newcomer = try desk.enrol(name, at: name)
      _ = try desk.casevault(
        "staff", "admit", newcomer.request, "--role", role, "--words", newcomer.words
      ).succeeded()
    }
    let zoe = try desk.enrol("Zoe", at: "zoe")
    let list = try desk.casevault(
      "staff", "list", "--json", environment: ["CASEVAULT_PASSPHRASE_COMMAND": nil]
    ).succeeded()
    let objects = try list.objects()
    #expect(
      objects.map { $0["kind"] as? String } == [
        "member", "member", "member", "pending", "request",
      ])
    #expect(
      objects.compactMap { $0["name"] as? String } == [
        "Cleo", "Mara Manager", "Tom", "Max", "Zoe",
      ])
    #expect(objects[4]["request"] as? String == zoe.request)
    #expect(!list.output.contains(zoe.words.prefix(20)))
    let table = try desk.casevault("staff", "list")
    #expect(table.lines.count == 6 && table.status == 0)
    #expect(table.output.contains("asks to join"))
  }

  @Test func onlyAManagerIsAskedForAKey() throws {
    let desk = try Desk()
    let ada = try desk.enrol("Ada", at: "ada")
    _ = try desk.casevault(
      "staff", "admit", ada.request, "--role", "adviser", "--words", ada.words
    ).succeeded()
    let ben = try desk.enrol("Ben", at: "ben")
    let refused = try desk.run(
      ["staff", "admit", ben.request, "--role", "adviser", "--words", ben.words],
      environment: desk.computer("ada").merging(["CASEVAULT_PASSPHRASE_COMMAND": nil]) { $1 })
    #expect(
      desk.transcript(refused)
        == "! casevault: error: only a manager admits; you are adviser\n[15]")
  }

  @Test func waitingEndsWhenTheKeysOpen() throws {
    let desk = try Desk()
    let ended = try desk.shell(
      #"""
      mkfifo answer
      CASEVAULT_HOME="$OTHER" casevault enrol --name Ada --kdf interactive --wait --json >answer &
      read -r line <answer
      casevault staff admit "$(expr "$line" : '.*"request":"\([a-z2-7]*\)"')" --role adviser \
        --words "$(expr "$line" : '.*"words":"\([a-z ]*\)"')"
      wait $!
      echo "ended with $?"
      """#, environment: ["OTHER": desk.files.at("home-ada")])
    #expect(ended.lines == ["Ada, adviser, is admitted.", "ended with 0"])
    #expect(ended.errors.contains("This computer is admitted as adviser."))
  }

  /// The sample of 0.2, with a spool of the access log that its home did not ship.
  @Test func aVaultOfTheSecondVersionGoesOn() throws {
    let desk = try Desk(founded: false)
    let samples = Corpus.package.appendingPathComponent("Vault/samples").path
    try FileManager.default.copyItem(atPath: "\(samples)/v2", toPath: desk.vault.path)
    try FileManager.default.copyItem(atPath: "\(samples)/v2.home", toPath: desk.home.path)
    try desk.keep(passphrase: "an invented office in Wyreford")
    #expect(try desk.casevault("case", "list", "--json").succeeded().objects().count == 2)
    #expect(try desk.casevault("check", "--deep").status == 0)
    let log = try desk.casevault("log", "show", "--json")
    #expect(log.status == 0 && log.errors.isEmpty)
    let actions = try log.objects().filter { $0["member"] as? String == "Ada Lindqvist" }
    #expect(actions.count == 7)
    let waiting = try desk.casevault("staff", "list", "--json").succeeded().objects()
    #expect(waiting.suffix(2).map { $0["name"] as? String } == ["Dana Whitlock", "Zoe Abara"])
  }

  /// A vault of 0.1, whose list has none of the kinds that admitting needs.
  @Test func aVaultOfTheFirstVersionTakesColleaguesIn() throws {
    let desk = try Desk(founded: false)
    let samples = Corpus.package.appendingPathComponent("Vault/samples").path
    try FileManager.default.copyItem(atPath: "\(samples)/v1", toPath: desk.vault.path)
    try FileManager.default.copyItem(atPath: "\(samples)/v1.home", toPath: desk.home.path)
    try desk.keep(passphrase: "an invented office in Wyreford")
    let ada = try desk.enrol("Ada", at: "ada")
    _ = try desk.casevault(
      "staff", "admit", ada.request, "--role", "adviser", "--words", ada.words
    ).succeeded()
    let laptop = try desk.enrol("Morgan Ellis", at: "laptop")
    _ = try desk.casevault(
      "staff", "admit", laptop.request, "--as", "Morgan Ellis", "--words", laptop.words
    ).succeeded()
    // The list grew twice, and two were admitted.
    #expect(desk.vault.names("roster").count == 5)
    // An adviser's signature counts, too, though no adviser brings a kind into use.
    let tablet = try desk.enrol("Ada", at: "tablet")
    _ = try desk.casevault(
      "staff", "admit", tablet.request, "--as", "Ada", "--words", tablet.words
    ).succeeded()
    _ = try desk.run("staff", "countersign", "--words", tablet.words, at: "ada").succeeded()
    #expect(try desk.run("case", "list", at: "tablet").status == 0)
    #expect(try desk.run("case", "list", at: "ada").status == 0)
    #expect(try desk.run("case", "list", at: "laptop").status == 0)
    #expect(try desk.casevault("check", "--deep").status == 0)
  }
}

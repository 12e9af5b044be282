import Foundation
import TestSupport
import Testing

/// What people meet in the morning after something went wrong, and their way out.
@Suite struct MorningTests {
  private let office: OfficeDesks
  private let ada: Seat
  private let reference: String
  private let note: String

  init() throws {
    office = try OfficeDesks()
    ada = try office.join("Ada", "adviser")
    let opened = try ada.run(["case", "open", "--client", "Nadia", "--json"]).succeeded()
    reference = try opened.text("ref")
    note = try ada.run(["note", "add", reference, "-", "--json"], input: "Rang about rent.")
      .succeeded().text("record")
  }

  private func transcript(_ seat: Seat, _ arguments: String...) throws -> Transcript {
    office.desk.transcript(try seat.run(arguments))
  }

  /// Ada asks again, at a home that has nothing, and reads what she wrote.
  private func expectTheWayOut(at computer: String) throws {
    let again = try office.enrol("Ada", at: computer)
    // That it is her, and not somebody who calls herself so, is for a person to say.
    let refused = try office.mara.admit(again, "adviser")
    #expect(refused.status == 15 && refused.hints.first?.contains("--again") == true)
    #expect(
      office.desk.transcript(try office.mara.admit(again, "adviser", "--again")) == """
        Ada, adviser, is admitted.
        There was an earlier Ada: this is a new member, linked to the old name.
        [0]
        """)
    #expect(
      try again.seat.run(["get", reference, note]).succeeded().output == "Rang about rent.")
    try again.seat.run(["note", "add", reference, "-"], input: "Rang again.").succeeded()
    #expect(try office.mara.run(["log", "show"]).status == 0)
    #expect(try again.seat.bare(["log", "verify"]).status == 0)
    #expect(try office.mara.run(["check", "--deep"]).status == 0)
  }

  @Test func aForgottenPassphrase() throws {
    try office.desk.files.plant(Array("was it this".utf8), at: "passphrase-ada")
    #expect(
      try transcript(ada, "unlock") == """
        ! casevault: error: wrong passphrase
        ! casevault: hint: nobody can recover one: who forgot it sets CASEVAULT_HOME to a fresh \
        folder and joins again with `casevault enrol`
        [12]
        """)
    // At the old home there is no way in.
    #expect(
      try transcript(ada, "enrol", "--name", "Ada") == """
        ! casevault: error: this computer is on the vault's roster already
        ! casevault: hint: to be another computer, set CASEVAULT_HOME to a folder of its own
        [15]
        """)
    try expectTheWayOut(at: "fresh")
  }

  @Test func aNewComputer() throws {
    let laptop = Seat(office: office, name: "Ada", computer: "laptop")
    let stranger = """
      ! casevault: error: this computer has no identity for this vault
      ! casevault: hint: set CASEVAULT_HOME to the folder that has it, or join with `casevault enrol`
      [12]
      """
    #expect(try transcript(laptop, "case", "list") == stranger)
    #expect(try transcript(laptop, "unlock") == stranger)
    let asked = try office.enrol("Ada", at: "laptop")
    let waiting = """
      ! casevault: error: this computer is not on the vault's roster
      ! casevault: hint: ask the manager to admit it
      [15]
      """
    #expect(try transcript(laptop, "case", "list") == waiting)
    try office.mara.run(
      ["staff", "admit", asked.request, "--as", "Ada", "--words", asked.words]
    ).succeeded()
    #expect(try transcript(laptop, "unlock") == waiting)
    #expect(
      try transcript(ada, "staff", "countersign", "--words", asked.words) == """
        A further computer of Ada is admitted.
        [0]
        """)
    #expect(try transcript(laptop, "get", reference, note) == "Rang about rent.\n[0]")
  }

  @Test func aComputerPutBackToAnOldImage() throws {
    try office.desk.shell("cp -a home-ada before").succeeded()
    try ada.run(["case", "show", reference]).succeeded()
    try office.desk.shell("rm -r home-ada && mv before home-ada").succeeded()
    for command in [["unlock"], ["case", "show", reference], ["note", "add", reference, "-"]] {
      #expect(
        office.desk.transcript(try ada.run(command, input: "A word.")) == """
          ! casevault: error: this computer's home was put back to an earlier state; its log would \
          fork
          ! casevault: hint: enrol this computer again
          [15]
          """)
    }
    try expectTheWayOut(at: "fresh")
  }

  @Test func aHomeThatLostItsIdentity() throws {
    try office.desk.shell("rm home-ada/*/identity").succeeded()
    #expect(
      try transcript(ada, "unlock") == """
        ! casevault: error: this computer has no identity for this vault
        ! casevault: hint: set CASEVAULT_HOME to the folder that has it, or join with `casevault \
        enrol`
        [12]
        """)
    // What else lies in the home is in nobody's way.
    try expectTheWayOut(at: "ada")
  }

  /// The folder is put back by whoever owns the disk; what this computer has seen
  /// of the roster and the keys is put back with a warning.
  @Test func aVaultPutBackToLastWeek() throws {
    try office.desk.shell("cp -a vault before").succeeded()
    let ben = try office.join("Ben", "adviser")
    #expect(try office.mara.run(["case", "list"]).status == 0)
    try office.desk.shell("rm -r vault && mv before vault").succeeded()
    try office.withAgent(of: office.mara) { (unlocked) throws in
      #expect(unlocked.status == 14)
      #expect(unlocked.errors.contains("casevault.json: the vault was rolled back:"))
      #expect(unlocked.errors.contains("had vanished from the vault and was put back"))
      #expect(try office.mara.bare(["case", "show", reference]).status == 0)
    }
    #expect(try office.mara.run(["case", "list"]).status == 0)
    #expect(try ben.run(["get", reference, note]).output == "Rang about rent.")
    // The log of the week was put back as well.
    #expect(try office.mara.bare(["log", "verify"]).status == 0)
  }

  @Test func aRecordThatVanished() throws {
    try office.desk.vault.remove(office.desk.path(ofRecord: note))
    for command in [["case", "show", reference], ["get", reference, note]] {
      let ended = try ada.run(command)
      #expect(ended.status == 14, "\(command)")
      #expect(ended.errors.contains("record \(note.prefix(10)) has vanished"), "\(command)")
      #expect(!ended.output.contains("Rang"))
    }
  }

  /// Another computer has not seen the record that a later one names.
  @Test func aRecordThatHasNotYetArrived() throws {
    let ben = try office.join("Ben", "adviser")
    try ada.run(["note", "add", reference, "-"], input: "Rang again.").succeeded()
    let path = try office.desk.path(ofRecord: note)
    try office.desk.vault.move(path, to: "../on-its-way")
    let shown = try ben.run(["case", "show", reference])
    #expect(shown.status == 0 && shown.output.contains("Rang again."))
    #expect(shown.errorLines.count == 1)
    #expect(
      shown.errors.contains("warning: ")
        && shown.errors.contains("names record \(note.prefix(10)), which has not yet arrived"))
    try office.desk.vault.move("../on-its-way", to: path)
    let arrived = try ben.run(["case", "show", reference])
    #expect(arrived.status == 0 && arrived.errors.isEmpty)
    #expect(arrived.output.contains("Rang about rent."))
  }
}

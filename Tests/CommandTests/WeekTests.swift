import Foundation
import TestSupport
import Testing

/// Seven members at eight computers work from Monday to Friday.
@Suite(.requiresTestClock, .timeLimit(.minutes(10))) struct WeekTests {
  private let office: OfficeDesks
  private let week: Week

  init() throws {
    office = try OfficeDesks()
    try office.turn(to: "2026-11-23 09:00:00")
    week = Week(office)
  }

  /// Who belongs to the office from Monday noon on.
  private struct Staff {
    let ada, laptop, ben, wendy, cleo, tom, max: Seat
  }

  @Test func anOfficeWorksAWeekAndTheLogHasAllOfIt() throws {
    let staff = try monday()
    let nadia = try tuesday(staff)
    try wednesday(staff, nadia)
    try thursday(staff, nadia)
    try friday(staff)
  }

  /// The office is founded and everybody comes in.
  private func monday() throws -> Staff {
    let mara = office.mara
    let newcomers = try ["Ada", "Ben", "Wendy"].map { try office.enrol($0) }
    for (newcomer, role) in zip(newcomers, ["adviser", "adviser", "desk"]) {
      try mara.admit(newcomer, role).succeeded()
    }
    // The two lone seats.
    let cleo = try office.join("Cleo", "chief-executive")
    let tom = try office.join("Tom", "trustee")
    let max = try office.enrol("Max")
    #expect(try mara.admit(max, "manager").succeeded().output.contains("waits for"))
    #expect(try max.seat.run(["case", "list"]).status == 15)
    let second = ["staff", "countersign", max.request, "--words", max.words]
    for seat in [mara, newcomers[0].seat, newcomers[2].seat, max.seat] {
      #expect(try seat.run(second).status == 15, "\(seat.name)")
    }
    try cleo.run(second).succeeded()
    // Who signed opens no case: the keys come with the next colleague who does.
    #expect(try max.seat.run(["case", "list"]).status == 12)
    #expect(try mara.run(["case", "list"]).status == 0)
    week.expect(mara, "case list")
    #expect(try max.seat.run(["case", "list"]).status == 0)
    week.expect(max.seat, "case list")
    return Staff(
      ada: newcomers[0].seat, laptop: try secondComputer(of: newcomers[0].seat),
      ben: newcomers[1].seat, wendy: newcomers[2].seat, cleo: cleo, tom: tom, max: max.seat)
  }

  private func secondComputer(of seat: Seat) throws -> Seat {
    let laptop = try office.enrol(seat.name, at: "laptop")
    try office.mara.run(
      ["staff", "admit", laptop.request, "--as", seat.name, "--words", laptop.words]
    ).succeeded()
    #expect(try laptop.seat.run(["case", "list"]).status == 15)
    try seat.run(["staff", "countersign", "--words", laptop.words]).succeeded()
    return laptop.seat
  }

  /// A day with an agent each: cases are opened, and read by two at once.
  private func tuesday(_ staff: Staff) throws -> Week.Opened {
    try office.turn(to: "2026-11-24 09:00:00")
    let (ada, ben) = (staff.ada, staff.ben)
    week.isBare = true
    defer { week.isBare = false }
    return try office.unlocked(ada, ben, staff.wendy) {
      let nadia = try week.open("Nadia Novák", by: ada)
      let other = try week.open("Orla Byrne", by: ben)
      let note = try week.note("Rang about the rent.", in: nadia, by: ada)
      let both = try [ada, ben].map { seat in
        try seat.start(["case", "show", nadia.reference], isBare: true)
      }.map { try $0.end() }
      for (seat, ended) in zip([ada, ben], both) {
        #expect(try ended.succeeded().output.contains("Nadia"))
        week.expect(seat, "case show", nadia.id)
      }
      #expect(try week.read("get", nadia, by: ben, record: note).output == "Rang about the rent.")
      _ = try week.file(
        "note amend", in: nadia, by: ben, [note, "-"], input: "Rang about rent and deposit.")
      _ = try week.note("Seen at the counter.", in: other, by: ben)
      #expect(try week.read("case history", other, by: ada).output.contains("Seen"))
      for command in [["case", "list"], ["note", "add", nadia.reference, "-"]] {
        #expect(try staff.wendy.bare(command, input: "A word.").status == 15)
      }
      week.expect(staff.wendy, "case list", result: "refused")
      week.expect(staff.wendy, "note add", result: "refused")
      return nadia
    }
  }

  /// A day without agents, and the second computer.
  private func wednesday(_ staff: Staff, _ nadia: Week.Opened) throws {
    try office.turn(to: "2026-11-25 09:00:00")
    let mail = try week.file(
      "mail add", in: nadia, by: staff.ben, ["-"], input: message(subject: "My deposit"))
    #expect(
      try week.read("show --text", nadia, by: staff.laptop, record: mail).output
        .contains("heating"))
    _ = try week.file(
      "case update", in: nadia, by: staff.laptop, ["--topic", "Housing"])
    #expect(try week.read("case show", nadia, by: staff.max).output.contains("Housing"))
    #expect(try staff.ada.run(["case", "find", "nadia"]).succeeded().lines.count >= 1)
    week.expect(staff.ada, "case find")
  }

  /// Who opens no case is refused everything, and learns nothing.
  private func thursday(_ staff: Staff, _ nadia: Week.Opened) throws {
    try office.turn(to: "2026-11-26 09:00:00")
    let commands = [
      ["case", "list"], ["case", "find", "nadia"], ["case", "show", nadia.reference],
      ["case", "show", nadia.id], ["case", "history", nadia.reference],
      ["case", "open", "--client", "Somebody"], ["case", "update", nadia.reference],
      ["note", "add", nadia.reference, "-"], ["get", nadia.reference, "aaaa"],
      ["show", nadia.reference, "aaaa"], ["check", "--deep"],
      ["staff", "admit", "aaaaaaaa", "--role", "adviser", "--words", "none"],
    ]
    for seat in [staff.wendy, staff.cleo, staff.tom] {
      for command in commands {
        let ended = try seat.run(command, input: "A word.")
        #expect(ended.status == 15, "\(seat.name): \(command)")
        #expect(ended.output.isEmpty && !ended.errors.contains("Nadia"))
      }
    }
    for seat in [staff.wendy, staff.cleo, staff.ada] {
      #expect(try seat.run(["log", "show"]).status == 15, "\(seat.name)")
    }
    expectSame(try week.log(by: staff.tom), week.expected)
  }

  private func friday(_ staff: Staff) throws {
    try office.turn(to: "2026-11-27 16:00:00")
    week.isBare = true
    try office.unlocked(staff.max) { expectSame(try week.log(by: staff.max), week.expected) }
    week.isBare = false
    expectSame(try week.log(by: office.mara), week.expected)
    let (ada, wendy) = (staff.ada, staff.wendy)
    for seat in [
      office.mara, ada, staff.laptop, staff.ben, wendy, staff.cleo, staff.tom, staff.max,
    ] {
      let verified = try seat.bare(["log", "verify"])
      #expect(verified.status == 0 && verified.lines.last == "Nothing is wrong.", "\(seat.name)")
    }
    let check = try office.mara.run(["check", "--deep"])
    #expect(check.status == 0 && check.lines.last == "Nothing is wrong.", "\(check.output)")
  }
}

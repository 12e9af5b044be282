import TestSupport
import Testing

/// Two members at their computers, at work in one vault at the same moment.
@Suite(.requiresLinux, .timeLimit(.minutes(5))) struct TwoMembersTests {
  private let office: OfficeDesks
  private let week: Week
  private let mara: Seat
  private let ada: Seat

  init() throws {
    office = try OfficeDesks()
    week = Week(office)
    mara = office.mara
    ada = try office.join("Ada", "adviser")
  }

  @Test func eightCommandsAtOnceLoseNothingAndDoubleNothing() throws {
    let shared = try week.open("Nadia", by: mara)
    for withAgent in [mara, ada] {
      try office.unlocked(withAgent) { try allAtOnce(on: shared, withAgent) }
    }
    let list = try ada.run(["case", "list", "--quiet"]).succeeded().lines
    week.expect(ada, "case list")
    #expect(list.count == 1 + 2 * 2)
    let records = try week.read("case show --json", shared, by: mara, as: "case show").object()
    #expect((records["records"] as? [Any])?.count == 1 + 2 * 2 * 2)
    expectSame(try week.log(by: mara), week.expected)
    for seat in [mara, ada] {
      #expect(try seat.bare(["log", "verify"]).succeeded().lines.last == "Nothing is wrong.")
    }
    let check = try ada.run(["check", "--deep"])
    #expect(check.status == 0 && check.lines.last == "Nothing is wrong.", "\(check.output)")
  }

  /// Four commands of each, one of them through an agent.
  private func allAtOnce(on shared: Week.Opened, _ withAgent: Seat) throws {
    let commands = [
      ["note", "add", shared.reference, "--json"], ["note", "add", shared.reference, "--json"],
      ["case", "open", "--client", "Somebody", "--json"], ["case", "show", shared.reference],
    ]
    let running = try [mara, ada].flatMap { seat in
      try commands.map { command in
        (
          seat, command,
          try seat.start(command, input: "A word.", isBare: seat.name == withAgent.name)
        )
      }
    }
    // All of them are waited for before any is judged.
    let ended = try running.map { ($0.0, $0.1, try $0.2.end()) }
    for (seat, command, ended) in ended { try expect(seat, command, ended, on: shared) }
  }

  private func expect(
    _ seat: Seat, _ command: [String], _ ended: Ended, on shared: Week.Opened
  ) throws {
    try ended.succeeded()
    let action = command.prefix(2).joined(separator: " ")
    guard action != "case show" else { return week.expect(seat, action, shared.id) }
    let filed = try ended.object()
    if action == "note add" { week.expect(seat, action, shared.id) }
    week.expect(seat, action, filed["case"] as? String, filed["record"] as? String)
  }
}

import TestSupport
import Testing

/// What an office does in a week, and what its access log must say of it.
final class Week {
  /// One entry of the log, as `log show --json` has it.
  struct Reading: Hashable, CustomStringConvertible {
    let member: String
    let action: String
    let caseID: String?
    let record: String?
    var result = "ok"

    var description: String {
      "\(member): \(action) \(caseID?.prefix(6) ?? "-") \(record?.prefix(6) ?? "-") \(result)"
    }
  }

  /// A case that was opened.
  struct Opened {
    let reference: String
    let id: String
  }

  let office: OfficeDesks
  /// Whether agents answer, and no passphrase is at hand.
  var isBare = false
  private(set) var expected: [Reading] = []

  init(_ office: OfficeDesks) { self.office = office }

  func expect(
    _ seat: Seat, _ action: String, _ caseID: String? = nil, _ record: String? = nil,
    result: String = "ok"
  ) {
    expected.append(
      Reading(
        member: seat.name, action: action, caseID: caseID, record: record, result: result))
  }

  func run(_ seat: Seat, _ arguments: [String], input: String? = nil) throws -> Ended {
    isBare ? try seat.bare(arguments, input: input) : try seat.run(arguments, input: input)
  }

  func open(_ client: String, by seat: Seat) throws -> Opened {
    let ended = try run(seat, ["case", "open", "--client", client, "--json"]).succeeded()
    let opened = Opened(reference: try ended.text("ref"), id: try ended.text("case"))
    expect(seat, "case open", opened.id, try ended.text("record"))
    return opened
  }

  /// Files something: the case is looked at, then the record is made.
  ///
  /// - Parameter words: the command's, such as `note add`.
  func file(
    _ words: String, in opened: Opened, by seat: Seat, _ arguments: [String],
    input: String? = nil
  ) throws -> String {
    let command = words.split(separator: " ").map(String.init)
    let record = try run(
      seat, command + [opened.reference] + arguments + ["--json"], input: input
    ).succeeded().text("record")
    expect(seat, words, opened.id)
    expect(seat, words, opened.id, record)
    return record
  }

  func note(_ text: String, in opened: Opened, by seat: Seat) throws -> String {
    try file("note add", in: opened, by: seat, ["-"], input: text)
  }

  /// Reads a case or one of its records.
  ///
  /// - Parameter action: as the log names it; unless said otherwise, like the words.
  func read(
    _ words: String, _ opened: Opened, by seat: Seat, record: String? = nil,
    as action: String? = nil
  ) throws -> Ended {
    let options = words.split(separator: " ").map(String.init)
    let command = options.filter { !$0.hasPrefix("-") } + [opened.reference]
    let ended = try run(
      seat, command + (record.map { [$0] } ?? []) + options.filter { $0.hasPrefix("-") }
    ).succeeded()
    expect(seat, action ?? words, opened.id, record)
    return ended
  }

  /// The log as a manager or trustee reads it.
  func log(by seat: Seat) throws -> [Reading] {
    let ended = try run(seat, ["log", "show", "--json"]).succeeded()
    expect(seat, "log show")
    // Neither clients nor what was searched for.
    #expect(!ended.output.replacing(/[a-z2-7]{52}/, with: "").lowercased().contains("nadia"))
    return try ended.objects().map { entry in
      Reading(
        member: try (entry["member"] as? String).orThrow(),
        action: try (entry["action"] as? String).orThrow(), caseID: entry["case"] as? String,
        record: entry["record"] as? String, result: try (entry["result"] as? String).orThrow())
    }
  }
}

/// Expects the same readings, each as often; their order is the clocks'.
func expectSame(
  _ shown: [Week.Reading], _ expected: [Week.Reading],
  _ location: SourceLocation = #_sourceLocation
) {
  func counts(_ readings: [Week.Reading]) -> [Week.Reading: Int] {
    readings.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }
  let (shown, expected) = (counts(shown), counts(expected))
  for reading in Set(shown.keys).union(expected.keys)
  where shown[reading, default: 0] != expected[reading, default: 0] {
    Issue.record(
      """
      \(reading): \(shown[reading, default: 0]) times in the log, \
      \(expected[reading, default: 0]) times done
      """, sourceLocation: location)
  }
}

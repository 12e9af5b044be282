/// The service's rules that the roster carries (FORMAT §6.2).
package struct Policy: Equatable, Sendable {
  /// The month and day on which the academic year starts; never 29 February.
  package let yearStart: (month: Int, day: Int)
  /// Whole years that a case is kept after the academic year of its last work.
  package let keepYears: Int
  /// The zone whose civil date decides, as the tz database names it.
  package let timeZone: String
  /// The kinds that count as work: `opening`, `note`, `mail-sent`.
  package let work: [String]

  /// The academic year from 1 August, six years, London.
  package static let initial = Policy(
    yearStart: (8, 1), keepYears: 6, timeZone: "Europe/London",
    work: ["mail-sent", "note", "opening"])

  package init(
    yearStart: (month: Int, day: Int), keepYears: Int, timeZone: String, work: [String]
  ) {
    self.yearStart = yearStart
    self.keepYears = keepYears
    self.timeZone = timeZone
    self.work = work
  }

  init?(_ json: JSON) {
    guard let start = json["academic_year_starts"]?.string,
      // Any leap year tells a day that exists; 29 February is then refused.
      let day = CivilDate("2000-" + start), (day.month, day.day) != (2, 29),
      let years = json["keep_years"]?.integer, (0...100).contains(years),
      let zone = json["time_zone"]?.string, (1...64).contains(zone.utf8.count),
      zone.isFreeOfControls, let work = json["work"]?.strings, work.count <= 64
    else { return nil }
    self.init(
      yearStart: (day.month, day.day), keepYears: years, timeZone: zone, work: work)
  }

  var json: JSON {
    [
      "academic_year_starts": .string("\(padded(yearStart.month, 2))-\(padded(yearStart.day, 2))"),
      "keep_years": .integer(keepYears), "time_zone": .string(timeZone), "work": JSON(work),
    ]
  }

  package static func == (left: Self, right: Self) -> Bool { left.json == right.json }
}

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
  /// How many hours an entry of the access log may wait to be shipped before readings are refused:
  /// 1 to 720, 72 where the roster does not say.
  package let logUnshippedHours: Int

  /// The hours where the roster does not say.
  package static let usualUnshippedHours = 72

  /// The academic year from 1 August, six years, London.
  package static let initial = Policy(
    yearStart: (8, 1), keepYears: 6, timeZone: "Europe/London",
    work: ["mail-sent", "note", "opening"])

  package init(
    yearStart: (month: Int, day: Int), keepYears: Int, timeZone: String, work: [String],
    logUnshippedHours: Int = usualUnshippedHours
  ) {
    self.yearStart = yearStart
    self.keepYears = keepYears
    self.timeZone = timeZone
    self.work = work
    self.logUnshippedHours = logUnshippedHours
  }

  /// Nil where a member is missing or out of its bounds.
  package init?(_ json: JSON) {
    guard let start = json["academic_year_starts"]?.string,
      // Any leap year tells a day that exists; 29 February is then refused.
      let day = CivilDate("2000-" + start), (day.month, day.day) != (2, 29),
      let years = json["keep_years"]?.integer, (0...100).contains(years),
      let zone = json["time_zone"]?.string, (1...64).contains(zone.utf8.count),
      zone.isFreeOfControls, let work = json["work"]?.strings, work.count <= 64,
      let hours = Self.unshippedHours(json["log_unshipped_hours"])
    else { return nil }
    self.init(
      yearStart: (day.month, day.day), keepYears: years, timeZone: zone, work: work,
      logUnshippedHours: hours)
  }

  private static func unshippedHours(_ json: JSON?) -> Int? {
    guard let json else { return usualUnshippedHours }
    return json.integer.flatMap { (1...720).contains($0) ? $0 : nil }
  }

  package var json: JSON {
    var members: [String: JSON] = [
      "academic_year_starts": .string("\(padded(yearStart.month, 2))-\(padded(yearStart.day, 2))"),
      "keep_years": .integer(keepYears), "time_zone": .string(timeZone), "work": JSON(work),
    ]
    // Left out where it says nothing new: a program of 0.1 wrote none.
    if logUnshippedHours != Self.usualUnshippedHours {
      members["log_unshipped_hours"] = .integer(logUnshippedHours)
    }
    return .object(members)
  }

  package static func == (left: Self, right: Self) -> Bool { left.json == right.json }
}

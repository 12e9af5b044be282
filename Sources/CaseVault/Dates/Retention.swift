package import VaultFormat

extension Policy {
  /// The last day of the academic year that a day belongs to.
  package func yearEnd(_ day: CivilDate) -> CivilDate {
    let startsThisYear = (day.month, day.day) >= yearStart
    return Self.dayBefore(year: day.year + (startsThisYear ? 1 : 0), yearStart)
  }

  /// The first day on which a case may be destroyed: the day after the end of
  /// the academic year of its last work, `keepYears` years on.
  ///
  /// A year that ends on 28 or 29 February ends on the last day of February.
  package func expires(lastWork: CivilDate) -> CivilDate {
    let end = yearEnd(lastWork)
    let startsAgain = (yearStart.month, yearStart.day)
    // The day after "the same day, years later" is the next year's first day.
    let year = end.year + keepYears + (startsAgain == (1, 1) ? 1 : 0)
    return CivilDate(year: min(year, 9999), month: startsAgain.0, day: startsAgain.1) ?? end
  }

  private static func dayBefore(year: Int, _ start: (month: Int, day: Int)) -> CivilDate {
    let start = CivilDate(year: min(max(year, 2), 9999), month: start.month, day: start.day)
    return start.flatMap { CivilDate(dayNumber: $0.dayNumber - 1) }
      ?? CivilDate(dayNumber: 0)!
  }
}

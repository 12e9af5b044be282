internal import CGMime

/// The moment in a Date header, with the day that the sender saw on the calendar.
struct MessageDate {
  /// RFC 3339 with `Z`.
  let utc: String
  /// `YYYY-MM-DD` in the zone of the header itself.
  let localDay: String

  /// Years in which mail is believed to have been written.
  private static let years: ClosedRange<Int32> = 1900...2199

  /// - Parameter date: A `GDateTime`, borrowed.
  init?(_ date: OpaquePointer) {
    guard Self.years.contains(g_date_time_get_year(date)), let utc = g_date_time_to_utc(date)
    else { return nil }
    defer { g_date_time_unref(utc) }
    self.utc = """
      \(Self.day(utc))T\(padded(g_date_time_get_hour(utc))):\
      \(padded(g_date_time_get_minute(utc))):\(padded(g_date_time_get_second(utc)))Z
      """
    localDay = Self.day(date)
  }

  private static func day(_ date: OpaquePointer) -> String {
    """
    \(padded(g_date_time_get_year(date), width: 4))-\
    \(padded(g_date_time_get_month(date)))-\(padded(g_date_time_get_day_of_month(date)))
    """
  }
}

private func padded(_ number: Int32, width: Int = 2) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

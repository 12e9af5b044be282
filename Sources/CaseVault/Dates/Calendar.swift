internal import CPlatform
package import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The clock, handed in so that nothing below reads it behind a test's back.
package struct Clock: Sendable {
  private let read: @Sendable () -> Timestamp

  package init(_ read: @escaping @Sendable () -> Timestamp) {
    self.read = read
  }

  package var now: Timestamp { read() }

  /// The system's clock.
  package static let system = Clock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: time.tv_sec)
  }
}

extension Timestamp {
  /// The civil date in a zone of the tz database.
  ///
  /// - Throws: `failed` where the system does not know the zone.
  package func day(in zone: String) throws(VaultError) -> CivilDate {
    var year: Int32 = 0
    var month: Int32 = 0
    var day: Int32 = 0
    guard cp_local_day(Int64(seconds), zone, &year, &month, &day) == 0,
      let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
    else {
      throw VaultError(
        .failed, "this computer does not know the time zone of the vault",
        hint: "install the package tzdata")
    }
    return date
  }
}

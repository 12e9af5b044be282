import CaseVault
import Testing
import VaultFormat

/// design/rules.md §2: six years after the academic year of the last work.
@Suite struct RetentionTests {
  @Test(arguments: [
    ("2015-12-31", "2016-07-31", "2022-08-01"), ("2018-03-15", "2018-07-31", "2024-08-01"),
    ("2018-07-31", "2018-07-31", "2024-08-01"), ("2018-08-01", "2019-07-31", "2025-08-01"),
    ("2020-07-31", "2020-07-31", "2026-08-01"), ("2020-08-01", "2021-07-31", "2027-08-01"),
    ("2026-11-22", "2027-07-31", "2033-08-01"),
  ])
  func caseIsKeptSixYearsAfterItsAcademicYear(worked: String, end: String, from: String) throws {
    let day = try #require(CivilDate(worked))
    #expect(Policy.initial.yearEnd(day).text == end)
    #expect(Policy.initial.expires(lastWork: day).text == from)
  }

  @Test(arguments: [
    (9, 1, "2018-08-01", "2024-09-01"), (9, 1, "2018-09-01", "2025-09-01"),
    (1, 1, "2018-12-31", "2025-01-01"), (1, 1, "2018-01-01", "2025-01-01"),
    (3, 1, "2020-02-29", "2026-03-01"), (3, 1, "2021-03-01", "2028-03-01"),
    (12, 31, "2020-12-31", "2027-12-31"), (12, 31, "2020-12-30", "2026-12-31"),
    (2, 28, "2020-02-28", "2027-02-28"), (2, 28, "2020-02-27", "2026-02-28"),
  ])
  func yearMayStartOnAnotherDay(month: Int, day: Int, worked: String, from: String) throws {
    let policy = Policy(
      yearStart: (month, day), keepYears: 6, timeZone: "Europe/London", work: [])
    #expect(policy.expires(lastWork: try #require(CivilDate(worked))).text == from)
  }

  @Test func yearEndIsTheDayBeforeAStartAndNeverEarlierThanTheWork() throws {
    for start in [(1, 1), (2, 28), (3, 1), (8, 1), (12, 31)] {
      let policy = Policy(yearStart: start, keepYears: 6, timeZone: "UTC", work: [])
      for number in stride(from: 15_000, to: 25_000, by: 1) {
        let day = try #require(CivilDate(dayNumber: number))
        let end = policy.yearEnd(day)
        let next = try #require(CivilDate(dayNumber: end.dayNumber + 1))
        guard end >= day, end.dayNumber - number < 366, (next.month, next.day) == start else {
          Issue.record("\(day.text) ends \(end.text)")
          return
        }
        let from = policy.expires(lastWork: day)
        guard from.year == next.year + 6, (from.month, from.day) == start else {
          Issue.record("\(day.text) expires \(from.text)")
          return
        }
      }
    }
  }

  @Test(arguments: [0, 1, 6, 100])
  func keptYearsAreThePolicys(years: Int) throws {
    let policy = Policy(yearStart: (8, 1), keepYears: years, timeZone: "UTC", work: [])
    let day = try #require(CivilDate("2020-05-05"))
    #expect(policy.expires(lastWork: day).year == 2020 + years)
  }

  /// The local civil date decides.
  @Test(arguments: [
    ("2026-07-31T22:59:59Z", "2026-07-31"), ("2026-07-31T23:00:00Z", "2026-08-01"),
    ("2026-11-22T23:59:59Z", "2026-11-22"), ("2026-03-29T00:59:59Z", "2026-03-29"),
    ("2026-10-24T23:00:00Z", "2026-10-25"), ("1970-06-01T22:59:59Z", "1970-06-01"),
    ("2099-07-31T22:59:59Z", "2099-07-31"), ("2099-07-31T23:00:00Z", "2099-08-01"),
  ])
  func dayIsLondons(moment: String, day: String) throws {
    #expect(try #require(Timestamp(moment)).day(in: "Europe/London").text == day)
  }

  @Test(arguments: [
    ("Pacific/Auckland", "2026-11-23"), ("America/Los_Angeles", "2026-11-22"),
    ("UTC", "2026-11-22"),
  ])
  func dayIsThatOfTheZone(zone: String, day: String) throws {
    #expect(try #require(Timestamp("2026-11-22T12:00:00Z")).day(in: zone).text == day)
  }

  @Test(arguments: ["Europe/Atlantis", "", "../../etc/passwd", "/etc/localtime"])
  func unknownZoneIsRefused(zone: String) throws {
    let moment = try #require(Timestamp("2026-11-22T12:00:00Z"))
    expect(.failed) { _ = try moment.day(in: zone) }
  }
}

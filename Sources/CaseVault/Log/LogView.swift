internal import Storage
package import VaultFormat

/// Which entries of the access log a person asked for.
package struct LogFilter: Sendable {
  /// Beginnings of case ids count too; any case unless given.
  package var caseID: String?
  /// A member's id.
  package var member: String?
  /// The first and the last day, in the vault's zone.
  package var since: CivilDate?
  package var until: CivilDate?

  package init() {}

  /// - Throws: `failed` where the system does not know the zone.
  func takes(_ entry: LoggedEntry, in zone: String) throws -> Bool {
    let body = entry.body
    if let caseID, body.caseID?.text.hasPrefix(caseID) != true { return false }
    if let member, body.member != member { return false }
    guard since != nil || until != nil else { return true }
    let day = try body.time.day(in: zone)
    return day >= since ?? day && day <= until ?? day
  }
}

extension Membership {
  /// Reads the access log as an auditor. The reading is itself entered, and shipped with what waits.
  ///
  /// Everything is verified before anything is filtered: a filter hides no finding.
  ///
  /// - Returns: the entries by time, and all that is wrong with any log.
  /// - Throws: `refused` for a role that is no auditor, `noKey`, `failed`.
  package func readLog(
    _ filter: LogFilter, program: String? = nil
  ) throws -> (entries: [LoggedEntry], findings: [Finding]) {
    guard [.manager, .trustee].contains(member.role) else {
      throw VaultError(
        .refused, "the role \(member.role.rawValue) does not read the access log",
        hint: "`casevault log verify` tells everybody whether it is whole")
    }
    let pairs = try rolePairs(.auditor)
    try log.enter(AccessEntry("log show", program: program, purpose: .upkeep))
    try? log.ship()
    let streams = try LogStreams.read(vault, home: home)
    let (entries, findings) = try streams.entries(with: pairs)
    let shown = try entries.filter { try filter.takes($0, in: policy.timeZone) }
    return (shown, streams.findings + findings)
  }
}

internal import CPlatform
package import CaseVault
internal import Synchronization
package import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Holds what a member's passphrase opened, and answers for it: whatever leaves
/// it is in the access log first (design/vault.md §9).
///
/// A process of its own after `unlock`; for a command with a passphrase, that
/// command. It serves several conversations, one request at a time.
package final class Agent: @unchecked Sendable {
  let membership: Membership
  /// Nil for a role that opens no case.
  let vault: OpenVault?
  let turn = Turn()
  private let idle: IdleLimit?
  /// Seconds between two shippings of the log.
  private static let shippingTime: Int64 = 5_000_000_000
  private let shippedAt = Atomic(cp_boot_time_ns())
  /// Seconds for which what was read of rosters, keys and rows is fresh enough.
  private static let freshness = 3
  private var lookedAt = cp_boot_time_ns()
  /// What was told when it happened, and not again to every command.
  private(set) var told: Set<Finding> = []

  /// Whether all of the process's memory is kept out of the swap, and not keys only.
  let locksAllMemory: Bool

  /// - Parameter idle: after how long without use it is to end; nil for the agent
  ///   of one command.
  /// - Throws: as ``OpenVault/init(_:)`` for a role that opens cases.
  package init(_ membership: Membership, idle: IdleLimit? = nil, locksAllMemory: Bool = false)
    throws
  {
    self.membership = membership
    self.locksAllMemory = locksAllMemory
    self.idle = idle
    vault = membership.member.role.holdsMasterKey ? try OpenVault(membership) : nil
    vault?.gathersSeen = true
    vault?.completeFilings()
    completeGrants()
  }

  /// What was noticed while the vault was opened.
  package var findings: [Finding] { vault?.findings ?? membership.findings }

  /// Who is served.
  package var member: Member { membership.member }

  /// Seconds until it ends unless it is used.
  var remaining: Int { idle?.remaining ?? 0 }

  /// Grants what this device holds to whom the roster entitles and who has it not
  /// yet. A share that cannot be written is no reason to stop.
  private func completeGrants() {
    do {
      membership.notice(try Grants.complete(membership).findings)
    } catch {
      membership.notice([Finding(.stale, "keyring", "grants that are missing could not be written")]
      )
    }
  }

  /// Whether there is still time to answer. To look how things stand is no use.
  func mayAnswer(_ request: Request) -> Bool {
    switch request {
    case .greet, .status, .lock, .watch, .attend: idle.map { $0.remaining > 0 } ?? true
    default: idle?.use() ?? true
    }
  }

  /// Whether ``keepUp()`` will have something to do, now or later.
  var isOwing: Bool {
    membership.log.unshipped > 0 || settlingDueAt.load(ordering: .sequentiallyConsistent) != .max
  }

  /// Whether ``keepUp()`` has something to do now.
  var isDue: Bool {
    let now = cp_boot_time_ns()
    let log = membership.log
    return settlingDueAt.load(ordering: .sequentiallyConsistent) <= now
      || log.settlesAt.map { $0 <= now } ?? false || log.unshipped > 0 && isShippingDue(now)
  }

  private func isShippingDue(_ now: Int64) -> Bool {
    now >= shippedAt.load(ordering: .acquiring) + Self.shippingTime
  }

  /// Writes the rows that are due, syncs and ships what is due of the log.
  func keepUp() {
    if settlingDueAt.load(ordering: .sequentiallyConsistent) <= cp_boot_time_ns() {
      turn.take { settleAll() }
    }
    let log = membership.log
    try? log.settle()
    let now = cp_boot_time_ns()
    if log.unshipped > 0, isShippingDue(now) {
      shippedAt.store(now, ordering: .releasing)
      try? log.ship()
    }
  }

  /// The mounts that this agent serves, by the conversation in which each waits.
  let mounts = Mutex<[ObjectIdentifier: MountReport]>([:])
  /// Takes note of a mount, or of what it says anew.
  ///
  /// - Parameter place: the conversation in which it is said.
  /// - Returns: whether the mount was not known, and will wait in this conversation.
  func attend(_ report: MountReport, at place: ObjectIdentifier) -> Bool {
    mounts.withLock { mounts in
      let known = mounts.first {
        $0.value.process == report.process && $0.value.path == report.path
      }
      mounts[known?.key ?? place] = report
      return known == nil
    }
  }

  /// Cases to be read ahead, and whether a thread does. Touched in turns.
  var foreseen: [Identifier] = []
  var isForeseeing = false
  /// Cases that something was filed in while they were read ahead.
  var mistrusted: Set<Identifier> = []

  /// The cases that were looked at last, for mounts.
  var freshCases = FreshCases()
  /// Registrars whose rows are still to be written. Touched in turns.
  private var unsettled: [VaultRegistrar] = []

  /// Has rows written a second later, those of many filings at once. Only in a turn.
  func settleLater(_ registrar: VaultRegistrar) {
    if !unsettled.contains(where: { $0 === registrar }) { unsettled.append(registrar) }
    oweSettling()
  }

  /// Sees to it that what waits is settled a second after the first of it came. Only in a turn.
  func oweSettling() {
    guard !unsettled.isEmpty || vault?.owesSeen == true else { return }
    _ = settlingDueAt.compareExchange(
      expected: .max, desired: cp_boot_time_ns() + Self.gatheringTime,
      ordering: .sequentiallyConsistent)
  }

  /// For how long work on home and index is gathered, in nanoseconds.
  private static let gatheringTime: Int64 = 1_000_000_000
  /// When ``settleAll()`` is due, by the boot clock; the greatest number while nothing waits for it.
  private let settlingDueAt = Atomic(Int64.max)

  /// Brings the index up to what mounts filed, and the home up to what was seen of cases. Only in a
  /// turn.
  func settleAll() {
    let registrars = unsettled
    unsettled = []
    settlingDueAt.store(.max, ordering: .sequentiallyConsistent)
    for registrar in registrars { registrar.settle() }
    vault?.keepSeen()
  }

  /// Lets who files at this moment come to an end, then settles. From the second attempt on other computers
  /// get the time they take to gather their rows. Only in a turn.
  func awaitRows(attempt: Int) {
    turn.yield(for: attempt == 0 ? 0 : UInt32(Self.gatheringTime / 1_000))
    settleAll()
  }

  /// How old, in seconds, a row may be; the agent of one command has just read them.
  var rowAge: Int { idle == nil ? 0 : Self.freshness }

  /// Whether what was read then is fresh enough to build on.
  func isFresh(since moment: Int64) -> Bool {
    cp_boot_time_ns() < moment + Int64(Self.freshness) * 1_000_000_000
  }

  /// Looks for what others changed in the office, unless it did just now.
  ///
  /// A share that does not answer is no reason to stop: what is in memory is shown,
  /// and said to be old.
  ///
  /// - Throws: `refused` for a device or a role that may no longer do what it could.
  func freshen() throws {
    guard idle != nil, !isFresh(since: lookedAt) else { return }
    let now = cp_boot_time_ns()
    do {
      let head = membership.rosterHead
      if let vault { try vault.refresh() } else { _ = try membership.refresh() }
      if membership.rosterHead != head {
        completeGrants()
        freshCases = FreshCases()
      }
      lookedAt = now
    } catch let error as VaultError where error.code == .failed {
      membership.notice([Finding(.stale, "roster", "not looked at again: \(error.message)")])
    }
  }

  /// What happened in the office that this computer's user was not told yet.
  package func news() -> [Roster.Notice] { membership.home.news(of: membership.vault) }

  /// The saves that were cut short, of one folder, which whoever asks holds.
  func spools(in shelf: String) -> [LeftSpool] {
    membership.spools(in: shelf).map { spool in
      var spool = spool
      spool.reference = spool.description?.caseID.map(reference)
      return spool
    }
  }

  /// What there is to say of saves that a crash or a lock cut short; what nothing was kept of is
  /// said once.
  ///
  /// - Returns: a line for each, and whether some do not open.
  package func savesCutShort() -> (lines: [String], isDamaged: Bool) {
    let (home, vault) = (membership.home, membership.vault.id)
    var lines: [String] = []
    var unopened: [LeftSpool] = []
    home.eachLeftShelf(of: vault) { shelf in
      for spool in spools(in: shelf.name) {
        guard let description = spool.description else {
          unopened.append(spool)
          continue
        }
        let isKept = spool.hasContent && !description.isTemporary
        if !isKept { shelf.forget(spool) }
        // A program's own file is not missed.
        guard !description.isTemporary else { continue }
        lines.append(
          "\(spool.shown) was cut short"
            + (isKept
              ? "; the next `casevault mount` files what was kept"
              : ", and nothing of it was kept"))
      }
    }
    if let remark = home.remark(onUnopened: unopened, of: vault) { lines.append(remark) }
    return (lines, !unopened.isEmpty)
  }

  private func reference(of caseID: Identifier) -> String {
    (try? vault?.index(freshAtMost: rowAge))?[caseID]?.texts(.reference).first
      ?? String(caseID.text.prefix(10))
  }

  /// Notes that what vanished and was put back has been told.
  package func noteTold() { told.formUnion(membership.restorations) }

  /// Brings what is left of the log to the vault. The last call.
  package func close() {
    turn.take {
      settleAll()
      try? membership.log.close()
    }
  }

  /// The vault, for roles that open cases.
  ///
  /// - Throws: `refused`.
  func opened() throws(VaultError) -> OpenVault {
    guard let vault else {
      throw VaultError(.refused, "the role \(member.role.rawValue) opens no case")
    }
    return vault
  }

  /// The number of the process.
  var process: Int { Int(getpid()) }

  func welcome() -> Reply.Welcome {
    let roster = membership.vault.roster
    return Reply.Welcome(
      member: member, device: membership.identity.device, members: roster.members,
      service: roster.founding.service, timeZone: membership.policy.timeZone)
  }
}

internal import CPlatform
internal import Synchronization

/// How long an agent stays unlocked unused, by a clock that runs while the
/// computer sleeps.
package final class IdleLimit: Sendable {
  /// In seconds.
  package static let allowed = 1...(24 * 3_600)
  /// Half an hour.
  package static let usual = 1_800

  private let nanoseconds: Int64
  private let lastUse: Mutex<Int64>
  private let clock: @Sendable () -> Int64

  /// - Parameters:
  ///   - seconds: one of ``allowed``.
  ///   - clock: nanoseconds since the computer started, sleep included.
  package init(
    seconds: Int, clock: @escaping @Sendable () -> Int64 = { cp_boot_time_ns() }
  ) {
    nanoseconds = Int64(seconds) * 1_000_000_000
    self.clock = clock
    lastUse = Mutex(clock())
  }

  /// Notes a use, unless the time was up already.
  ///
  /// - Returns: whether it was in time.
  package func use() -> Bool {
    lastUse.withLock { last in
      let now = clock()
      guard now < last + nanoseconds else { return false }
      last = now
      return true
    }
  }

  /// Seconds that are left; 0 when the time is up.
  package var remaining: Int {
    let end = lastUse.withLock { $0 } + nanoseconds
    let now = clock()
    return now < end ? Int((end - now + 999_999_999) / 1_000_000_000) : 0
  }
}

internal import CPlatform

/// Time since the computer started, asleep or awake: nobody can set it, and a window of the access
/// log does not outlast a night in a bag. Handed in, so that tests can move it.
package struct BootClock: Sendable {
  private let read: @Sendable () -> Int64

  /// - Parameter read: nanoseconds; negative where there is no such clock.
  package init(_ read: @escaping @Sendable () -> Int64) {
    self.read = read
  }

  /// Nanoseconds; nil where the system has no such clock.
  package var now: Int64? {
    let now = read()
    return now < 0 ? nil : now
  }

  /// The system's clock.
  package static let system = BootClock { cp_boot_time_ns() }
}

package import CaseVault
import Synchronization
package import VaultFormat

/// A clock that stands still until a test moves it.
package final class MovableClock: Sendable {
  private let time: Mutex<Timestamp>

  package init(_ text: String) {
    time = Mutex(Timestamp(text) ?? Timestamp(seconds: 0))
  }

  package var now: Timestamp { time.withLock { $0 } }

  /// Moves the clock.
  package func set(_ text: String) {
    guard let moved = Timestamp(text) else { return }
    time.withLock { $0 = moved }
  }

  /// What the code under test reads.
  package var clock: Clock { Clock { self.now } }
}

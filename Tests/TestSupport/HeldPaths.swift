import Synchronization

/// The paths that code under test opened, in order.
package final class HeldPaths: Sendable {
  private let paths = Mutex<[String]>([])

  package init() {}

  package var all: [String] { paths.withLock { $0 } }

  package func add(_ path: String) { paths.withLock { $0.append(path) } }
}

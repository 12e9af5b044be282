import Synchronization
import SystemPackage

/// Folders listed before somebody asks for them, each for the first who does.
struct ListedAhead: Sendable {
  var shelves: [String: Result<Shelf, StorageError>] = [:]
}

extension Folder {
  /// Lists folders eight at a time, and does work that lists some of them one after the other: on a
  /// share it waits once, and not for each.
  ///
  /// Each listing serves the first ``list(_:limit:)`` or ``shelf(_:limit:)`` of its folder with the
  /// usual limit, within the work; who asks again is told what is there then.
  package func listingAhead<Result>(
    _ paths: [String], _ work: () throws -> Result
  ) rethrows -> Result {
    let found = SideBySide.map(paths) { path in try self.openShelf(path, Self.usualLimit) }
    ahead.withLock { ahead in
      for (path, found) in zip(paths, found) {
        ahead.shelves[path] = found.mapError {
          $0 as? StorageError ?? StorageError(errno: .ioError, operation: .list, path: path)
        }
      }
    }
    defer { ahead.withLock { $0.shelves = [:] } }
    return try work()
  }

  /// What was listed ahead, once.
  func takeAhead(_ path: String, _ limit: Int) throws(StorageError) -> Shelf? {
    guard limit == Self.usualLimit else { return nil }
    return try ahead.withLock { $0.shelves.removeValue(forKey: path) }?.get()
  }
}

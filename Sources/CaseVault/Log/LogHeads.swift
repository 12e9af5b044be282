internal import Storage
internal import Synchronization
package import VaultFormat

/// How far this computer has seen the log of each device: it never goes back.
package struct LogHeads: Equatable, Sendable {
  static let maximumSize = 1 << 20

  package private(set) var points: [Identifier: LogPoint]

  package init(_ points: [Identifier: LogPoint] = [:]) {
    self.points = points
  }

  init?(_ bytes: [UInt8]) {
    guard let members = (try? JSON(canonical: bytes))?.object else { return nil }
    points = [:]
    for (name, member) in members {
      guard let device = Identifier(name), let point = LogPoint(member) else { return nil }
      points[device] = point
    }
  }

  var bytes: [UInt8] {
    JSON.object(
      Dictionary(points.map { ($0.key.text, $0.value.members) }) { first, _ in first }
    ).canonical
  }

  /// Takes in what was seen further on; what is behind, or says otherwise, is not taken.
  ///
  /// - Returns: whether anything was.
  @discardableResult
  mutating func advance(_ seen: [Identifier: LogPoint]) -> Bool {
    var advanced = false
    for (device, point) in seen where point.next > points[device]?.next ?? 0 {
      points[device] = point
      advanced = true
    }
    return advanced
  }
}

extension Home {
  private func headsPath(of vault: Identifier) -> String { "\(logPath(of: vault))/heads" }

  /// The heads that this computer remembers.
  ///
  /// - Throws: `damaged`, `failed`.
  package func logHeads(of vault: Identifier) throws -> LogHeads {
    do {
      let bytes = try state.read(headsPath(of: vault), atMost: LogHeads.maximumSize)
      guard let heads = LogHeads(bytes) else {
        throw VaultError(
          .damaged, "what this computer remembers of the access log is damaged",
          hint: "keep the file \(headsPath(of: vault)) for whoever looks into it, and enrol again")
      }
      return heads
    } catch let error as StorageError where error.isMissing {
      return LogHeads()
    } catch let error as StorageError {
      throw VaultError(error, while: "reading what this computer remembers of the log")
    }
  }

  /// Remembers what was seen further on, durably.
  ///
  /// - Parameter lock: this home's: two processes that merged at once could go back.
  /// - Throws: `damaged`, `failed`.
  @discardableResult
  func remember(
    _ seen: [Identifier: LogPoint], of vault: Identifier, under lock: HomeLock
  ) throws -> LogHeads {
    try lock.remembering.withLock { _ in
      var heads = try logHeads(of: vault)
      guard heads.advance(seen) else { return heads }
      do throws(StorageError) {
        try state.replace(heads.bytes, at: headsPath(of: vault))
      } catch {
        throw VaultError(error, while: "remembering how far the log has come")
      }
      return heads
    }
  }
}

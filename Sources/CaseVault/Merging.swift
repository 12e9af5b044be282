internal import Storage
internal import VaultFormat

/// Keeps a device's own segments few (design/vault.md §11): each new one takes
/// in those that are not much larger, as a log-structured tree does (O'Neil et
/// al., 1996), so that their sizes grow by doubling and their number with the
/// logarithm of what they hold.
enum Merging {
  /// The segments that a new one of `count` entries takes in.
  ///
  /// - Parameters:
  ///   - own: the device's unreplaced segments and their sizes in entries.
  ///   - limit: the most entries that one segment may have.
  static func absorbed(
    _ own: [Identifier: Int], adding count: Int, limit: Int
  ) -> [Identifier] {
    var total = count
    var absorbed: [Identifier] = []
    for (id, size) in own.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      guard size <= 2 * total, total + size <= limit,
        absorbed.count < KeySegment.maximumReplaced
      else { break }
      absorbed.append(id)
      total += size
    }
    return absorbed
  }

  /// The log's segments that a new one takes in, the newest first: an unbroken run in front of it.
  ///
  /// - Parameters:
  ///   - own: by sequence.
  ///   - bytes, limit: of entries, in bytes.
  static func absorbedRun(
    _ own: [OwnSegment], adding bytes: Int, limit: Int
  ) -> [OwnSegment] {
    var total = bytes
    var absorbed: [OwnSegment] = []
    for segment in own.reversed() {
      guard segment.size <= 2 * total, total + segment.size <= limit,
        absorbed.count < LogSegment.maximumReplaced
      else { break }
      absorbed.append(segment)
      total += segment.size
    }
    return absorbed
  }

  /// Unlinks segments after the one that lists them is durable and read back.
  /// One that stays is listed as replaced, and ignored.
  static func remove(_ replaced: [Identifier], from path: String, in folder: Folder) {
    guard !replaced.isEmpty else { return }
    try? folder.remove(replaced.map(\.text), in: path)
  }

  /// Reads a folder's segments, again where another process merged some of them
  /// away between the listing and the reading.
  ///
  /// - Parameter read: throws `Vanished` when a listed segment is gone.
  static func whileStable<Result>(_ read: () throws -> Result) throws -> Result {
    for _ in 0..<8 {
      do {
        return try read()
      } catch is Vanished {
        continue
      }
    }
    throw VaultError(
      .failed, "the vault changes faster than it can be read", hint: "try again in a moment")
  }

  /// A listed segment was gone when it was opened.
  struct Vanished: Error {}
}

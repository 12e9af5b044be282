internal import Storage
internal import VaultFormat

/// A record on its way into a draft. Its beginning waits in memory for the front, which is known
/// last: a small record is one write, and on a share each costs milliseconds.
final class RecordDraft {
  /// Records up to this size are written at once, in bytes.
  private static let maximumGathered = 256 << 10

  let draft: Draft
  /// All of the file so far; nil from the first bytes on that went into the draft.
  private var gathered: [UInt8]? = []

  /// - Parameter draft: an empty one.
  init(_ draft: Draft) { self.draft = draft }

  /// Adds bytes at the end.
  ///
  /// - Throws: as ``Draft/append(_:)``.
  func append(_ bytes: [UInt8]) throws(StorageError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(StorageError) in try append(bytes) }
    }
    try result.get()
  }

  /// As ``append(_:)``.
  func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    if let count = gathered?.count, count + bytes.count <= Self.maximumGathered {
      gathered?.append(contentsOf: bytes)
      return
    }
    try flush()
    try draft.append(bytes)
  }

  /// Writes the front over the zeros that kept its place, and all that waits. The last call.
  ///
  /// - Parameter front: header and manifest, ``RecordLayout/contentOffset`` bytes.
  /// - Throws: as ``Draft/append(_:)``.
  func finish(_ front: [UInt8]) throws(StorageError) {
    guard gathered == nil else {
      gathered?.replaceSubrange(..<front.count, with: front)
      return try flush()
    }
    let result = front.withUnsafeBytes { front in
      Result { () throws(StorageError) in try draft.write(front, at: 0) }
    }
    try result.get()
  }

  /// Reads bytes that were added before; fewer than asked for where there are none yet.
  ///
  /// - Throws: as ``Draft/read(count:at:)``.
  func read(count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    guard let gathered else { return try draft.read(count: count, at: offset) }
    return Array(gathered[min(offset, gathered.count)..<min(offset + count, gathered.count)])
  }

  private func flush() throws(StorageError) {
    guard let bytes = gathered else { return }
    gathered = nil
    try draft.append(bytes)
  }
}

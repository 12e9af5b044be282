internal import Storage

/// A case that is about to be read: one listing of its folder, and what was not seen before.
package struct CaseReading: Sendable {
  /// What it came to. Handed from thread to thread, and used by one of them at a time.
  package struct Result: @unchecked Sendable {
    package let file: CaseFile
    /// What was seen of the case before.
    let seen: SeenRecords
  }

  let key: CaseKey
  let vault: Vault
  let home: Home
  /// What was seen of the case, where that is in memory.
  let known: SeenRecords?

  /// - Parameter isReadingAll: read also what was seen, as a check does.
  /// - Throws: `failed`, and `damaged` where all its records have vanished.
  package func read(isReadingAll: Bool = false) throws -> Result {
    let seen = known ?? home.seenRecords(of: key, in: vault)
    return Result(
      file: try CaseFile(key, in: vault, seen, isReadingAll: isReadingAll), seen: seen)
  }
}

import SystemPackage

/// A file for the person, outside the vault: it has its name only once it is whole.
///
/// Written beside its name with mode 0600; thrown away unless committed.
package final class OutputFile: Sendable {
  private let site: Site
  private let draft: Draft
  private let replacing: Bool
  private let faults: Faults?

  /// Begins the file. Throws `.alreadyExists` if something is there and `replacing` is false,
  /// `.badName` if the path ends in no name, or `.create` with what the system says.
  package init(
    _ path: String, replacing: Bool = false, faults: Faults? = nil
  ) throws(StorageError) {
    let site = try Site(path, .create)
    if !replacing, (try? site.folder.facts(of: site.name)) != nil {
      throw .alreadyExists(path, .create)
    }
    // Names have 255 bytes at most: the random part must still fit.
    let name = ".\(String(decoding: site.name.utf8.prefix(200), as: UTF8.self))"
    self.draft = try Draft(
      in: site.folder, named: "\(name).casevault-\(randomName())", mode: 0o600,
      readBack: .head(0), faults: faults)
    self.site = site
    self.replacing = replacing
    self.faults = faults
  }

  /// Where the bytes are until ``commit()``.
  package var unfinishedPath: String { site.shown(draft.name) }

  /// The bytes so far.
  package var size: Int { draft.size }

  /// Writes at the end. Throws `.write` with what the system says.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try unsafe draft.append(bytes)
  }

  /// Writes at the end. Throws `.write` with what the system says.
  package func append(_ bytes: [UInt8]) throws(StorageError) { try draft.append(bytes) }

  /// Syncs the file and gives it its name, durably.
  ///
  /// Throws `.alreadyExists` if something came there meanwhile and `replacing` is false, or what
  /// the system says; then the file is thrown away, unless only the last sync failed: its name may
  /// be lost in a power cut. A link that stands there is replaced itself, not what it points to.
  package func commit() throws(StorageError) {
    do throws(StorageError) {
      let facts = try draft.finish()
      if replacing {
        try draft.replace(name: site.name, in: site.folder)
      } else {
        try draft.take(name: site.name, in: site.folder, facts)
      }
    } catch {
      draft.discard()
      throw error
    }
    try site.folder.sync(faults)
  }

  /// Throws the file away.
  package func discard() { draft.discard() }
}

import CPlatform
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Folder {
  /// Removes the drafts that crashed programs left, last written before `moment` (seconds since
  /// 1970, by the share's clock); returns how many.
  ///
  /// Give others time: a device may be writing a large record for days. Only names that a draft has
  /// are touched. Throws as ``list(_:limit:)`` and ``remove(_:)``.
  package func sweepDrafts(lastWrittenBefore moment: Int64) throws(StorageError) -> Int {
    let drafts = try drafts(among: list(Self.drafts))
    guard !drafts.isEmpty else { return 0 }
    let folder = try folder(Self.drafts, .remove)
    var removed = 0
    for draft in drafts where draft.modified < moment {
      try change(.remove, folder.shown(draft.name), faults) {
        unsafe unlinkat(folder.raw, draft.name, 0)
      }
      removed += 1
    }
    return removed
  }

  /// How many files lie among the drafts that nobody can be at work on: last written before
  /// `moment` (seconds since 1970, by the share's clock), or no draft by their name.
  ///
  /// Throws as ``list(_:limit:)``.
  package func countDrafts(lastWrittenBefore moment: Int64) throws(StorageError) -> Int {
    let all = try list(Self.drafts)
    return try all.entries.count - drafts(among: all).count { $0.modified >= moment }
  }

  /// What is a draft by its name and kind, and when it was last written to.
  private func drafts(
    among listing: Listing
  ) throws(StorageError) -> [(name: String, modified: Int64)] {
    let names = listing.entries.compactMap { $0.kind == .file ? $0.name : nil }
    guard !names.isEmpty else { return [] }
    let folder = try folder(Self.drafts, .list)
    return names.compactMap { name in
      guard isRandomName(name), let facts = try? folder.facts(of: name), facts.isRegular
      else { return nil }
      return (name, facts.modified / 1_000_000_000)
    }
  }
}

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
    let names = try list(Self.drafts).entries.compactMap { $0.kind == .file ? $0.name : nil }
    guard !names.isEmpty else { return 0 }
    let folder = try folder(Self.drafts, .remove)
    var removed = 0
    for name in names where isRandomName(name) {
      guard let facts = try? folder.facts(of: name), facts.isRegular,
        facts.modified / 1_000_000_000 < moment
      else { continue }
      try change(.remove, folder.shown(name), faults) { unsafe unlinkat(folder.raw, name, 0) }
      removed += 1
    }
    return removed
  }
}

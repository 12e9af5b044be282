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
  /// Makes a folder with all that is in it, or not at all (FORMAT.md §13).
  ///
  /// `fill` gets a folder of another name beside `path`, which then takes its name. An empty folder
  /// may stand at `path` already: its mode and group are kept. Anything else there is left alone
  /// and throws `.alreadyExists`. Throws what `fill` throws, and removes what was made.
  package static func build(
    at path: String, faults: Faults? = nil, _ fill: (Folder) throws -> Void
  ) throws {
    let site = try Site(path, .makeFolder)
    let existing = try emptyFolder(at: site)
    let name = ".casevault-\(randomName())"
    var standsAt = name
    do {
      try change(.makeFolder, site.shown(name), faults) {
        unsafe mkdirat(site.folder.raw, name, 0o777)
      }
      let aside = try Folder(beside: site, name, faults: faults)
      if let existing { aside.takeOver(existing) }
      try fill(aside)
      try aside.root.sync(faults)
      try site.rename(name, faults)
      standsAt = site.name
      try site.folder.sync(faults)
    } catch {
      if !(faults?.crashed ?? false) { site.clear(standsAt, faults) }
      throw error
    }
  }

  fileprivate convenience init(beside site: Site, _ name: String, faults: Faults?) throws {
    let place = try RelativePath(name, for: .open)
    let descriptor = try openBeneath(site.folder, place, O_RDONLY | O_DIRECTORY, faults)
    self.init(descriptor, path: site.shown(name), faults: faults)
  }

  /// What the empty folder at the site is, nil if nothing is there; else throws `.alreadyExists`.
  private static func emptyFolder(at site: Site) throws(StorageError) -> cp_facts? {
    guard let facts = try? site.folder.facts(of: site.name) else { return nil }
    guard facts.isFolder,
      try Folder(site.path).list("", limit: 1).entries.isEmpty
    else { throw .alreadyExists(site.path, .makeFolder) }
    return facts
  }

  /// Gives the new folder the group and mode of the one it replaces, as far as the person may.
  private func takeOver(_ existing: cp_facts) {
    _ = fchown(root.raw, uid_t.max, gid_t(existing.group))
    _ = fchmod(root.raw, mode_t(existing.permissions))
  }
}

extension Site {
  /// Renames a folder beside the site to it; over an empty folder at most, as rename(2) has it.
  fileprivate func rename(_ from: String, _ faults: Faults?) throws(StorageError) {
    do throws(StorageError) {
      try change(.rename, path, faults) {
        unsafe renameat(folder.raw, from, folder.raw, name)
      }
    } catch {
      let taken: [Errno] = [.fileExists, .directoryNotEmpty, .notDirectory]
      guard error.reason == .system, taken.contains(error.errno) else { throw error }
      throw .alreadyExists(path)
    }
  }

  /// Removes a folder that this process made, with all in it, as far as that goes.
  fileprivate func clear(_ name: String, _ faults: Faults?) {
    try? Folder(beside: self, name, faults: faults).empty("")
    _ = try? change(.remove, shown(name), faults) {
      unsafe unlinkat(folder.raw, name, AT_REMOVEDIR)
    }
  }
}

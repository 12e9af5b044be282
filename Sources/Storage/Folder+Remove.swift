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
  /// Removes a file, or a link itself, and makes that durable.
  ///
  /// Throws `.badName`, or `.remove` with what the system says (``StorageError/isMissing``).
  package func remove(_ path: String) throws(StorageError) {
    try remove(path, flags: 0)
  }

  /// Removes files of one folder whose return would do no harm, be it by a power cut soon after: no
  /// sync. Names that are gone already are fine. Throws as ``remove(_:)``.
  package func remove(_ names: [String], in path: String) throws(StorageError) {
    let folder = try folder(path, .remove)
    for name in names {
      let shown = folder.shown(name)
      guard try RelativePath(name, for: .remove).parts.count == 1 else {
        throw .badName(shown, .remove)
      }
      do throws(StorageError) {
        try change(.remove, shown, faults) { unsafe unlinkat(folder.raw, name, 0) }
      } catch {
        guard error.isMissing else { throw error }
      }
    }
  }

  /// Removes an empty folder and makes that durable. Throws as ``remove(_:)``.
  package func removeFolder(_ path: String) throws(StorageError) {
    try remove(path, flags: AT_REMOVEDIR)
  }

  private func remove(_ path: String, flags: Int32) throws(StorageError) {
    let place = try RelativePath(path, for: .remove)
    let folder = try folder(place.folder, .remove)
    try change(.remove, path, faults) { unsafe unlinkat(folder.raw, place.name, flags) }
    try folder.sync(faults)
  }

  /// Removes all that a folder holds. Only for what this process made itself.
  func empty(_ folder: String) throws(StorageError) {
    for entry in try list(folder).entries {
      guard let name = entry.name else { throw .badName(folder, .remove) }
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      if entry.kind == .folder {
        try empty(path)
        try removeFolder(path)
      } else {
        try remove(path)
      }
    }
  }
}

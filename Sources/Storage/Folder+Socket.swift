import CPlatform
import SystemPackage

extension Folder {
  /// A socket that listens under a path of this folder, for this user alone. What an earlier
  /// process left under the path is taken away: the caller holds the lock that says it is gone.
  ///
  /// Returns a descriptor that the caller closes. Throws `.create` with what the system says.
  package func listen(_ path: String) throws(StorageError) -> Int32 {
    let place = try RelativePath(path, for: .create)
    let folder = try folder(place.folder, .create)
    do throws(StorageError) {
      try remove(path)
    } catch {
      guard error.isMissing else { throw error }
    }
    return try call(.create, path) { unsafe cp_listen_at(folder.raw, place.name) }
  }

  /// A socket connected to whoever listens under a path of this folder; nil where nobody does.
  ///
  /// Returns a descriptor that the caller closes. Throws `.open` with what the system says.
  package func connect(_ path: String) throws(StorageError) -> Int32? {
    let place = try RelativePath(path, for: .open)
    do throws(StorageError) {
      let folder = try folder(place.folder)
      return try call(.open, path) { unsafe cp_connect_at(folder.raw, place.name) }
    } catch {
      guard error.isMissing || error.errno == .connectionRefused else { throw error }
      return nil
    }
  }
}

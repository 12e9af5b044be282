import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A folder, opened and listed once and held open: each of its files is then one look-up away.
///
/// On a share every part of a path costs a question, and so does every listing. Safe to use from
/// several threads.
package final class Shelf: Sendable {
  /// Its names, as they were when it was opened.
  package let listing: Listing
  /// Below the root of its ``Folder``.
  package let path: String

  /// Nil for a folder that is not there.
  private let folder: OpenFolder?
  private let faults: Faults?

  init(_ folder: OpenFolder?, _ listing: Listing, path: String, faults: Faults?) {
    self.folder = folder
    self.listing = listing
    self.path = path
    self.faults = faults
  }

  /// Opens a regular file of the folder to read. Throws as ``Folder/open(_:)``.
  package func open(_ name: String) throws(StorageError) -> StoredFile {
    let shown = "\(path)/\(name)"
    let place = try RelativePath(name, for: .open)
    guard place.parts.count == 1 else { throw .badName(shown, .open) }
    guard let folder else { throw .opening(shown, .noSuchFileOrDirectory) }
    faults?.look(at: shown)
    do throws(StorageError) {
      return try StoredFile(openFile(place, beneath: folder, faults), path: shown)
    } catch {
      throw StorageError(
        errno: error.errno, operation: error.operation, path: shown, reason: error.reason)
    }
  }

  /// Reads a whole file of the folder. Throws as ``Folder/read(_:atMost:)``.
  package func read(_ name: String, atMost limit: Int) throws(StorageError) -> [UInt8] {
    for _ in 1...3 {
      let file = try open(name)
      guard file.size <= limit else {
        throw StorageError(
          errno: .fileTooLarge, operation: .read, path: "\(path)/\(name)",
          reason: .tooLarge(limit: limit))
      }
      if let bytes = try file.readAll() { return bytes }
    }
    throw .changed("\(path)/\(name)", .read)
  }

  /// Reads many files of the folder, eight at a time, each with a result of its own.
  package func read(
    _ names: [String], atMost limit: Int
  ) -> [Result<[UInt8], any Error>] {
    SideBySide.map(names) { try self.read($0, atMost: limit) }
  }
}

extension Folder {
  /// Opens and lists a folder below the root, to read its files. One that is not there is empty.
  ///
  /// Throws as ``list(_:limit:)``.
  package func shelf(_ path: String, limit: Int = usualLimit) throws(StorageError) -> Shelf {
    if let shelf = try takeAhead(path, limit) { return shelf }
    return try openShelf(path, limit)
  }

  func openShelf(_ path: String, _ limit: Int) throws(StorageError) -> Shelf {
    let folder: OpenFolder
    do throws(StorageError) {
      folder = OpenFolder(try openToList(path), path: path)
    } catch {
      guard error.isMissing else { throw error }
      return Shelf(nil, Listing(entries: [], truncated: false), path: path, faults: faults)
    }
    // The same opening serves the listing and the look-ups: a share answers once.
    let raw = folder.raw
    let copy = Descriptor(try call(.list, path) { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    return Shelf(folder, try names(of: copy, path, limit), path: path, faults: faults)
  }
}

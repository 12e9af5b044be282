import CPlatform
import Synchronization
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A folder on a share that nobody need trust, held open; everything is opened beneath it only.
///
/// Paths are relative ("cases/ab/xyz"), through no symbolic link, never out of the root. Safe to
/// use from several threads.
package final class Folder: Sendable {
  /// The folder where every draft begins (FORMAT.md §2).
  package static let drafts = "tmp"

  /// As the person named it.
  package let path: String
  let root: OpenFolder
  let faults: Faults?
  /// The folder of the drafts, once one was begun.
  let heldDrafts = Mutex<OpenFolder?>(nil)
  /// What was listed before somebody asked.
  let ahead = Mutex(ListedAhead())
  /// How many names of a folder are looked at unless said otherwise (FORMAT.md §2).
  package static let usualLimit = 1_000_000

  /// Opens a folder. Its last part may be a link: the person named it.
  ///
  /// Throws `.open` with ENOENT, ENOTDIR (`.notRegular`) or what else the system says.
  package convenience init(_ path: String, faults: Faults? = nil) throws(StorageError) {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    do throws(Errno) {
      let raw = try call { unsafe cp_open_at(AT_FDCWD, path, flags, 0) }
      self.init(Descriptor(raw), path: path, faults: faults)
    } catch {
      throw .opening(path, error)
    }
  }

  init(_ descriptor: consuming Descriptor, path: String, faults: Faults?) {
    self.path = path
    self.root = OpenFolder(descriptor, path: "")
    self.faults = faults
  }

  /// Whether anything stands under this path; links are not followed. False for a bad path.
  package func exists(_ path: String) -> Bool {
    guard let place = try? RelativePath(path, for: .open),
      let folder = try? folder(place.folder)
    else { return false }
    return (try? folder.facts(of: place.name)) != nil
  }

  /// Opens a regular file to read.
  ///
  /// Throws `.notRegular` for a link, folder, pipe, socket or device, without waiting for a pipe's
  /// other end; `.badName`; else `.open` with what the system says (``StorageError/isMissing``).
  package func open(_ path: String) throws(StorageError) -> StoredFile {
    let place = try RelativePath(path, for: .open)
    return try StoredFile(openFile(place, beneath: root, faults), path: path)
  }

  /// Reads a whole file.
  ///
  /// Its size is checked before memory is taken: `.tooLarge` above `atMost` bytes. A file that
  /// others change meanwhile is read again, three times; then `.changed`. Throws as ``open(_:)``.
  package func read(_ path: String, atMost limit: Int) throws(StorageError) -> [UInt8] {
    for _ in 1...3 {
      let file = try open(path)
      guard file.size <= limit else {
        throw StorageError(
          errno: .fileTooLarge, operation: .read, path: path, reason: .tooLarge(limit: limit))
      }
      if let bytes = try file.readAll() { return bytes }
    }
    throw .changed(path, .read)
  }

  /// Opens a folder beneath the root, for names to be looked up or made in it.
  func folder(
    _ path: String, _ operation: StorageError.Operation = .open
  ) throws(StorageError) -> OpenFolder {
    if path.isEmpty { return root }
    let place = try RelativePath(path, for: operation)
    do throws(Errno) {
      return OpenFolder(try openFolder(place, beneath: root, faults), path: path)
    } catch {
      throw .opening(path, error, operation)
    }
  }
}

import CPlatform
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A place that the person named, outside any vault: a name in an open folder.
///
/// The way to the folder may lead through links: they are the person's own.
struct Site {
  let folder: OpenFolder
  let name: String
  /// As the person wrote it.
  let path: String

  /// Throws `.badName` if the last part is not a name (as "." or ".."), or what the system says.
  init(_ path: String, _ operation: StorageError.Operation) throws(StorageError) {
    let whole = FilePath(path)
    guard let last = whole.lastComponent, last.kind == .regular else {
      throw .badName(path, operation)
    }
    let parent = whole.removingLastComponent()
    let shown = parent.isEmpty ? "." : parent.string
    do throws(Errno) {
      let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
      let raw = try call { unsafe cp_open_at(AT_FDCWD, shown, flags, 0) }
      folder = OpenFolder(Descriptor(raw), path: parent.string)
    } catch {
      throw .opening(path, error, operation)
    }
    name = last.string
    self.path = path
  }

  /// The path of something beside it, for errors.
  func shown(_ name: String) -> String { folder.shown(name) }
}

import CPlatform
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An open descriptor that closes itself once.
struct Descriptor: ~Copyable, Sendable {
  let raw: Int32

  init(_ raw: Int32) { self.raw = raw }

  deinit { _ = closeOnce(raw) }

  /// Closes and says how it went: a share may report only now that it could not keep the bytes.
  ///
  /// EINTR counts as closed.
  consuming func close() throws(Errno) {
    let raw = raw
    discard self
    guard closeOnce(raw) != 0 else { return }
    let cause = Errno(rawValue: errno)
    if cause != .interrupted { throw cause }
  }

  /// Hands the descriptor to something that will close it.
  consuming func release() -> Int32 {
    let raw = raw
    discard self
    return raw
  }

  /// What the opening has just learnt of what stands behind the descriptor: of a share this is not
  /// asked again. Only for a descriptor that is new.
  borrowing func factsAtOpening() throws(Errno) -> cp_facts {
    var facts = cp_facts()
    let raw = raw
    _ = try call { unsafe cp_facts_at_opening(raw, &facts) }
    return facts
  }

  /// What stands behind the descriptor now.
  borrowing func facts() throws(Errno) -> cp_facts {
    var facts = cp_facts()
    let raw = raw
    _ = try call { unsafe cp_facts_of(raw, &facts) }
    return facts
  }
}

private func closeOnce(_ raw: Int32) -> Int32 { close(raw) }

extension cp_facts {
  var isRegular: Bool { kind == Int32(CP_REGULAR.rawValue) }
  var isFolder: Bool { kind == Int32(CP_FOLDER.rawValue) }

  /// Whether both are of one file, whatever its names.
  func isSame(as other: cp_facts) -> Bool { inode == other.inode && device == other.device }
}

/// An open folder that several owners share; closed when the last lets go.
final class OpenFolder: Sendable {
  let descriptor: Descriptor
  /// As shown in errors: relative to the root.
  let path: String

  init(_ descriptor: consuming Descriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  var raw: Int32 { descriptor.raw }

  /// The path of something in this folder, for errors.
  func shown(_ name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

  /// What stands under a name here; links are not followed.
  func facts(of name: String) throws(Errno) -> cp_facts {
    var facts = cp_facts()
    _ = try call { unsafe cp_facts_at(raw, name, &facts) }
    return facts
  }

  /// Makes the names in this folder durable, as far as the share can.
  ///
  /// Some shares refuse to sync a folder (EINVAL, ENOTSUP, EBADF, EACCES): nothing better is to be
  /// had there, and the names are on their server already.
  func sync(_ faults: Faults?) throws(StorageError) {
    do throws(StorageError) {
      try change(.sync, path, faults) { cp_sync(raw) }
    } catch {
      let unable: [Errno] = [
        .invalidArgument, .notSupported, .notSupportedOnSocket, .badFileDescriptor,
        .permissionDenied,
      ]
      guard error.reason == .system, unable.contains(error.errno) else { throw error }
    }
  }
}

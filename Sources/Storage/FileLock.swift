import CPlatform
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The lock of a file in the person's own home, held as long as this lives and its process does.
package final class FileLock: Sendable {
  /// Which file, whatever its path.
  package struct Place: Hashable, Sendable {
    fileprivate let device: UInt64
    fileprivate let inode: UInt64
  }

  package let place: Place
  private let descriptor: Descriptor

  fileprivate init(_ descriptor: consuming Descriptor, _ place: Place) {
    self.descriptor = descriptor
    self.place = place
  }
}

extension Folder {
  /// Takes the lock of a file without waiting; nil while another process, or another lock of this
  /// one, holds it. The file is made where it is not there, with its folders, for this user alone.
  ///
  /// Throws `.open`, `.create` or `.lock` with what the system says.
  package func tryLock(_ path: String) throws(StorageError) -> FileLock? {
    let descriptor = try openLock(path)
    let place = try lockPlace(of: descriptor, path)
    let raw = descriptor.raw
    do throws(StorageError) {
      _ = try call(.lock, path) { cp_try_lock(raw) }
    } catch {
      guard error.errno == .resourceTemporarilyUnavailable || error.errno == .wouldBlock else {
        throw error
      }
      return nil
    }
    return FileLock(descriptor, place)
  }

  /// Which file a lock of this path is of. Throws as ``tryLock(_:)``.
  package func lockPlace(_ path: String) throws(StorageError) -> FileLock.Place {
    try lockPlace(of: openLock(path), path)
  }

  private func lockPlace(
    of descriptor: borrowing Descriptor, _ path: String
  ) throws(StorageError) -> FileLock.Place {
    do throws(Errno) {
      let facts = try descriptor.facts()
      return FileLock.Place(device: facts.device, inode: facts.inode)
    } catch {
      throw StorageError(errno: error, operation: .lock, path: path)
    }
  }

  private func openLock(_ path: String) throws(StorageError) -> Descriptor {
    let place = try RelativePath(path, for: .lock)
    do throws(StorageError) {
      return try openFile(place, beneath: root, faults)
    } catch {
      guard error.isMissing else { throw error }
    }
    var madeIn: [OpenFolder] = []
    let folder = try openMaking(place.folder, mode: 0o700, madeIn: &madeIn)
    do throws(StorageError) {
      return try create(place.name, in: folder, mode: 0o600, faults)
    } catch {
      // Another process made it between the two calls.
      guard error.reason == .system, error.errno == .fileExists else { throw error }
      return try openFile(place, beneath: root, faults)
    }
  }
}

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
  /// Makes a folder with those above it, below the root, and makes their names durable.
  ///
  /// `mode` is subject to the umask. A folder that is there is fine; throws `.notRegular` if a link
  /// or a file stands there, `.badName`, or `.makeFolder` with what the system says.
  package func makeFolder(_ path: String, mode: UInt32 = 0o777) throws(StorageError) {
    var made: [OpenFolder] = []
    _ = try openMaking(path, mode: mode, madeIn: &made)
    for parent in made { try parent.sync(faults) }
  }

  /// Opens a folder, making what is missing; appends to `madeIn` every folder in which a new name
  /// stands that is not yet durable.
  func openMaking(
    _ path: String, mode: UInt32, madeIn: inout [OpenFolder]
  ) throws(StorageError) -> OpenFolder {
    do throws(StorageError) {
      return try folder(path, .makeFolder)
    } catch {
      guard error.isMissing else { throw error }
    }
    var current = root
    for part in try RelativePath(path, for: .makeFolder).parts {
      current = try step(into: String(part), of: current, mode: mode, madeIn: &madeIn)
    }
    return current
  }

  private func step(
    into name: String, of parent: OpenFolder, mode: UInt32, madeIn: inout [OpenFolder]
  ) throws(StorageError) -> OpenFolder {
    let path = parent.shown(name)
    do throws(StorageError) {
      return OpenFolder(try open(name, in: parent), path: path)
    } catch {
      guard error.isMissing else { throw error }
    }
    do throws(StorageError) {
      try change(.makeFolder, path, faults) {
        unsafe mkdirat(parent.raw, name, mode_t(truncatingIfNeeded: mode))
      }
      madeIn.append(parent)
    } catch {
      // Another device made it between the two calls.
      guard error.reason == .system, error.errno == .fileExists else { throw error }
    }
    return OpenFolder(try open(name, in: parent), path: path)
  }

  private func open(_ name: String, in parent: OpenFolder) throws(StorageError) -> Descriptor {
    let place = try RelativePath(name, for: .makeFolder)
    do throws(Errno) {
      return try openFolder(place, beneath: parent, faults)
    } catch {
      throw .opening(parent.shown(name), error, .makeFolder)
    }
  }
}

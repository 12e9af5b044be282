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

/// A file of the person's own home that is written anywhere and again, held open.
///
/// What was written is durable once it is synced. Safe to use from several threads.
package final class ScratchFile: Sendable {
  package let path: String
  private let descriptor: Descriptor
  private let folder: OpenFolder
  private let name: String
  private let faults: Faults?
  /// Whether the name is known to be durable, and whether a sync has failed.
  private let state = Mutex((isNamed: false, isLost: false))

  fileprivate init(
    _ descriptor: consuming Descriptor, in folder: OpenFolder, _ place: RelativePath,
    isNamed: Bool, faults: Faults?
  ) {
    self.descriptor = descriptor
    self.folder = folder
    path = place.text
    name = place.name
    self.faults = faults
    state.withLock { $0.isNamed = isNamed }
  }

  /// Writes at an offset, over what is there or beyond the end. Throws `.write`.
  package func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    let raw = descriptor.raw
    let result = unsafe bytes.withUnsafeBytes { bytes -> Result<Void, StorageError> in
      Result { () throws(StorageError) in
        try unsafe writeAll(bytes, to: raw, at: offset, path, faults)
      }
    }
    try result.get()
  }

  /// Reads up to `count` bytes, fewer where the file ends. Throws `.read`.
  package func read(count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    let raw = descriptor.raw
    var failure: StorageError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(StorageError) {
        while filled < count {
          let done = filled
          let step = try call(.read, path) {
            unsafe pread(raw, buffer.baseAddress! + done, count - done, off_t(offset + done))
          }
          if step == 0 { break }
          filled += step
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Makes what was written durable, and the file's name.
  ///
  /// Throws `.sync`; after EIO nobody knows what was kept, and every later sync throws too.
  package func sync() throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      guard !state.isLost else {
        throw StorageError(errno: .ioError, operation: .sync, path: path)
      }
      let raw = descriptor.raw
      do throws(StorageError) {
        try change(.sync, path, faults) { cp_sync(raw) }
        if !state.isNamed { try folder.sync(faults) }
      } catch {
        state.isLost = !error.isOutOfSpace
        throw error
      }
      state.isNamed = true
    }
  }

  /// Takes the file's name away; its content goes with the last who has it open. A name that is
  /// gone already is fine. Throws `.remove`.
  package func remove() throws(StorageError) {
    do throws(StorageError) {
      try change(.remove, path, faults) { unsafe unlinkat(folder.raw, name, 0) }
    } catch {
      guard error.isMissing else { throw error }
    }
  }
}

extension Folder {
  /// Creates a file exclusively and for this user alone (0600), with its folders (0700). Its name is
  /// durable after the first ``ScratchFile/sync()``. Throws `.create` with what the system says.
  package func scratchFile(creating path: String) throws(StorageError) -> ScratchFile {
    let place = try RelativePath(path, for: .create)
    var madeIn: [OpenFolder] = []
    let folder = try openMaking(place.folder, mode: 0o700, madeIn: &madeIn)
    for parent in madeIn { try parent.sync(faults) }
    return ScratchFile(
      try create(place.name, in: folder, mode: 0o600, faults), in: folder, place, isNamed: false,
      faults: faults)
  }

  /// Opens one that an earlier process left. Throws `.open`, `.notRegular`.
  package func scratchFile(opening path: String) throws(StorageError) -> ScratchFile {
    let place = try RelativePath(path, for: .open)
    let folder = try folder(place.folder)
    let own = try RelativePath(place.name, for: .open)
    let descriptor: Descriptor
    do throws(Errno) {
      descriptor = try openBeneath(folder, own, O_RDWR | O_NONBLOCK | O_NOCTTY, faults)
    } catch {
      throw .opening(path, error)
    }
    guard (try? descriptor.facts())?.isRegular == true else {
      throw StorageError(
        errno: .invalidArgument, operation: .open, path: path, reason: .notRegular)
    }
    return ScratchFile(descriptor, in: folder, place, isNamed: true, faults: faults)
  }
}

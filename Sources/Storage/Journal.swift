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

/// A file of the person's own home that grows at its end only, held open.
///
/// What was appended counts once it is synced; what a failed append left behind never counts and is
/// cut off before the next. Safe to use from several threads, which take turns.
package final class Journal: Sendable {
  private struct State {
    var size: Int
    /// How much is known to be on the medium.
    var synced: Int
    /// What was appended since, to be written once more after a sync that failed: the system may
    /// have dropped it from memory, and calls it clean.
    var unsynced: [UInt8] = []
    /// Whether a failed append may have left bytes behind the end.
    var isRagged = false
    /// Whether a sync failed since the last one that did not.
    var isSuspect = false
  }

  package let path: String
  private let descriptor: Descriptor
  private let atOpening: cp_facts
  private let folder: OpenFolder
  private let name: String
  private let faults: Faults?
  private let state: Mutex<State>

  fileprivate init(
    _ descriptor: consuming Descriptor, in folder: OpenFolder, _ place: RelativePath,
    faults: Faults?
  ) throws(StorageError) {
    do throws(Errno) {
      atOpening = try descriptor.facts()
    } catch {
      throw StorageError(errno: error, operation: .open, path: place.text)
    }
    path = place.text
    self.descriptor = descriptor
    self.folder = folder
    name = place.name
    self.faults = faults
    state = Mutex(State(size: Int(atOpening.size), synced: Int(atOpening.size)))
  }

  /// The bytes so far, without what a failed append may have left.
  package var size: Int { state.withLock { $0.size } }

  /// Whether the file still stands under its path and has the size that it should have: nobody
  /// removed, replaced, shortened or lengthened it.
  package var isInPlace: Bool {
    state.withLock { state in
      guard let here = try? descriptor.facts(), let there = try? folder.facts(of: name),
        here.isSame(as: atOpening), there.isSame(as: atOpening)
      else { return false }
      return here.size == Int64(state.size) || (state.isRagged && here.size > Int64(state.size))
    }
  }

  /// Writes at the end. Throws `.write` or `.truncate` with what the system says; then nothing of it
  /// counts, and a later append may succeed.
  package func append(_ bytes: [UInt8]) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      try mend(&state)
      do throws(StorageError) {
        try write(bytes, at: state.size)
      } catch {
        state.isRagged = true
        try? mend(&state)
        throw error
      }
      state.unsynced += bytes
      state.size += bytes.count
    }
  }

  /// Makes all that was appended durable. Throws `.sync` with what the system says. Where the disk
  /// was full a later sync may succeed; after anything else the file is to be given up.
  package func sync() throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      if state.isSuspect { try write(state.unsynced, at: state.synced) }
      let raw = descriptor.raw
      do throws(StorageError) {
        try change(.sync, path, faults) { cp_sync(raw) }
      } catch {
        state.isSuspect = true
        throw error
      }
      state.isSuspect = false
      state.synced = state.size
      state.unsynced = []
    }
  }

  /// Takes back what was appended last, down to a size that it had.
  ///
  /// Never throws: what cannot be cut off now is cut off before the next append.
  package func takeBack(to size: Int) {
    state.withLock { state in
      guard size >= state.synced, size < state.size else { return }
      state.unsynced.removeLast(state.size - size)
      state.size = size
      state.isRagged = true
      try? mend(&state)
    }
  }

  /// Cuts off what an earlier process tore; what is left is not yet known to be durable.
  fileprivate func cut(to size: Int) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      guard atOpening.isRegular else {
        throw StorageError(
          errno: .invalidArgument, operation: .open, path: path, reason: .notRegular)
      }
      guard size <= state.size else { throw .changed(path, .open) }
      state.isRagged = size < state.size
      state.size = size
      state.synced = size
      try mend(&state)
    }
  }

  /// Cuts off what a failed append left.
  private func mend(_ state: inout State) throws(StorageError) {
    guard state.isRagged else { return }
    let size = off_t(state.size)
    let raw = descriptor.raw
    try change(.truncate, path, faults) { ftruncate(raw, size) }
    state.isRagged = false
  }

  private func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    let raw = descriptor.raw
    let result = unsafe bytes.withUnsafeBytes { bytes -> Result<Void, StorageError> in
      Result { () throws(StorageError) in
        try unsafe writeAll(bytes, to: raw, at: offset, path, faults)
      }
    }
    try result.get()
  }
}

extension Folder {
  /// Opens a journal that an earlier process left, without what lies behind its first `size` bytes.
  ///
  /// Throws `.open`, `.truncate`, or `.changed` where the file is shorter.
  package func journal(opening path: String, size: Int) throws(StorageError) -> Journal {
    let place = try RelativePath(path, for: .open)
    let folder = try folder(place.folder)
    let own = try RelativePath(place.name, for: .open)
    let descriptor: Descriptor
    do throws(Errno) {
      descriptor = try openBeneath(folder, own, O_RDWR | O_NONBLOCK | O_NOCTTY, faults)
    } catch {
      throw .opening(path, error)
    }
    let journal = try Journal(descriptor, in: folder, place, faults: faults)
    try journal.cut(to: size)
    return journal
  }

  /// Begins a journal, created exclusively and for this user alone (0600), with its folders (0700).
  ///
  /// Its name is durable when this returns. Throws `.create` with what the system says.
  package func journal(creating path: String) throws(StorageError) -> Journal {
    let place = try RelativePath(path, for: .create)
    var madeIn: [OpenFolder] = []
    let folder = try openMaking(place.folder, mode: 0o700, madeIn: &madeIn)
    let descriptor = try create(place.name, in: folder, mode: 0o600, faults)
    let journal = try Journal(descriptor, in: folder, place, faults: faults)
    try folder.sync(faults)
    for parent in madeIn { try parent.sync(faults) }
    return journal
  }
}

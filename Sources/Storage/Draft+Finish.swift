import CPlatform
import Synchronization
import SystemPackage

extension Draft {
  /// Asks the kernel to begin writing the rest, without waiting.
  func startWriteback() { state.withLock { $0.startWriteback() } }

  /// Syncs, unless that was done ahead, and closes; returns what the file is, to know it again under its name.
  ///
  /// Throws `.sync`, `.close`, or `.changed` if the file has not the size that was written. After
  /// EIO the draft is never synced again (FORMAT.md §13): write a new one.
  func finish() throws(StorageError) -> cp_facts {
    try state.withLock { state throws(StorageError) in
      guard let descriptor = state.descriptor.take() else {
        throw StorageError(errno: .badFileDescriptor, operation: .sync, path: path)
      }
      let raw = descriptor.raw
      if !state.synced { try change(.sync, path, faults) { cp_sync(raw) } }
      _ = try faults?.ask(.close, path)
      let facts: cp_facts
      do throws(Errno) {
        facts = try descriptor.facts()
        try descriptor.close()
      } catch {
        throw StorageError(errno: error, operation: .close, path: path)
      }
      guard facts.size == Int64(state.size) else { throw .changed(path, .sync) }
      return facts
    }
  }
}

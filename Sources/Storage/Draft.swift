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

/// A file being written, under a name that nobody reads.
///
/// It becomes a file of the vault through ``Folder/publish(_:)`` only; else its name goes with it.
/// Safe to hand to another thread; appends from two threads take turns.
package final class Draft: Sendable {
  /// How much is read again after publishing (FORMAT.md §13).
  package enum ReadBack: Sendable, Equatable {
    /// Size and every byte; the draft keeps a copy of what was written.
    case whole
    /// Size and the first bytes.
    case head(Int)
  }

  struct State: ~Copyable {
    var descriptor: Descriptor?
    var size = 0
    /// Bytes for which writing to the medium has been asked.
    var hinted = 0
    /// What was written, from the start, as far as it is read back.
    var kept: [UInt8] = []
    /// Whether the name in the drafts' folder is still there.
    var named = true
    /// Whether all that was written is durable.
    var synced = false
  }

  /// Ask for writing to the medium whenever so many bytes have gathered.
  private static let hintEvery = 1 << 20

  let folder: OpenFolder
  let name: String
  let readBack: ReadBack
  let faults: Faults?
  let state: Mutex<State>

  var path: String { folder.shown(name) }

  /// Creates the file exclusively. Throws `.create` with what the system says.
  init(
    in folder: OpenFolder, named name: String, mode: UInt32, readBack: ReadBack, faults: Faults?
  ) throws(StorageError) {
    let descriptor = try create(name, in: folder, mode: mode, faults)
    self.folder = folder
    self.name = name
    self.readBack = readBack
    self.faults = faults
    self.state = Mutex(State(descriptor: descriptor))
  }

  deinit { discard() }

  /// The bytes so far.
  package var size: Int { state.withLock { $0.size } }

  /// Writes at the end. Throws `.write` with what the system says; then the draft is to be thrown
  /// away.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      try unsafe put(bytes, at: state.size, &state)
    }
  }

  /// Writes at an offset, over what is there or beyond the end. Throws as ``append(_:)``.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      try unsafe put(bytes, at: offset, &state)
    }
  }

  /// Reads up to `count` bytes of what was written, fewer at its end. Throws `.read`.
  package func read(count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    try state.withLock { state throws(StorageError) in
      guard let raw = state.descriptor?.raw else {
        throw StorageError(errno: .badFileDescriptor, operation: .read, path: path)
      }
      var bytes = [UInt8](repeating: 0, count: count)
      var done = 0
      while done < count {
        let begin = done
        let step = try call(.read, path) {
          unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(raw, buffer.baseAddress! + begin, count - begin, off_t(offset + begin))
          }
        }
        if step == 0 { break }
        done += step
      }
      bytes.removeLast(count - done)
      return bytes
    }
  }

  /// Syncs what was written so far, ahead of the publication, which then has little to wait for.
  ///
  /// Throws `.sync`; then the draft is to be thrown away.
  package func syncAhead() throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      guard let raw = state.descriptor?.raw else { return }
      try change(.sync, path, faults) { cp_sync(raw) }
      state.synced = true
    }
  }

  /// Closes and removes the file, unless it was published. Failures are left to a later sweep.
  package func discard() {
    state.withLock { state in
      state.descriptor = nil
      state.kept = []
      guard state.named else { return }
      state.named = false
      _ = try? change(.remove, path, faults) { unsafe unlinkat(folder.raw, name, 0) }
    }
  }

  private func put(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ state: inout State
  ) throws(StorageError) {
    guard bytes.count > 0 else { return }
    guard let raw = state.descriptor?.raw else {
      throw StorageError(errno: .badFileDescriptor, operation: .write, path: path)
    }
    state.synced = false
    try unsafe writeAll(bytes, to: raw, at: offset, path, faults)
    unsafe state.keep(bytes, at: offset, readBack)
    state.size = max(state.size, offset + bytes.count)
    if state.size - state.hinted >= Self.hintEvery { state.startWriteback() }
  }
}

extension Draft.State {
  /// Asks the kernel to begin writing what has gathered, so that the sync has little to wait for.
  mutating func startWriteback() {
    guard let raw = descriptor?.raw, size > hinted else { return }
    cp_start_writeback(raw, Int64(hinted), Int64(size - hinted))
    hinted = size
  }

  /// Copies what will be compared after publishing.
  mutating func keep(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ readBack: Draft.ReadBack
  ) {
    let limit =
      switch readBack {
      case .whole: Int.max
      case .head(let count): count
      }
    let end = min(offset + bytes.count, limit)
    guard offset < end else { return }
    if offset == kept.count {
      unsafe kept.append(contentsOf: bytes[..<(end - offset)])
      return
    }
    if kept.count < end { kept.append(contentsOf: repeatElement(0, count: end - kept.count)) }
    unsafe kept.replaceSubrange(offset..<end, with: bytes[..<(end - offset)])
  }
}

func create(
  _ name: String, in folder: OpenFolder, mode: UInt32, _ faults: Faults?
) throws(StorageError) -> Descriptor {
  let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
  return Descriptor(
    try change(.create, folder.shown(name), faults) {
      unsafe cp_open_at(folder.raw, name, flags, mode)
    })
}

func writeAll(
  _ bytes: UnsafeRawBufferPointer, to raw: Int32, at offset: Int, _ path: String,
  _ faults: Faults?
) throws(StorageError) {
  let torn = try faults?.ask(.write, path) == .tear
  let count = torn ? bytes.count / 2 : bytes.count
  var done = 0
  while done < count {
    done += try call(.write, path) {
      unsafe pwrite(raw, bytes.baseAddress! + done, count - done, off_t(offset + done))
    }
  }
  if torn { throw StorageError(errno: .ioError, operation: .write, path: path) }
}

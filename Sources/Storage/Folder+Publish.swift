import Synchronization
import SystemPackage

extension Folder {
  /// Begins a file, created exclusively in "tmp/" under 26 random characters.
  ///
  /// `mode` is subject to the umask. `readBack` says how much is compared after publishing; the
  /// draft keeps a copy of that much. Throws `.create` with what the system says.
  package func draft(
    mode: UInt32 = 0o666, readBack: Draft.ReadBack = .head(4096)
  ) throws(StorageError) -> Draft {
    func attempt() throws(StorageError) -> Draft {
      try Draft(
        in: draftsFolder(), named: randomName(), mode: mode, readBack: readBack, faults: faults)
    }
    do throws(StorageError) {
      return try attempt()
    } catch {
      // Tools that copy folders leave empty ones out.
      guard error.isMissing else { throw error }
      forgetDraftsFolder()
      return try attempt()
    }
  }

  /// A draft that holds these bytes, read back whole.
  package func draft(
    holding bytes: [UInt8], mode: UInt32 = 0o666
  ) throws(StorageError) -> Draft {
    let draft = try draft(mode: mode, readBack: .whole)
    try draft.append(bytes)
    return draft
  }

  /// Publishes a batch: afterwards every draft is a durable file under its path.
  ///
  /// Missing folders are made. For the whole batch, one after the other: sync and close the drafts;
  /// rename them, never replacing; sync each folder; read back (FORMAT.md §13). Nothing counts
  /// before it returns. When it throws, each path holds either its whole file or what was there
  /// before, and no draft of the batch can be used again; what got its name stays. Throws
  /// `.alreadyExists`, `.changed` if the file reads back otherwise, `.badName`, `.notRegular` if
  /// something else stands where a folder should, or what the system says.
  package func publish(_ drafts: [(draft: Draft, path: String)]) throws(StorageError) {
    var publication = Publication(of: self)
    for (draft, path) in drafts { try publication.add(draft, at: path) }
    try publication.run()
  }

  /// Publishes one small file, read back whole.
  ///
  /// If the path holds exactly these bytes already, as an earlier try may have left it, that is
  /// success. After EIO a new file is written, once. Else as ``publish(_:)``.
  package func publish(_ bytes: [UInt8], at path: String) throws(StorageError) {
    do throws(StorageError) {
      try publishOnce(bytes, at: path)
    } catch {
      guard error.reason == .system, error.errno == .ioError else { throw error }
      try publishOnce(bytes, at: path)
    }
  }

  private func publishOnce(_ bytes: [UInt8], at path: String) throws(StorageError) {
    do throws(StorageError) {
      try publish([(draft(holding: bytes), path)])
    } catch {
      guard error.reason == .alreadyExists, holds(bytes, at: path) else { throw error }
      // The earlier try may have ended before the name was durable.
      try folder(RelativePath(path, for: .sync).folder, .sync).sync(faults)
    }
  }

  private func holds(_ bytes: [UInt8], at path: String) -> Bool {
    (try? read(path, atMost: bytes.count)) == bytes
  }

  /// The folder of the drafts, opened once and kept.
  private func draftsFolder() throws(StorageError) -> OpenFolder {
    if let known = heldDrafts.withLock({ $0 }) { return known }
    var madeIn: [OpenFolder] = []
    let opened = try openMaking(Self.drafts, mode: 0o777, madeIn: &madeIn)
    heldDrafts.withLock { $0 = opened }
    return opened
  }

  private func forgetDraftsFolder() { heldDrafts.withLock { $0 = nil } }
}

extension Draft {
  /// Writes at the end. Throws as ``append(_:)-(UnsafeRawBufferPointer)``.
  package func append(_ bytes: [UInt8]) throws(StorageError) {
    let result = unsafe bytes.withUnsafeBytes { bytes -> Result<Void, StorageError> in
      Result { () throws(StorageError) in try unsafe append(bytes) }
    }
    try result.get()
  }
}

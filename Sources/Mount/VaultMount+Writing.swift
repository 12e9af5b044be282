internal import Agent
internal import CFuse
internal import CaseVault
internal import Sealing
internal import Synchronization
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Making and changing files.
extension VaultMount {
  // MARK: Making

  func create(
    _ call: Call, _ parent: UInt64, _ name: String,
    _ info: UnsafeMutablePointer<fuse_file_info>
  ) throws {
    let shelf = try writableShelf(parent)
    try refuse(name)
    noteWriter(call, in: shelf.folder)
    let file = lock.held { () -> FileNode in
      if let present = self.file(named: name, in: shelf) { return present }
      let shown = freeName(for: name, in: shelf)
      let file = FileNode(nextNumber(), shown)
      file.typed = shown == name ? nil : name
      if let former = shelf.vacated[shown] ?? shelf.withdrawn[shown] {
        // It becomes a version of what stood there; where that had a mark, it was typed without.
        let typed = FileNames.typed(of: former.manifest)
        if FileNames.shown(typed) != shown { file.typed = typed }
      }
      file.shelf = shelf
      file.isTemporary = FileNames.isTemporary(name)
      file.changedAt = now
      shelf.files[shown] = file
      noteNames(of: shelf)
      return file
    }
    try settleAside(file)
    // Another program may have made it a moment ago.
    if info.pointee.flags & O_EXCL != 0, lock.held({ file.record != nil || file.handles > 0 }) {
      throw Refusal(EEXIST)
    }
    try empty(file, call)
    hold(file, mayWrite: true)
    casevault_keep_cache(info, 1)
    let handle = FileHandle(file, mayWrite: true)
    let held = Unmanaged.passRetained(handle)
    info.pointee.fh = UInt64(UInt(bitPattern: held.toOpaque()))
    let entry = lock.held { () -> fuse_entry_param in
      count(file)
      return parameters(of: file, named: name)
    }
    stale.tell()
    guard !call.created(entry, info) else { return }
    forget(file.number, 1)
    letGo(handle)
    held.release()
  }

  /// The folder of a case that is to be knows who files in it.
  private func noteWriter(_ call: Call, in folder: CaseNode) {
    guard lock.held({ folder.caseID == nil }), let asker = call.asker else { return }
    lock.held { folder.founders?.note(asker) }
  }

  /// The folder of files that may be made here.
  ///
  /// - Throws: `EPERM` for every other folder, `EROFS` where nothing may be changed.
  func writableShelf(_ number: UInt64) throws -> ShelfNode {
    if settings.isReadOnly { throw Refusal(EROFS) }
    guard let shelf = try lock.held({ try node(number) }) as? ShelfNode,
      lock.held({ !shelf.isRemoved })
    else { throw Refusal(EPERM) }
    return shelf
  }

  /// Refuses a name that no record could keep.
  func refuse(_ name: String) throws {
    guard name.utf8.count <= Manifest.maximumTitle else { throw Refusal(ENAMETOOLONG) }
    guard String(validating: name.utf8, as: UTF8.self) != nil, name.isFreeOfControls else {
      throw Refusal(EINVAL)
    }
  }

  // MARK: Changing

  /// Begins a file anew.
  func empty(_ file: FileNode, _ call: Call?) throws {
    try file.content.lock.held {
      if let unfinished = file.content.unfinished {
        try unfinished.truncate(to: 0)
      } else {
        try begin(file, from: nil)
      }
      file.content.unfinished?.noteNews()
      note(file, call)
    }
  }

  /// What programs make of a file; begun where it is not. Only with the content's lock.
  ///
  /// - Parameter base: the version that is changed; nil to begin with nothing.
  @discardableResult
  private func begin(_ file: FileNode, from base: RecordChunks?) throws -> Unfinished {
    if let unfinished = file.content.unfinished { return unfinished }
    // What came now would begin a spool of its own, without what the first one has.
    if isLeft.load(ordering: .acquiring) { throw Refusal(EIO) }
    let (description, folder) = lock.held {
      let folder = file.shelf?.folder
      return (
        SpoolDescription(
          caseID: folder?.caseID, folder: folder?.caseID == nil ? folder?.typedName ?? "_" : nil,
          kind: file.shelf?.kind ?? RecordKind.note, name: FileNames.kept(file.name),
          base: base?.record.id, length: 0, began: Clock.system.now,
          isTemporary: file.isTemporary && file.movedAside == nil || file.isGone), folder
      )
    }
    let unfinished = Unfinished(description, from: base, in: blocks) { [weak self] in
      guard let self else { return false }
      return cache.giveBack() || spoolOthers()
    } place: { [lock, weak folder] description in
      guard let folder else { return }
      lock.held {
        description.caseID = folder.caseID
        description.folder = folder.caseID == nil ? folder.typedName ?? "_" : nil
      }
    } spool: { [spools] description in
      try Spool.begin(description, in: spools)
    } stream: { [weak self, weak file] in
      guard let self, let file else { return nil }
      return try? self.stream(file)
    }
    file.content.unfinished = unfinished
    return unfinished
  }

  /// A file's content, to be changed or filed anew. Only with the content's lock.
  func unfinished(_ file: FileNode) throws -> Unfinished {
    try begin(file, from: file.content.chunks)
  }

  /// Moves what some file has in memory to its spool, where nobody works on that file: memory that is
  /// kept out of the swap is short.
  func spoolOthers() -> Bool {
    knownFiles().contains { file in
      guard lock.held({ file.isUnfinished }) else { return false }
      return file.content.lock.heldIfFree { (try? file.content.unfinished?.giveBack()) ?? false }
        ?? false
    }
  }

  /// Keeps what `stat` says in step with what programs make. Only with the content's lock.
  private func note(_ file: FileNode, _ call: Call?) {
    let program = call?.program
    let length = file.content.unfinished?.length
    lock.held {
      file.isUnfinished = length != nil
      if let length { file.length = length }
      file.changedAt = now
      file.modified = nil
      if let program { file.program = program }
      if let folder = file.shelf?.folder { noteChange(in: folder) }
    }
  }

  func write(
    _ call: Call, _ bytes: UnsafeRawBufferPointer, at offset: Int,
    _ info: UnsafeMutablePointer<fuse_file_info>?
  ) throws {
    let file = try FileHandle.of(info).file
    try refuseChange(of: file)
    let count = try file.content.lock.held { () -> Int in
      let unfinished = try begin(file, from: file.content.chunks)
      // While the end has begun, what the kernel still brings goes to the spool only.
      let count = try unfinished.write(bytes, at: offset) { call.goOn() }
      note(file, call)
      return count
    }
    stale.tell()
    call.wrote(count)
  }

  func setattr(
    _ call: Call, _ number: UInt64, _ wanted: stat, _ mask: Int32,
    _ info: UnsafeMutablePointer<fuse_file_info>?
  ) throws {
    let node = try lock.held {
      let node = try self.node(number)
      try refuseStale(node)
      return node
    }
    if mask & FUSE_SET_ATTR_UID != 0, wanted.st_uid != user { throw Refusal(EPERM) }
    if mask & FUSE_SET_ATTR_GID != 0, wanted.st_gid != group { throw Refusal(EPERM) }
    if let file = node as? FileNode {
      if mask & FUSE_SET_ATTR_SIZE != 0 {
        try truncate(file, to: Int(wanted.st_size), call, hasHandle: info != nil)
      }
      setTimes(of: file, wanted, mask)
    } else if mask & FUSE_SET_ATTR_SIZE != 0 {
      throw Refusal(EISDIR)
    }
    stale.tell()
    call.attributes(lock.held { attributes(of: node) })
  }

  /// The time that a program gives a file is kept in the next version of it; of what is filed
  /// already it is shown as long as the mount lives.
  private func setTimes(of file: FileNode, _ wanted: stat, _ mask: Int32) {
    guard mask & FUSE_SET_ATTR_MTIME != 0, !settings.isReadOnly else { return }
    let isNow = mask & FUSE_SET_ATTR_MTIME_NOW != 0
    let seconds = min(max(wanted.st_mtim.tv_sec, 0), Self.latestTime)
    lock.held { file.modified = isNow ? nil : seconds }
  }

  /// The end of the year 9999, the last that a manifest can name, in seconds since 1970. Times beyond
  /// are cut, as file systems do.
  private static let latestTime = 253_402_300_799

  /// `truncate` by a file's name is a save of its own.
  private func truncate(_ file: FileNode, to size: Int, _ call: Call, hasHandle: Bool) throws {
    try refuseChange(of: file)
    guard size >= 0 else { throw Refusal(EINVAL) }
    try settleAside(file)
    if size > 0, !hasHandle { try lend(file, call.program) }
    try file.content.lock.held {
      try begin(file, from: size == 0 ? nil : file.content.chunks).truncate(to: size) {
        call.goOn()
      }
      file.content.unfinished?.noteNews()
      note(file, call)
    }
    notices.awaitStored(file.number)
    // Where somebody may write, the last of them publishes it.
    if !hasHandle, lock.held({ file.writers == 0 }) { try publish(file, call) }
  }

  // MARK: Making durable, publishing

  func fsync(_ call: Call, _ info: UnsafeMutablePointer<fuse_file_info>?) throws {
    let file = try FileHandle.of(info).file
    // A spool of nothing would not be told from one that was only begun.
    let isFiled = try file.content.lock.held { () -> Bool in
      guard let unfinished = file.content.unfinished, unfinished.hasNews else { return false }
      if unfinished.isStreaming || unfinished.length == 0 { return true }
      try unfinished.sync()
      return false
    }
    if isFiled { try publish(file, call) }
    call.succeed()
  }

  /// A program closes one of its descriptors: what is new is published, and how that ended is said.
  func flush(_ call: Call, _ info: UnsafeMutablePointer<fuse_file_info>?) throws {
    let handle = try FileHandle.of(info)
    // A file that was only made or emptied so far is about to be written: shells close a copy of
    // the descriptor first.
    if handle.mayWrite,
      handle.file.content.lock.held({ handle.file.content.unfinished?.hasBytes == true })
    {
      // It was moved out of the way since it was opened.
      try settleAside(handle.file)
      try publish(handle.file, call)
    }
    call.succeed()
  }

  func release(_ call: Call, _ info: UnsafeMutablePointer<fuse_file_info>?) throws {
    let handle = try FileHandle.of(info)
    let file = handle.file
    defer {
      letGo(handle)
      Unmanaged.passUnretained(handle).release()
      call.succeed()
    }
    // Of several who close at once, one is the last.
    let isLast = lock.held { () -> Bool in
      guard handle.mayWrite else { return false }
      handle.mayWrite = false
      file.writers -= 1
      return file.writers == 0
    }
    guard isLast else { return }
    defer {
      lock.held { if file.writers == 0 { file.sitting = nil } }
      showPassedOver(file)
    }
    do {
      if file.content.lock.held({ file.content.unfinished?.hasNews == true }) {
        try settleAside(file)
      }
      try publish(file, call)
    } catch {
      keep(file, after: error)
    }
  }

  /// What others made of a case while a program was at work on a file is shown of that file, too, at the
  /// next look.
  private func showPassedOver(_ file: FileNode) {
    lock.held {
      guard file.isPassedOver, file.writers == 0, let shelf = file.shelf else { return }
      file.isPassedOver = false
      shelf.folder.stamp = nil
      shelf.folder.visitedAt = nil
      notices.add(.inode(shelf.number))
      notices.add(.entry(parent: shelf.number, name: file.name))
    }
  }

  /// Keeps what could not be published, and says how that ended to whoever asks for the status.
  private func keep(_ file: FileNode, after error: any Error) {
    let what = "a save in \(lock.held { place(of: file) }) could not be filed: \(reason(error))"
    do {
      try file.content.lock.held {
        try file.content.unfinished?.sync()
        // The spool holds it: its memory is for others.
        _ = try? file.content.unfinished?.spoolAll()
      }
      lock.held { file.isUnkept = false }
      let isEmpty = file.content.lock.held { file.content.unfinished?.length == 0 }
      note(
        trouble: isEmpty
          ? "\(what); it is empty, and not kept" : "\(what); it is kept on this computer")
    } catch {
      lock.held { file.isUnkept = true }
      note(
        trouble: "\(what), nor kept on this computer: \(reason(error)); "
          + "it lies in the mounted folder only")
      tellAgent()
    }
  }

  func reason(_ error: any Error) -> String {
    (error as? VaultError)?.message ?? String(cString: strerror(Refusal(error).errno))
  }
}

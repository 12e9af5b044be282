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

/// A file that a program has open.
final class FileHandle {
  let file: FileNode
  /// Whether it counts as one of the file's writers. Only with the mount's lock, once it is open.
  var mayWrite: Bool
  /// What the summary said when it was opened.
  let page: [UInt8]?

  init(_ file: FileNode, mayWrite: Bool, page: [UInt8]? = nil) {
    self.file = file
    self.mayWrite = mayWrite
    self.page = page
  }

  static func of(_ info: UnsafeMutablePointer<fuse_file_info>?) throws -> FileHandle {
    guard let info, let pointer = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) else {
      throw Refusal(EBADF)
    }
    return Unmanaged<FileHandle>.fromOpaque(pointer).takeUnretainedValue()
  }
}

/// Opening and reading.
extension VaultMount {
  /// How many chunks are opened ahead of who reads from front to back.
  private static let ahead = 6
  /// How many chunks are fetched from the disk ahead of who reads from front to back, and in what
  /// steps: the chunks that are opened ahead are asked for in no order that the system would know.
  private static let fetched = 48
  private static let fetchStep = 16

  // MARK: Opening

  func open(
    _ call: Call, _ number: UInt64, _ info: UnsafeMutablePointer<fuse_file_info>
  ) throws {
    guard let file = try lock.held({ try node(number) }) as? FileNode else { throw Refusal(EISDIR) }
    let mayWrite = info.pointee.flags & O_ACCMODE != O_RDONLY
    let isEmptied = info.pointee.flags & O_TRUNC != 0
    if mayWrite || isEmptied { try refuseChange(of: file) }
    if file.isSummary { return try openSummary(call, file, info) }
    // One that has no name any more is opened by nobody: the kernel looks for the name again.
    if lock.held({ file.isGone }) { throw Refusal(ESTALE) }
    if mayWrite || isEmptied { try settleAside(file) }
    let handle = FileHandle(file, mayWrite: mayWrite || isEmptied)
    // Held first: what is opened here must not be closed with somebody else's handle.
    hold(file, mayWrite: handle.mayWrite)
    do {
      if isEmptied { try empty(file, call) } else { try lend(file, call.program) }
    } catch {
      letGo(handle)
      throw error
    }
    casevault_keep_cache(info, 1)
    if isEmptied { stale.tell() }
    answer(call, info, handle)
  }

  /// Says that nothing may be changed, where that is so.
  func refuseChange(of file: FileNode) throws {
    if settings.isReadOnly { throw Refusal(EROFS) }
    if file.isSummary || file.isOld { throw Refusal(EACCES) }
  }

  private func openSummary(
    _ call: Call, _ file: FileNode, _ info: UnsafeMutablePointer<fuse_file_info>
  ) throws {
    guard let folder = lock.held({ file.folder }), lock.held({ folder.caseID != nil }) else {
      throw Refusal(ENOENT)
    }
    // A reading of the case, with all its names: an entry of its own.
    try visit(folder, for: call.program, isOpened: true)
    let page = lock.held { summary(of: file) }
    hold(file, mayWrite: false)
    casevault_keep_cache(info, 0)
    answer(call, info, FileHandle(file, mayWrite: false, page: page))
  }

  /// Asks the agent for the key of the version that a file shows, which enters the opening in the
  /// log; every time.
  func lend(_ file: FileNode, _ program: String?) throws {
    while let record = lock.held({ file.record }) {
      let lent = try pool.ask(Request.Actor("mount open", program: program)) {
        try $0.lend(record.id, of: record.caseID, known: record)
      }
      let isDone = try file.content.lock.held { () -> Bool in
        if file.content.chunks != nil || file.content.unfinished != nil { return true }
        // It may have been saved meanwhile, here.
        guard lock.held({ file.record?.id }) == record.id else { return false }
        file.content.chunks = try RecordChunks(lent.record, with: lent.key, in: settings.folder)
        return true
      }
      if isDone { return }
    }
  }

  func hold(_ file: FileNode, mayWrite: Bool) {
    lock.held {
      file.handles += 1
      guard mayWrite else { return }
      file.writers += 1
      if file.writers == 1 { file.sitting = Base32.encode(randomBytes(10)) }
    }
    if mayWrite { notices.awaitStored(file.number) }
  }

  func answer(
    _ call: Call, _ info: UnsafeMutablePointer<fuse_file_info>, _ handle: FileHandle
  ) {
    let held = Unmanaged.passRetained(handle)
    info.pointee.fh = UInt64(UInt(bitPattern: held.toOpaque()))
    guard !call.opened(info) else { return }
    letGo(handle)
    held.release()
  }

  /// A handle is closed: its file may be closed too.
  func letGo(_ handle: FileHandle) {
    let file = handle.file
    let isLast = lock.held { () -> Bool in
      file.handles -= 1
      if handle.mayWrite {
        file.writers -= 1
        if file.writers == 0 { file.sitting = nil }
      }
      return file.handles == 0
    }
    if isLast { closeUnused(file) }
  }

  // MARK: Reading

  func read(
    _ call: Call, size: Int, offset: Int, _ info: UnsafeMutablePointer<fuse_file_info>?
  ) throws {
    let handle = try FileHandle.of(info)
    if let page = handle.page {
      let end = min(page.count, offset + size)
      return page.withUnsafeBytes {
        call.bytes(UnsafeRawBufferPointer(rebasing: $0[min(offset, end)..<end]))
      }
    }
    let file = handle.file
    let chunks: RecordChunks? = try file.content.lock.held {
      guard let unfinished = file.content.unfinished else { return file.content.chunks }
      try read(call, size: size, offset: offset, from: unfinished)
      return nil
    }
    if let chunks { try read(call, size: size, offset: offset, from: chunks, file) }
    // An empty file that nobody made anything of.
    call.bytes(UnsafeRawBufferPointer(start: nil, count: 0))
  }

  private func read(_ call: Call, size: Int, offset: Int, from unfinished: Unfinished) throws {
    // In locked memory too, a block at a time.
    var parts: [LockedBlocks.Block] = []
    var runs: [UnsafeRawBufferPointer] = []
    var position = offset
    while position < offset + size {
      let block = try cache.takeBlock()
      let wanted = min(block.bytes.count, offset + size - position)
      let count = try unfinished.read(
        at: position, into: UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<wanted]))
      parts.append(block)
      runs.append(UnsafeRawBufferPointer(rebasing: block.bytes[..<count]))
      position += count
      if count < wanted { break }
    }
    withExtendedLifetime(parts) { call.bytes(runs) }
  }

  private func read(
    _ call: Call, size: Int, offset: Int, from chunks: RecordChunks, _ file: FileNode
  ) throws {
    let chunkSize = RecordLayout.chunkSize
    let end = min(chunks.length, offset + size)
    guard offset < end else { return call.bytes(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let (first, last) = (offset / chunkSize, (end - 1) / chunkSize)
    let isInOrder = lock.held { () -> Bool in
      defer { file.readEnd = end }
      return offset == 0 || abs(offset - file.readEnd) <= 2 * chunkSize
    }
    if isInOrder {
      if first % Self.fetchStep == 0 { chunks.adviseSoon(Self.fetched, from: first) }
      cache.readAhead(last + 1..<last + 1 + Self.ahead, of: chunks)
    }
    var parts: [LockedBlocks.Block] = []
    var runs: [UnsafeRawBufferPointer] = []
    for index in first...last {
      let block = try cache.chunk(index, of: chunks)
      parts.append(block)
      let start = max(offset - index * chunkSize, 0)
      let stop = min(end - index * chunkSize, chunkSize)
      runs.append(UnsafeRawBufferPointer(rebasing: block.bytes[start..<stop]))
    }
    withExtendedLifetime(parts) { call.bytes(runs) }
    if !isInOrder, first == last, end - offset < chunkSize / 2 {
      storeRest(of: parts[0], first, chunks, file)
    }
  }

  /// Gives the kernel all of a chunk that was opened for a small part of it: to open it again for
  /// the next part would cost as much.
  private func storeRest(
    of block: LockedBlocks.Block, _ index: Int, _ chunks: RecordChunks, _ file: FileNode
  ) {
    let start = index * RecordLayout.chunkSize
    let count = min(chunks.length - start, RecordLayout.chunkSize)
    notices.add(
      .content(file.number, offset: start, block, count: count) { [weak self, weak file] in
        guard let self, let file, !self.isEnding.load(ordering: .acquiring) else { return false }
        return self.lock.held {
          !file.isUnfinished && file.writers == 0 && file.record?.id == chunks.record.id
        }
      })
  }
}

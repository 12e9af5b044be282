internal import CFuse
internal import CPlatform

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Listing folders.
extension VaultMount {
  /// What a folder showed when it was opened.
  final class Listing {
    let entries: [(name: String, node: Node)]
    /// How often the folder's names had changed by then.
    let changes: Int

    init(_ entries: [(name: String, node: Node)], changes: Int) {
      self.entries = entries
      self.changes = changes
    }
  }

  func opendir(
    _ call: Call, _ number: UInt64, _ info: UnsafeMutablePointer<fuse_file_info>
  ) throws {
    let folder = try lock.held { try node(number) }
    switch folder {
    case let list as ListNode:
      try visitList(for: call.program)
      if let asker = call.asker {
        lock.held { list.note(lister: asker, at: cp_boot_time_ns()) }
      }
    case let shelf as ShelfNode: try visit(shelf.folder, for: call.program)
    case let versions as VersionsNode:
      if let shelf = lock.held({ versions.shelf }) {
        try visit(shelf.folder, for: call.program)
      }
    default: break
    }
    let (entries, isUnchanged, changes) = lock.held {
      (folder as? CaseNode)?.isListed = true
      let (entries, isUnchanged) = contents(of: folder)
      return (entries, isUnchanged, self.changes(of: folder))
    }
    casevault_cache_readdir(info, 1)
    casevault_keep_cache(info, isUnchanged ? 1 : 0)
    let handle = Unmanaged.passRetained(Listing(entries, changes: changes))
    info.pointee.fh = UInt64(UInt(bitPattern: handle.toOpaque()))
    if !call.opened(info) { handle.release() }
  }

  /// What is in a folder, and whether that is what the kernel was told last.
  private func contents(of folder: Node) -> (entries: [(name: String, node: Node)], Bool) {
    switch folder {
    case is RootNode: return ([("Open", openCases), ("Closed", closedCases)], true)
    case let list as ListNode:
      defer { list.toldChanges = list.changes }
      let entries: [(name: String, node: Node)] =
        list.cases.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      list.take(order: entries.compactMap { $0.node as? CaseNode })
      return (entries, list.toldChanges == list.changes)
    case let folder as CaseNode:
      let names = folder.entries.map(\.name)
      defer { folder.toldNames = names }
      return (folder.entries, folder.toldNames == names)
    case let shelf as ShelfNode:
      defer { shelf.toldChanges = shelf.changes }
      let entries: [(name: String, node: Node)] =
        shelf.files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      return (entries, shelf.toldChanges == shelf.changes)
    case let versions as VersionsNode:
      guard let shelf = versions.shelf else { return ([], false) }
      return (oldFiles(of: shelf).map { ($0.name, $0.file) }, false)
    default: return ([], false)
    }
  }

  private func changes(of folder: Node) -> Int {
    (folder as? ListNode)?.changes ?? (folder as? ShelfNode)?.changes ?? 0
  }

  /// The kernel keeps what it is given here; where the folder has changed since it was opened, the
  /// next one who opens it is to begin anew.
  private func mistrust(_ listing: Listing, of number: UInt64) {
    guard let folder = try? node(number) else { return }
    if let folder = folder as? CaseNode, folder.entries.map(\.name) != listing.entries.map(\.name) {
      folder.toldNames = []
    }
    guard changes(of: folder) != listing.changes else { return }
    (folder as? ListNode)?.toldChanges = -1
    (folder as? ShelfNode)?.toldChanges = -1
  }

  /// Fills a buffer with entries, and with their attributes where these are asked for.
  func readdir(
    _ call: Call, _ number: UInt64, size: Int, offset: Int,
    _ info: UnsafeMutablePointer<fuse_file_info>, isPlus: Bool
  ) throws {
    guard let pointer = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) else {
      throw Refusal(EBADF)
    }
    let listing = Unmanaged<Listing>.fromOpaque(pointer).takeUnretainedValue()
    lock.held { mistrust(listing, of: number) }
    let parts: [(name: String, node: Node?)] =
      [(".", nil), ("..", nil)] + listing.entries.map { ($0.name, $0.node) }
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: max(size, 1))
    defer { buffer.deallocate() }
    var used = 0
    var told: [UInt64] = []
    for (index, part) in parts.enumerated().dropFirst(offset) {
      // What was there when the folder was opened may have another name by now, and the kernel
      // would believe this one.
      guard var entry = lock.held({ self.entry(of: part.node, part.name, number, isPlus) }) else {
        continue
      }
      let room = size - used
      let needed =
        isPlus
        ? fuse_add_direntry_plus(
          call.raw, buffer + used, room, part.name, &entry, off_t(index + 1))
        : fuse_add_direntry(
          call.raw, buffer + used, room, part.name, &entry.attr, off_t(index + 1))
      guard needed <= room else {
        if isPlus, entry.ino != 0 { forget(entry.ino, 1) }
        break
      }
      used += needed
      if isPlus, entry.ino != 0 { told.append(entry.ino) }
    }
    call.bytes(UnsafeRawBufferPointer(start: buffer, count: used))
  }

  /// An entry of a listing. The kernel counts what it is given whole as looked up.
  private func entry(
    of node: Node?, _ name: String, _ parent: UInt64, _ isPlus: Bool
  ) -> fuse_entry_param? {
    if let node, !isThere(node, name, in: parent) { return nil }
    guard let node else {
      var entry = fuse_entry_param()
      entry.attr.st_ino = ino_t(parent)
      entry.attr.st_mode = S_IFDIR
      return entry
    }
    // The summary is made only for those who look at it.
    guard isPlus, (node as? FileNode)?.isSummary != true else {
      var entry = fuse_entry_param()
      entry.attr.st_ino = ino_t(node.number)
      entry.attr.st_mode = node is FileNode ? S_IFREG : S_IFDIR
      return entry
    }
    count(node)
    return parameters(of: node, named: name)
  }

  private func isThere(_ node: Node, _ name: String, in parent: UInt64) -> Bool {
    switch try? self.node(parent) {
    case let list as ListNode: list.cases[name] === node
    case let shelf as ShelfNode: shelf.files[name] === node
    default: true
    }
  }

  func releasedir(_ call: Call, _ info: UnsafeMutablePointer<fuse_file_info>) {
    if let pointer = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) {
      Unmanaged<Listing>.fromOpaque(pointer).release()
    }
    call.succeed()
  }
}

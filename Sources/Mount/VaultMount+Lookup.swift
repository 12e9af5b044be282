internal import CFuse
internal import CPlatform
internal import CaseVault
internal import Sealing
internal import Storage
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Names, attributes, listings.
extension VaultMount {
  // MARK: Names

  func lookup(_ call: Call, _ parent: UInt64, _ name: String) throws {
    let entry = try find(name, in: lock.held { try node(parent) }, call) { node in
      count(node)
      return parameters(of: node, named: name)
    }
    guard let entry else { throw Refusal(ENOENT) }
    if !call.entry(entry) { forget(entry.ino, 1) }
  }

  /// What the kernel is told of a file or folder under one name. Only with the lock.
  func parameters(of node: Node, named name: String) -> fuse_entry_param {
    Call.parameters(attributes(of: node), isOnlyName: isOnlyName(name, of: node))
  }

  /// Whether nothing else finds a file or folder: no name as it was typed, or as it is shown, or with
  /// its accents written otherwise. Only with the lock.
  func isOnlyName(_ name: String, of node: Node) -> Bool {
    switch node {
    case let file as FileNode:
      guard !file.isSummary, !file.isOld else { return true }
      let typed = file.typed ?? file.record.map { FileNames.typed(of: $0.manifest) } ?? name
      return [file.name, typed].allSatisfy { $0.utf8.elementsEqual(name.utf8) }
        && name.utf8.allSatisfy { $0 < 0x80 }
    case let folder as CaseNode:
      return folder.caseID != nil && folder.list.cases[name] === folder
        && name.utf8.allSatisfy { $0 < 0x80 }
    default: return true
    }
  }

  /// Finds what a name stands for.
  ///
  /// - Parameter take: called with the mount's lock.
  /// - Returns: nil where it stands for nothing.
  private func find<Result>(
    _ name: String, in folder: Node, _ call: Call, _ take: (Node) throws -> Result
  ) throws -> Result? {
    switch folder {
    case is RootNode:
      return try lock.held {
        try ["Open": openCases, "Closed": closedCases][name].map(take)
      }
    case let list as ListNode: return try find(name, in: list, call, take)
    case let folder as CaseNode: return try find(name, in: folder, call, take)
    case let shelf as ShelfNode: return try find(name, in: shelf, call, take)
    case let versions as VersionsNode:
      guard let shelf = lock.held({ versions.shelf }) else { return nil }
      try visit(shelf.folder, for: call.program)
      return try lock.held {
        try oldFiles(of: shelf).first { $0.name == name }.map { try take($0.file) }
      }
    default: throw Refusal(ENOTDIR)
    }
  }

  private func find<Result>(
    _ name: String, in list: ListNode, _ call: Call, _ take: (Node) throws -> Result
  ) throws -> Result? {
    let asker = lock.held { list.aliases[name] != nil } ? call.asker : nil
    func known() throws -> Result? {
      try lock.held { try self.folder(named: name, in: list, for: asker).map(take) }
    }
    if lock.held({ listedAt == nil }), try !locate(name, in: list, for: call.program) {
      try visitList(for: call.program)
    }
    if let found = try known() { return found }
    // Programs look for hidden files everywhere.
    guard !name.hasPrefix(".") else { return nil }
    try visitList(for: call.program)
    return try known()
  }

  /// The folder of a case, or of one that is to be, that a name stands for. Whoever made a folder, or
  /// filed the first in it, finds it under the name that was typed, whatever became of it; to all others
  /// a folder of that name is another client's. Only with the lock.
  ///
  /// - Throws: `EBUSY` where a program may mean one or the other.
  func folder(named name: String, in list: ListNode, for asker: Asker?) throws -> CaseNode? {
    let shown = list.cases[name] ?? list.cases[FileNames.safe(name)]
    guard let asker, let made = list.aliases[name] else { return shown }
    let now = cp_boot_time_ns()
    let known = made + [shown].compactMap(\.self)
    let claims = known.map { ($0, $0.founders?.claim(of: asker, at: now) ?? .none) }
    let own = known.last { $0.founders?.maker == asker } ?? claims.last { $0.1 == .made }?.0
    let used = claims.filter { $0.1 == .used }.map(\.0)
    guard let found = own ?? used.last else { return shown }
    let other = shown === found ? nil : shown
    // Who copies a tree goes on in it, whatever others make meanwhile.
    let isContested =
      own == nil
      ? used.count > 1 || other != nil
      : other.map { list.wasListed(by: asker, since: $0.madeAt) } ?? false
    guard !isContested else {
      if !found.isContested {
        note(
          trouble: "another folder was made under the name of case \(found.reference): a program "
            + "that may mean the one or the other was refused; it is to use the name that is shown")
      }
      found.isContested = true
      throw Refusal(EBUSY)
    }
    return found
  }

  private func find<Result>(
    _ name: String, in folder: CaseNode, _ call: Call, _ take: (Node) throws -> Result
  ) throws -> Result? {
    if name == folder.summary.name {
      guard lock.held({ folder.caseID != nil }) else { return nil }
      try visit(folder, for: call.program)
      return try lock.held { try take(folder.summary) }
    }
    let isHidden = lock.held {
      folder.founders != nil && !folder.isListed && folder.shelf(named: name)?.isMade == false
    }
    let asker = isHidden ? call.asker : nil
    return try lock.held {
      guard let shelf = folder.shelf(named: name), !shelf.isRemoved else { return nil }
      if !shelf.isMade, !folder.isListed, let asker, folder.founders?.maker == asker { return nil }
      return try take(shelf)
    }
  }

  private func find<Result>(
    _ name: String, in shelf: ShelfNode, _ call: Call, _ take: (Node) throws -> Result
  ) throws -> Result? {
    if name == ".versions" {
      return try lock.held { try shelf.folder.caseID == nil ? nil : take(shelf.versions) }
    }
    if let file = lock.held({ self.file(named: name, in: shelf) }), isShown(file, name) {
      return try lock.held { try take(file) }
    }
    try visit(shelf.folder, for: call.program)
    return try lock.held { try self.file(named: name, in: shelf).map(take) }
  }

  /// Whether a name may be answered without a look at the case: it is current, or a program's own.
  private func isShown(_ file: FileNode, _ name: String) -> Bool {
    lock.held {
      file.record == nil || file.isTemporary || file.shelf?.folder.visitedAt != nil
    }
  }

  /// The file that a name stands for: as it is written, or as it is shown. Only with the lock.
  func file(named name: String, in shelf: ShelfNode) -> FileNode? {
    if let file = shelf.files[name] { return file }
    guard !FileNames.isTemporary(name) else { return nil }
    // A name with what is not safe everywhere, or that another file has but for capitals.
    return shelf.files.values.first { file in
      !file.isTemporary
        && (file.typed ?? file.record.map { FileNames.typed(of: $0.manifest) }) == name
    }
  }

  /// What a file is called that is to be shown under the name that a program gives it: one that no
  /// other file of the folder has. Only with the lock.
  func freeName(for typed: String, in shelf: ShelfNode) -> String {
    let shown = FileNames.shown(typed)
    guard shelf.files[shown] != nil else { return shown }
    while true {
      let marked = FileNames.marked(shown, String(Base32.encode(randomBytes(5)).prefix(4)))
      if shelf.files[marked] == nil { return marked }
    }
  }

  // MARK: Attributes

  func getattr(_ call: Call, _ number: UInt64) throws {
    call.attributes(
      try lock.held {
        let node = try node(number)
        try refuseStale(node)
        return attributes(of: node)
      })
  }

  /// Refuses a file whose name went to another and that nobody has open: the kernel knows it by an old
  /// name, and asks for that again. Only with the lock.
  func refuseStale(_ node: Node) throws {
    if let file = node as? FileNode, file.isGone, file.handles == 0 { throw Refusal(ESTALE) }
  }

  func statfs(_ call: Call) throws {
    var statistics = statvfs()
    guard statvfs(settings.folder.path, &statistics) == 0 else { throw Refusal(errno) }
    statistics.f_namemax = 255
    call.statistics(statistics)
  }

  private static let attributeNames = ["record", "author", "kind"].map { "user.casevault.\($0)" }

  private func extendedAttribute(_ name: String, of number: UInt64) throws -> String? {
    try lock.held {
      guard let record = (try node(number) as? FileNode)?.record else { return nil }
      switch name {
      case "user.casevault.record": return record.id.text
      case "user.casevault.author": return record.author.name
      case "user.casevault.kind": return record.manifest.kind
      default: return nil
      }
    }
  }

  func getxattr(_ call: Call, _ number: UInt64, _ name: String, _ size: Int) throws {
    guard let value = try extendedAttribute(name, of: number) else { throw Refusal(ENODATA) }
    answer(call, Array(value.utf8), size)
  }

  func listxattr(_ call: Call, _ number: UInt64, _ size: Int) throws {
    let hasRecord = try lock.held { (try node(number) as? FileNode)?.record != nil }
    let names = hasRecord ? Self.attributeNames : []
    answer(call, names.flatMap { Array($0.utf8) + [0] }, size)
  }

  /// The value, or with no room for it how much it would take.
  private func answer(_ call: Call, _ value: [UInt8], _ size: Int) {
    if size == 0 { return call.size(value.count) }
    guard size >= value.count else {
      call.fail(ERANGE)
      return
    }
    value.withUnsafeBytes { call.bytes($0) }
  }

  // MARK: Listings

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
      var entries: [(name: String, node: Node)] = folder.shelves.filter { !$0.isRemoved }
        .map { ($0.name, $0) }
      if folder.caseID != nil { entries.append((folder.summary.name, folder.summary)) }
      return (entries, false)
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
    guard let folder = try? node(number), changes(of: folder) != listing.changes else { return }
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

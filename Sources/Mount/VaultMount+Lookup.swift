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

/// Names and attributes.
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
    let typed = shelf.files.values.filter { file in
      !file.isTemporary && (file.typed ?? file.titled) == name
    }
    // Most names that are asked for are nobody's.
    guard !typed.isEmpty else { return nil }
    let shown = FileNames.shown(name)
    // A name with what is not safe everywhere.
    if let file = typed.first(where: { $0.name == shown }) { return file }
    // One that is shown with a mark, as another is called so but for capitals or what is not safe. Where
    // that other has the same name, or had it a moment ago, it alone is meant.
    let isOthers = shelf.files.values.contains { file in
      !file.isTemporary && FileNames.folded(file.name) == FileNames.folded(shown)
        && (file.typed ?? file.titled ?? file.name) != name
    }
    let isFree = [shelf.vacated, shelf.withdrawn].contains { left in
      left.values.contains { FileNames.typed(of: $0.manifest) == name }
    }
    return isOthers && !isFree && typed.count == 1 ? typed.first : nil
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
    // Access lists, labels: a program that hears that there are none here does not ask again for
    // each file.
    guard name.hasPrefix("user.") else { throw Refusal(ENOTSUP) }
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
}

internal import CFuse
internal import CPlatform
internal import CaseVault
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Folders, deleting, renaming.
extension VaultMount {
  // MARK: Folders

  /// A new folder in `Open/` is a case as soon as it has a file.
  func mkdir(_ call: Call, _ parent: UInt64, _ name: String) throws {
    if settings.isReadOnly { throw Refusal(EROFS) }
    let folder = try lock.held { try node(parent) }
    if let folder = folder as? CaseNode { return try putBack(name, in: folder, call) }
    guard let list = folder as? ListNode, list.isOpen else { throw Refusal(EPERM) }
    try refuse(name)
    guard !FileNames.isTemporary(name) else { throw Refusal(EPERM) }
    let founders = call.asker.map { Founders($0, at: cp_boot_time_ns()) }
    let entry = try lock.held { () -> fuse_entry_param in
      guard list.cases[name] == nil else { throw Refusal(EEXIST) }
      let folder = CaseNode(in: list, changedAt: now, nextNumber)
      folder.typedName = name
      folder.founders = founders
      folder.madeAt = cp_boot_time_ns()
      for shelf in folder.shelves { shelf.isMade = false }
      list.cases[name] = folder
      list.changes += 1
      count(folder)
      return parameters(of: folder, named: name)
    }
    if !call.entry(entry) { forget(entry.ino, 1) }
  }

  /// One of the three folders of a case that is to be, which somebody removed.
  private func putBack(_ name: String, in folder: CaseNode, _ call: Call) throws {
    let entry = try lock.held { () -> fuse_entry_param in
      guard let shelf = folder.shelf(named: name) else { throw Refusal(EPERM) }
      guard shelf.isRemoved || !shelf.isMade else { throw Refusal(EEXIST) }
      shelf.isRemoved = false
      shelf.isMade = true
      count(shelf)
      return parameters(of: shelf, named: name)
    }
    if !call.entry(entry) { forget(entry.ino, 1) }
  }

  func rmdir(_ call: Call, _ parent: UInt64, _ name: String) throws {
    if settings.isReadOnly { throw Refusal(EROFS) }
    let asker = call.asker
    try lock.held {
      switch try node(parent) {
      case let list as ListNode:
        guard let folder = try self.folder(named: name, in: list, for: asker) else {
          throw Refusal(ENOENT)
        }
        // Only shredding destroys.
        guard folder.caseID == nil else { throw Refusal(EPERM) }
        guard folder.shelves.allSatisfy({ $0.files.isEmpty }) else { throw Refusal(ENOTEMPTY) }
        list.cases[name] = nil
        list.changes += 1
      case let folder as CaseNode:
        guard let shelf = folder.shelf(named: name), folder.caseID == nil else {
          throw Refusal(EPERM)
        }
        guard shelf.files.isEmpty else { throw Refusal(ENOTEMPTY) }
        shelf.isRemoved = true
      default: throw Refusal(EPERM)
      }
    }
    call.succeed()
  }

  // MARK: Deleting

  func unlink(_ call: Call, _ parent: UInt64, _ name: String) throws {
    let shelf = try writableShelf(parent)
    guard let file = lock.held({ self.file(named: name, in: shelf) }) else { throw Refusal(ENOENT) }
    var withdrawn: Record?
    repeat {
      // Who closes it at this moment has filed it by then.
      let (record, isAside, over) = file.content.lock.held {
        lock.held { (file.record, file.isTemporary, file.over) }
      }
      for record in over { try withdraw(record, in: shelf.folder, call.program) }
      lock.held { file.over.removeAll { record in over.contains { $0.id == record.id } } }
      // Of a file that was moved out of the way only its last name counts.
      if let record, !isAside || lock.held({ isCurrent(record, in: shelf.folder) }) {
        try withdraw(record, in: shelf.folder, call.program)
      }
      withdrawn = record
    } while !drop(file, from: shelf, withdrawn)
    stale.tell()
    call.succeed()
  }

  /// Takes a file's name away.
  ///
  /// - Returns: false where it was saved meanwhile: that version is there still.
  private func drop(_ file: FileNode, from shelf: ShelfNode, _ withdrawn: Record?) -> Bool {
    let isDone = file.content.lock.held { () -> Bool in
      let isDone = lock.held { () -> Bool in
        guard file.record?.id == withdrawn?.id else { return false }
        shelf.files = shelf.files.filter { $0.value !== file }
        noteNames(of: shelf)
        file.isGone = true
        guard let withdrawn else { return true }
        if !file.isTemporary { shelf.withdrawn[file.name] = withdrawn }
        shelf.vacated = shelf.vacated.filter { $0.value.id != withdrawn.id }
        return true
      }
      if isDone { file.content.unfinished?.loseName() }
      return isDone
    }
    if isDone { closeUnused(file) }
    return isDone
  }

  // MARK: Renaming

  func rename(
    _ call: Call, _ parent: UInt64, _ name: String, to newParent: UInt64, _ newName: String,
    _ flags: UInt32
  ) throws {
    if settings.isReadOnly { throw Refusal(EROFS) }
    // RENAME_NOREPLACE is 1; two names cannot be exchanged.
    guard flags & ~1 == 0 else { throw Refusal(EINVAL) }
    let isNew = flags & 1 != 0
    let (from, to) = try lock.held { (try node(parent), try node(newParent)) }
    switch (from, to) {
    case (let list as ListNode, _):
      guard to === list else { throw Refusal(EPERM) }
      try rename(name, to: newName, in: list, isNew, call.asker)
    case (let shelf as ShelfNode, _):
      // What moves to another folder is another record: it is copied, and deleted here.
      guard to === shelf else { throw Refusal(to is ShelfNode ? EXDEV : EPERM) }
      try refuse(newName)
      if name != newName { try rename(name, to: newName, in: shelf, isNew, call) }
      // The kernel goes on with what it knew of the file's old name, which may have been its only one.
      let isOnlyName = lock.held {
        self.file(named: newName, in: shelf).map { self.isOnlyName(newName, of: $0) } ?? true
      }
      if !isOnlyName { notices.add(.entry(parent: newParent, name: newName)) }
    default: throw Refusal(EPERM)
    }
    stale.tell()
    call.succeed()
  }

  private func rename(
    _ name: String, to newName: String, in list: ListNode, _ isNew: Bool, _ asker: Asker?
  ) throws {
    try refuse(newName)
    func find() throws -> CaseNode {
      guard let folder = try self.folder(named: name, in: list, for: asker) else {
        throw Refusal(ENOENT)
      }
      guard folder.caseID == nil, !FileNames.isTemporary(newName) else { throw Refusal(EPERM) }
      guard list.cases[newName] == nil else { throw Refusal(isNew ? EEXIST : ENOTEMPTY) }
      return folder
    }
    let folder = try lock.held(find)
    // While its first file is filed it becomes a case of the client whose name it has.
    try folder.filing.held {
      try lock.held {
        guard try find() === folder else { throw Refusal(ENOENT) }
        list.cases[name] = nil
        folder.typedName = newName
        list.cases[newName] = folder
        list.changes += 1
      }
    }
    describeAgain(folder)
  }

  private func rename(
    _ name: String, to newName: String, in shelf: ShelfNode, _ isNew: Bool, _ call: Call
  ) throws {
    let typed = newName
    let (file, target, newName) = lock.held { () -> (FileNode?, FileNode?, String) in
      let target = self.file(named: typed, in: shelf)
      return (
        self.file(named: name, in: shelf), target,
        target?.name ?? freeName(for: typed, in: shelf)
      )
    }
    guard let file else { throw Refusal(ENOENT) }
    if target != nil, isNew { throw Refusal(EEXIST) }
    if file === target {
      // Only the way it is written changes.
      guard lock.held({ shelf.files[newName] == nil }) else { return }
    }
    let program = call.program
    let name = lock.held {
      if let program { file.program = program }
      // Whoever saves over the name that is shown means the file that was typed.
      let typed = target.map { $0 === file ? typed : typedName(of: $0) } ?? typed
      return NewName(shown: newName, typed: typed == newName ? nil : typed)
    }
    if lock.held({ file.record != nil && FileNames.isAside(newName) }) {
      return try moveAside(file, to: name, in: shelf, over: target)
    }
    if FileNames.isTemporary(newName) {
      return moveTemporary(file, to: name, in: shelf, over: target)
    }
    try moveInto(name, file, in: shelf, over: target === file ? nil : target, call)
  }

  /// The name that a file gets: as it is shown, and as it was typed where that is another.
  struct NewName {
    let shown: String
    let typed: String?
  }

  private func moveTemporary(
    _ file: FileNode, to newName: NewName, in shelf: ShelfNode, over target: FileNode?
  ) {
    file.content.lock.held {
      lock.held {
        place(file, newName, in: shelf, over: target)
        file.isTemporary = true
      }
    }
  }

  /// Gives a file another name in its folder. Only with the lock.
  func place(
    _ file: FileNode, _ newName: NewName, in shelf: ShelfNode, over target: FileNode?
  ) {
    shelf.files = shelf.files.filter { $0.value !== file && ($0.value !== target || target == nil) }
    target?.isGone = true
    shelf.files[newName.shown] = file
    file.name = newName.shown
    file.typed = newName.typed
    noteNames(of: shelf)
  }

  /// A program changed the names in a folder. Only with the lock.
  func noteNames(of shelf: ShelfNode) {
    shelf.changes += 1
    shelf.changedAt = now
    noteChange(in: shelf.folder)
  }

  /// A program changed something in a case. It is told when it happens, and not when that is filed:
  /// `tar` takes a folder whose time changes while it reads for one that is being changed. Only with
  /// the lock.
  func noteChange(in folder: CaseNode) {
    guard folder.changedAt != now else { return }
    folder.changedAt = now
    stale.add(folder.number)
    stale.add(folder.summary.number)
  }

  /// A file gets a name that counts: what it holds is a version of what has that name, or a record
  /// of its own.
  private func moveInto(
    _ newName: NewName, _ file: FileNode, in shelf: ShelfNode, over target: FileNode?, _ call: Call
  ) throws {
    // Its new version has come: it is a copy of the old one, whatever it is called next.
    if lock.held({
      file.movedAside != nil && file.record.map { !isCurrent($0, in: shelf.folder) } == true
    }) {
      try settleAside(file)
    }
    if target == nil, try putBack(file, to: newName, in: shelf, call) { return }
    // Who closes it at this moment has filed it by then.
    let found = target?.content.lock.held { lock.held { target?.record } }
    let replaced = lock.held {
      target.flatMap { target in
        target.record.flatMap {
          target.movedAside == nil || isCurrent($0, in: shelf.folder) ? $0 : nil
        }
      }
    }
    let own = lock.held { file.record }
    // A program that is still at work on a new file closes it later.
    let isWaiting = own == nil && replaced == nil && lock.held { file.writers > 0 }
    try openForCopy(file, call)
    try named(newName, file, in: shelf) {
      guard !isWaiting else { return }
      let more = lock.held { target?.over ?? [] }
      try publish(file, call, replacing: others(file, replaced, shelf, newName.shown) + more)
    }
    lock.held {
      place(file, newName, in: shelf, over: target)
      file.movedAside = nil
      file.over = []
      // The name that it was moved from is free.
      if let own { shelf.vacated = shelf.vacated.filter { $0.value.id != own.id } }
    }
    if let target {
      let filed = target.content.lock.held { lock.held { target.record } }
      endReplaced(target)
      // It was saved once more before it lost its name.
      if let filed, filed.id != found?.id, filed.id != replaced?.id {
        try withdraw(filed, in: shelf.folder, call.program)
      }
    }
    settleAsides()
  }

  /// Puts a record's file back under the name that it was moved away from.
  ///
  /// - Returns: whether that is what happened, and nothing else.
  private func putBack(
    _ file: FileNode, to name: NewName, in shelf: ShelfNode, _ call: Call
  ) throws -> Bool {
    let isBack = lock.held {
      file.record != nil && shelf.vacated[name.shown]?.id == file.record?.id
    }
    guard isBack, file.content.lock.held({ file.content.unfinished?.hasNews != true }) else {
      return false
    }
    for record in lock.held({ file.over }) { try withdraw(record, in: shelf.folder, call.program) }
    lock.held {
      file.over = []
      place(file, name, in: shelf, over: nil)
      file.isTemporary = false
      file.movedAside = nil
      shelf.vacated[name.shown] = nil
    }
    return true
  }

  /// Gives a file its new name, and does a step with it; where that fails, its old one again. What was
  /// there under the new name stays until then.
  private func named(
    _ newName: NewName, _ file: FileNode, in shelf: ShelfNode, step: () throws -> Void
  ) throws {
    let (oldName, wasTemporary) = lock.held {
      defer {
        shelf.files = shelf.files.filter { $0.value !== file }
        file.name = newName.shown
        file.typed = newName.typed
        file.isTemporary = false
      }
      return (NewName(shown: file.name, typed: file.typed), file.isTemporary)
    }
    describe(file, as: newName.shown, isTemporary: false)
    do {
      try step()
    } catch {
      let isAside = lock.held {
        file.name = oldName.shown
        file.typed = oldName.typed
        file.isTemporary = wasTemporary
        shelf.files[oldName.shown] = file
        return file.movedAside != nil
      }
      describe(file, as: oldName.shown, isTemporary: wasTemporary && !isAside)
      throw error
    }
  }

  /// What is kept of an unfinished file says how it is called.
  private func describe(_ file: FileNode, as name: String, isTemporary: Bool) {
    file.content.lock.held {
      file.content.unfinished?.description.name = FileNames.kept(name)
      file.content.unfinished?.description.isTemporary = isTemporary
      file.content.unfinished?.describeAgain()
    }
  }

  /// What the new version takes the place of, besides what the file showed itself.
  private func others(
    _ file: FileNode, _ replaced: Record?, _ shelf: ShelfNode, _ name: String
  ) -> [Record] {
    let over = lock.held { file.over }
    return over
      + lock.held {
        // A copy that was moved aside is no version of its own: the record that made room is.
        if let record = file.record, file.record?.id != shelf.vacated[name]?.id,
          shelf.vacated[name] != nil || replaced != nil
        {
          return [replaced ?? shelf.vacated[name], record].compactMap { $0 }
        }
        return [replaced ?? shelf.vacated[name] ?? file.record].compactMap { $0 }
      }
  }

  /// A record's file that gets another name is filed anew, with the content that it has.
  private func openForCopy(_ file: FileNode, _ call: Call) throws {
    if file.content.lock.held({ file.content.chunks == nil && file.content.unfinished == nil }) {
      try lend(file, call.program)
    }
    try file.content.lock.held { _ = try unfinished(file) }
  }

  private func endReplaced(_ target: FileNode) {
    target.content.lock.held { target.content.unfinished?.loseName() }
    closeUnused(target)
  }
}

internal import CaseVault
internal import VaultFormat

/// Records' files that were moved out of the way, as `letter.txt.bak` is: of a new version, or for
/// good (Vault/decisions/0016).
extension VaultMount {
  /// A record's file makes room for a new version of itself: nothing is published.
  func moveAside(
    _ file: FileNode, to newName: NewName, in shelf: ShelfNode, over target: FileNode?
  ) throws {
    // Not while it is being filed under the name that it has.
    let over = file.content.lock.held {
      lock.held { giveWay(file, to: newName, in: shelf, over: target) }
    }
    // Under a name that does not count it takes nobody's place.
    if FileNames.isTemporary(newName.shown) {
      for record in over { try withdraw(record, in: shelf.folder, file.program) }
      lock.held { file.over = [] }
    }
  }

  /// - Returns: the records that it was moved over. Only with the lock.
  private func giveWay(
    _ file: FileNode, to newName: NewName, in shelf: ShelfNode, over target: FileNode?
  ) -> [Record] {
    if !file.isTemporary, let record = file.record { shelf.vacated[file.name] = record }
    let lost = target === file ? [] : target.map { replaced($0, in: shelf) } ?? []
    place(file, newName, in: shelf, over: target)
    file.isTemporary = true
    file.movedAside = FileNames.isTemporary(newName.shown) ? nil : bootTime
    file.over += lost
    return file.over
  }

  /// The records that a file stands for, and that whatever takes its name takes the place of. Only with
  /// the lock.
  private func replaced(_ file: FileNode, in shelf: ShelfNode) -> [Record] {
    guard let record = file.record else { return file.over }
    guard file.isTemporary else { return [record] }
    // Of one that was moved aside itself, the name that it had is free now; a new version of it may
    // have come meanwhile.
    shelf.vacated = shelf.vacated.filter { $0.value.id != record.id }
    return file.over + (isCurrent(record, in: shelf.folder) ? [record] : [])
  }

  /// Whether no new version of a record has come. Only with the lock.
  func isCurrent(_ record: Record, in folder: CaseNode) -> Bool {
    folder.view?.entries.first { $0.record.id == record.id }?.isCurrent ?? true
  }

  /// How long a record's file that got a name such as `letter.txt.bak` may wait for its new version,
  /// in nanoseconds.
  private static let asideTime: Int64 = 5_000_000_000

  /// Files what was moved aside under a name that counts: beside its new version a copy of the old
  /// one; where no new version came, the same record under its new name.
  ///
  /// - Parameter all: also those that could still wait.
  func settleAsides(all: Bool = false) {
    for file in asides(all: all) {
      do {
        try settleAside(file)
      } catch {
        guard !lock.held({ file.isDelayTold }) else { continue }
        lock.held { file.isDelayTold = true }
        note(
          trouble: "a file in \(lock.held { place(of: file) }) could not be filed under its new "
            + "name yet: \(reason(error))")
      }
    }
  }

  /// What was moved aside under a name that counts, and has waited long enough.
  func asides(all: Bool) -> [FileNode] {
    lock.held {
      cases.values.flatMap { folder in
        folder.shelves.flatMap { shelf in
          shelf.files.values.filter { file in
            guard let moved = file.movedAside else { return false }
            return all || bootTime > moved + Self.asideTime
              || file.record.map { !isCurrent($0, in: folder) } ?? false
          }
        }
      }
    }
  }

  /// Files what was moved aside under a name that counts; nothing where it was not. Also before a
  /// program changes it: whoever does means this file, and not a new version of its old name.
  ///
  /// - Throws: `Refusal`, `VaultError`; then it waits on.
  func settleAside(_ file: FileNode) throws {
    // Whoever takes it does it alone.
    guard let moved = lock.held({ file.movedAside.take() }) else { return }
    do {
      try lend(file, nil)
      let (claimed, over) = lock.held { () -> (Record?, [Record]) in
        guard let record = file.record, let folder = file.shelf?.folder,
          !isCurrent(record, in: folder)
        else { return (nil, file.over) }
        return (record, file.over)
      }
      // Its new version is there: this is a record of its own from now on.
      lock.held {
        file.isTemporary = false
        if claimed != nil { file.record = nil }
      }
      do {
        let old = lock.held { [file.record].compactMap { $0 } }
        try file.content.lock.held { try unfinished(file).noteNews() }
        try publish(file, nil, replacing: old + over)
        lock.held {
          // It may have got a name that does not count meanwhile.
          if file.isTemporary, let claimed { file.record = claimed }
          guard !file.isTemporary, let shelf = file.shelf else { return }
          file.over = []
          let gone = Set(old.map(\.id))
          shelf.vacated = shelf.vacated.filter { !gone.contains($0.value.id) }
        }
      } catch {
        lock.held {
          file.isTemporary = true
          if let claimed { file.record = claimed }
        }
        throw error
      }
    } catch {
      lock.held { file.movedAside = moved }
      throw error
    }
  }
}

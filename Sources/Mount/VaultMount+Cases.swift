internal import Agent
internal import CaseVault
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What the agent tells of cases, as folders and files.
extension VaultMount {
  /// For how long what was seen is shown without asking, in nanoseconds: a window of the log.
  private static let freshness: Int64 = 2_000_000_000

  // MARK: The folders of cases

  /// Brings the folders of cases up to what the agent says, after the log's entry.
  ///
  /// - Parameter isFresh: whether what was seen less than two seconds ago will do.
  func visitList(for program: String?, unlessFresh isFresh: Bool = true) throws {
    let (stamp, listedAt) = lock.held { (listStamp, self.listedAt) }
    if isFresh, let listedAt, bootTime < listedAt + Self.freshness { return }
    let found = try pool.ask(Request.Actor("mount list", program: program)) {
      try $0.visitAll(known: stamp)
    }
    lock.held {
      self.listedAt = bootTime
      if let found { show(found.rows, stamp: found.stamp) }
    }
  }

  /// Whether the rows were ever seen and nobody has changed them since.
  var isListCurrent: Bool { lock.held { listedAt != nil } }

  /// Brings one case's folder up to what the agent says, where its name tells which: one case is not
  /// worth the rows of all.
  ///
  /// - Returns: whether the list now shows the case under this name.
  func locate(_ name: String, in list: ListNode, for program: String?) throws -> Bool {
    guard case .whole(let reference) = Reference.read(String(name.prefix { $0 != " " })) else {
      return false
    }
    let rows = try pool.ask(Request.Actor("mount list", program: program)) {
      try $0.locate(reference)
    }
    guard rows.count == 1, let row = rows.first, Self.name(of: row) == name else { return false }
    return lock.held {
      guard row.summary.isOpen == (list === openCases) else { return false }
      if let known = cases[row.caseID] { return known === list.cases[name] }
      guard list.cases[name] == nil else { return false }
      list.cases[name] = folder(of: row, in: list)
      list.changes += 1
      return true
    }
  }

  /// The folder of a case; the one that is known, or a new one. Only with the lock.
  private func folder(of row: Index.Row, in list: ListNode) -> CaseNode {
    let folder =
      cases[row.caseID].flatMap { $0.list === list ? $0 : nil }
      ?? CaseNode(in: list, changedAt: row.summary.lastWork.dayNumber * 86_400, nextNumber)
    folder.caseID = row.caseID
    folder.reference = row.summary.texts(.reference).first ?? String(row.caseID.text.prefix(10))
    cases[row.caseID] = folder
    return folder
  }

  private func show(_ rows: [Index.Row], stamp: Int) {
    listStamp = stamp
    let pending = openCases.cases.values.filter { $0.caseID == nil }
    var taken: [Bool: [String: CaseNode]] = [true: [:], false: [:]]
    for folder in pending { taken[true]?[folder.typedName ?? ""] = folder }
    for row in rows {
      let folder = folder(of: row, in: row.summary.isOpen ? openCases : closedCases)
      var name = Self.name(of: row)
      if taken[row.summary.isOpen]?[name] != nil {
        name = FileNames.safe("\(name) \(row.caseID.text.prefix(6))")
      }
      taken[row.summary.isOpen]?[name] = folder
    }
    for (list, isOpen) in [(openCases, true), (closedCases, false)] {
      guard let names = taken[isOpen], !Self.same(list.cases, names) else { continue }
      list.cases = names
      list.changes += 1
    }
  }

  private static func same(_ old: [String: CaseNode], _ new: [String: CaseNode]) -> Bool {
    old.count == new.count && new.allSatisfy { old[$0.key] === $0.value }
  }

  /// A case's folder: its reference and its client.
  private static func name(of row: Index.Row) -> String {
    let reference = row.summary.texts(.reference).first ?? String(row.caseID.text.prefix(10))
    let client =
      row.summary.texts(.client).first ?? row.summary.texts(.pseudonym).first ?? "anonymous"
    return FileNames.safe("\(reference) \(FileNames.safe(client))")
  }

  // MARK: The folder of a case

  /// Brings a case's folder up to what the agent says, after the log's entry.
  ///
  /// - Parameter isOpened: whether all that the agent says is shown: every such time is entered.
  func visit(
    _ folder: CaseNode, for program: String?, unlessFresh: Bool = true, isOpened: Bool = false
  ) throws {
    let isFresh = unlessFresh && !isOpened
    if isFresh, lock.held({ self.isFresh(folder) }) { return }
    try folder.filing.held {
      let (caseID, stamp, next) = lock.held {
        () -> (Identifier?, Int?, [Identifier]) in
        guard !(isFresh && self.isFresh(folder)) else { return (nil, nil, []) }
        return (folder.caseID, folder.view == nil ? nil : folder.stamp, foreseen(after: folder))
      }
      guard let caseID else { return }
      let action = isOpened ? "mount open" : "mount list"
      let found = try pool.ask(Request.Actor(action, program: program)) {
        try $0.visit(caseID, known: stamp, next: next, isOpened: isOpened)
      }
      lock.held {
        folder.visitedAt = bootTime
        if let found {
          folder.stamp = found.stamp
          show(found.view, in: folder)
        }
      }
    }
  }

  /// How many cases are foreseen.
  private static let foresight = 16

  /// The cases that will be visited soon, where the last ones were visited in the order of the
  /// list. Only with the lock.
  private func foreseen(after folder: CaseNode) -> [Identifier] {
    let list = folder.list
    guard let place = folder.place, list.order.indices.contains(place),
      list.order[place] === folder
    else { return [] }
    let isNext = place == 0 || list.visitedPlace == place - 1 || list.visitedPlace == place
    list.visitedPlace = place
    guard isNext else {
      list.foreseenEnd = 0
      return []
    }
    let start = max(list.foreseenEnd, place + 1)
    let end = min(place + 1 + Self.foresight, list.order.count)
    // Half of them at once.
    guard start < end, start <= place + Self.foresight / 2 else { return [] }
    list.foreseenEnd = end
    return list.order[start..<end].filter { !isFresh($0) }.compactMap(\.caseID)
  }

  private func isFresh(_ folder: CaseNode) -> Bool {
    folder.view != nil && folder.visitedAt.map { bootTime < $0 + Self.freshness } ?? false
  }

  /// Has the folder show what a case says. Only with the lock.
  func show(_ view: CaseView, in folder: CaseNode) {
    folder.view = view
    for shelf in folder.shelves {
      let current = view.entries.filter {
        $0.isCurrent && $0.record.manifest.kind == shelf.kind
      }
      show(NameTable.names(of: current, in: view), in: shelf)
    }
  }

  private func show(
    _ named: [(name: String, entry: CaseState.Entry)], in shelf: ShelfNode
  ) {
    let known = Dictionary(
      shelf.files.values.compactMap { file in file.record.map { ($0.id, file) } }
    ) { first, _ in first }
    // What programs are at work on in this mount stays as it is, whatever others filed meanwhile.
    var files = shelf.files.filter { file in
      file.value.record == nil || file.value.isTemporary || file.value.isUnfinished
        || file.value.writers > 0
    }
    for file in files.values where file.record != nil { file.isPassedOver = true }
    let aside = Set(
      files.values.flatMap { file in [file.record].compactMap(\.self) + file.over }.map(\.id)
        + shelf.vacated.values.map(\.id))
    for (name, entry) in named where !aside.contains(entry.record.id) {
      let file = known[entry.record.id] ?? newFile(entry.record, name)
      file.shelf = shelf
      var shown = name
      // A new file of this mount that another's record is called like keeps its name.
      while let other = files[shown], other !== file {
        shown = FileNames.marked(shown, String(entry.record.id.text.prefix(6)))
      }
      files[shown] = file
      file.name = shown
      // One that is marked, as another is called so but for capitals, is found and saved as it was typed.
      let typed = FileNames.typed(of: entry.record.manifest)
      file.typed = typed == shown ? nil : typed
    }
    guard !Self.same(shelf.files, files) else { return }
    for (name, file) in shelf.files where files[name] !== file {
      if !files.values.contains(where: { $0 === file }) { file.isGone = true }
      notices.add(.entry(parent: shelf.number, name: name))
    }
    shelf.files = files
    shelf.changes += 1
  }

  private static func same(_ old: [String: FileNode], _ new: [String: FileNode]) -> Bool {
    old.count == new.count && new.allSatisfy { old[$0.key] === $0.value }
  }

  private func newFile(_ record: Record, _ name: String) -> FileNode {
    let file = FileNode(nextNumber(), name)
    file.record = record
    return file
  }

  /// Takes in a record that was filed here, without asking for the whole case again.
  func take(_ record: Record, in folder: CaseNode) {
    guard folder.view != nil else { return }
    folder.view?.take(record)
    stale.add(folder.summary.number)
    // The agent's stamp is of what is there now: it is asked for at the next look.
    folder.stamp = nil
  }

  // MARK: Old versions

  /// The files of `.versions/`, as the case is now. Only with the lock.
  func oldFiles(of shelf: ShelfNode) -> [(name: String, file: FileNode)] {
    guard let view = shelf.folder.view else { return [] }
    let named = NameTable.versions(of: shelf.kind, in: view)
    var files: [String: FileNode] = [:]
    for (name, entry) in named {
      let file =
        shelf.versions.files[name].flatMap { $0.record?.id == entry.record.id ? $0 : nil }
        ?? newFile(entry.record, name)
      file.isOld = true
      file.shelf = shelf
      files[name] = file
    }
    shelf.versions.files = files
    return named.compactMap { name, _ in files[name].map { (name, $0) } }
  }
}

internal import Agent
internal import CaseVault
internal import Sealing
internal import Synchronization
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// From a file that a program made to a record.
extension VaultMount {
  /// Publishes what is new of a file; nothing where there is nothing, or where no record is to come
  /// of it.
  ///
  /// - Parameter replaced: records of other files that this version takes the place of.
  /// - Throws: `Refusal`, `VaultError`; then it stays what it was: unfinished.
  func publish(_ file: FileNode, _ call: Call?, replacing replaced: [Record] = []) throws {
    var newCase: CaseNode?
    // Whoever files a file holds that file's content.
    defer {
      if let newCase { _ = startThread { self.describeAgain(newCase) } }
      stale.tell()
    }
    try file.content.lock.held {
      guard let unfinished = file.content.unfinished,
        unfinished.hasNews || !replaced.isEmpty
      else { return endUnchanged(file) }
      guard let place = lock.held({ publishing(file) }) else { return }
      if isEnding.load(ordering: .acquiring) { throw Refusal(EIO) }
      var published: Streaming.Published?
      repeat {
        let target = lock.held { self.target(place.folder) }
        published = try unfinished.publish(
          in: target,
          begin: { try begin(propose(file, unfinished, replaced), of: file, in: target) },
          goOn: { call?.goOn() },
          commit: { sign in
            try commit(file, call, in: place, ifStill: target) {
              try sign(propose(file, unfinished, replaced))
            }
          })
      } while published == nil
      if published?.opening != nil { newCase = place.folder }
      endUnchanged(file)
    }
  }

  /// The last step of publishing, the only one that keeps others from filing in that folder.
  ///
  /// - Returns: nil where the folder's files go elsewhere than to `target` by now: another file made
  ///   it a case meanwhile, or it was renamed.
  private func commit(
    _ file: FileNode, _ call: Call?, in place: (folder: CaseNode, shelf: ShelfNode),
    ifStill target: CasePlace, sign: () throws -> Streaming.Published
  ) throws -> Streaming.Published? {
    try place.folder.filing.held {
      guard lock.held({ self.target(place.folder) == target }) else { return nil }
      call?.goOn()
      let published = try sign()
      call?.goOn()
      finish(file, published, in: place)
      return published
    }
  }

  /// What else was begun in a folder that became a case, or got another name, is of that: its spools
  /// say so.
  func describeAgain(_ folder: CaseNode) {
    for file in knownFiles() where lock.held({ file.shelf?.folder === folder }) {
      file.content.lock.held { file.content.unfinished?.describeAgain() }
    }
  }

  /// Where a file's record goes; nil for one that none is to come of.
  private func publishing(_ file: FileNode) -> (folder: CaseNode, shelf: ShelfNode)? {
    guard !file.isTemporary, !file.isGone, let shelf = file.shelf else { return nil }
    return (shelf.folder, shelf)
  }

  /// Lets go of what programs made where a record holds all of it and nobody writes any more.
  private func endUnchanged(_ file: FileNode) {
    guard let unfinished = file.content.unfinished, !unfinished.hasNews,
      lock.held({ file.record != nil })
    else { return }
    unfinished.dropSpool()
    let old = file.content.chunks
    if let base = unfinished.base { file.content.chunks = base }
    file.content.unfinished = nil
    let wasUnkept = lock.held { () -> Bool in
      defer { file.isUnkept = false }
      file.isUnfinished = false
      return file.isUnkept
    }
    if wasUnkept { tellAgent() }
    if let old, old !== file.content.chunks { cache.forget(old) }
  }

  /// Begins the record of a file while its content comes. Where its folder is no case yet, the record
  /// is begun in one that is to be; should another file become the first of the case, or the folder be
  /// renamed, it is begun again when it is published.
  func stream(_ file: FileNode) throws -> Streaming? {
    guard let unfinished = file.content.unfinished,
      let target = lock.held({ publishing(file).map { self.target($0.folder) } }),
      !isEnding.load(ordering: .acquiring)
    else { return nil }
    return try begin(
      propose(file, unfinished, []), of: file, in: target, leaving: Self.keptConversations)
  }

  /// How many conversations with the agent are kept from files that are sealed while they come: a
  /// program may leave them open, and everything else would have to wait for it.
  private static let keptConversations = 24

  /// Where a folder's files go. Only with the mount's lock.
  private func target(_ folder: CaseNode) -> CasePlace {
    folder.caseID.map { .known($0) } ?? .new(client: folder.typedName ?? "")
  }

  private func begin(
    _ proposal: RecordProposal, of file: FileNode, in place: CasePlace, leaving reserve: Int = 0
  ) throws -> Streaming {
    let program = lock.held { file.program }
    return try Streaming(
      proposal, in: place, Request.Actor("mount save", program: program), pool, settings.folder,
      leaving: reserve)
  }

  /// What a file's record is to be, as it is at this moment.
  private func propose(
    _ file: FileNode, _ unfinished: Unfinished, _ replaced: [Record]
  ) throws -> RecordProposal {
    let today = try Clock.system.now.day(in: welcome.timeZone)
    let name = lock.held { typedName(of: file) }
    let type = try unfinished.withHead { MediaTypes.type(of: name, head: $0, isWhole: $1) }
    return lock.held { proposal(of: file, name, type, today: today, replaced) }
  }

  /// A file's name as a person typed it: whoever saves it under the name that is shown means no other.
  /// Only with the mount's lock.
  func typedName(of file: FileNode) -> String {
    if let typed = file.typed { return typed }
    guard let manifest = file.record?.manifest, FileNames.name(of: manifest) == file.name else {
      return file.name
    }
    return FileNames.typed(of: manifest)
  }

  /// What a file's record is to be. Only with the mount's lock.
  private func proposal(
    of file: FileNode, _ name: String, _ type: String, today: CivilDate, _ replaced: [Record]
  ) -> RecordProposal {
    // The version that the program changed, or the file that stood here before.
    let old =
      replaced.first ?? file.record ?? file.shelf?.vacated[file.name]
      ?? file.shelf?.withdrawn[file.name]
    let title = old?.manifest.title ?? name
    var details = kept(of: old?.manifest)
    if let sitting = file.sitting { details["sitting"] = .string(sitting) }
    if let modified = file.modified {
      details["modified"] = .string(Timestamp(seconds: modified).text)
    }
    let kind = file.shelf?.kind ?? RecordKind.note
    // Nobody has decoded it: `scan add` does.
    if kind == RecordKind.scan { details["as_is"] = true }
    let replaces = Set(([old].compactMap { $0 } + replaced).map(\.id)).sorted()
    var proposal = RecordProposal(
      kind: kind, title: title, mediaType: type, details: details,
      worked: old?.manifest.worked ?? today, replaces: replaces)
    if nameWithoutDetail(proposal) != name {
      details["file"] = .string(name)
      proposal = RecordProposal(
        kind: kind, title: title, mediaType: type, details: details, worked: proposal.worked,
        replaces: replaces)
    }
    return proposal
  }

  private func nameWithoutDetail(_ proposal: RecordProposal) -> String {
    FileNames.typed(kind: proposal.kind, title: proposal.title, mediaType: proposal.mediaType)
  }

  /// What is known of a record that its next version is true of too.
  private func kept(of manifest: Manifest?) -> [String: JSON] {
    guard let manifest else { return [:] }
    let names: [String] =
      switch manifest.kind {
      case RecordKind.note: ["attached", "channel", "form"]
      case RecordKind.mail: ["direction"]
      default: []
      }
    return manifest.details.filter { names.contains($0.key) }
  }

  /// A record was published: the file shows it, and so does its folder.
  private func finish(
    _ file: FileNode, _ published: Streaming.Published,
    in place: (folder: CaseNode, shelf: ShelfNode)
  ) {
    let record = published.record
    lock.held {
      if let opening = published.opening { becomeCase(place.folder, opening) }
      place.shelf.vacated[file.name] = nil
      place.shelf.withdrawn[file.name] = nil
      file.record = record
      take(record, in: place.folder)
      place.shelf.changes += 1
    }
    notices.add(.attributes(file.number))
  }

  /// A folder that a person made is a case now.
  private func becomeCase(
    _ folder: CaseNode, _ opening: (record: Record, details: CaseDetails)
  ) {
    let reference = opening.details.reference?.text ?? String(opening.record.caseID.text.prefix(10))
    folder.caseID = opening.record.caseID
    folder.reference = reference
    cases[opening.record.caseID] = folder
    if let typed = folder.typedName {
      openCases.cases[typed] = nil
      if let other = openCases.aliases[typed]?.last {
        note(
          trouble: "case \(reference) was opened for a client of the name of case "
            + "\(other.reference): is it the same person?")
      }
      openCases.aliases[typed, default: []].append(folder)
    }
    openCases.cases[FileNames.safe("\(reference) \(FileNames.safe(folder.typedName ?? ""))")] =
      folder
    openCases.changes += 1
    for shelf in folder.shelves { shelf.isRemoved = false }
    folder.view = CaseView(
      id: opening.record.caseID, details: opening.details, isOpen: true,
      opened: opening.record.manifest.worked, closed: nil,
      lastWork: opening.record.manifest.worked, expires: nil,
      entries: [CaseState.Entry(record: opening.record, replacedBy: [], withdrawnBy: [])],
      damaged: [])
    folder.visitedAt = nil
  }

  /// Publishes that a record is not to be used.
  func withdraw(_ record: Record, in folder: CaseNode, _ program: String?) throws {
    let today = try Clock.system.now.day(in: welcome.timeZone)
    try folder.filing.held {
      let withdrawal = try pool.ask(Request.Actor("mount withdraw", program: program)) { client in
        let filing = Filing(with: client, in: settings.folder, overlaps: true)
        let withdrawal = try filing.add(
          NewRecord(
            kind: RecordKind.withdrawal, title: "Withdrawn", mediaType: "text/plain",
            worked: today, replaces: [record.id],
            content: .bytes(Array("Deleted in the mounted folder.".utf8))),
          to: record.caseID)
        try filing.commit()
        return withdrawal
      }
      lock.held { take(withdrawal, in: folder) }
    }
  }
}

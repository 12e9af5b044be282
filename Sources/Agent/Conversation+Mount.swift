internal import CPlatform
internal import CaseVault
internal import VaultFormat

/// The cases that mounts looked at last, as they were then.
struct FreshCases {
  /// How many records are kept in all.
  private static let maximumRecords = 40_000

  private var files: [Identifier: (file: CaseFile, at: Int64)] = [:]
  private var records = 0

  subscript(caseID: Identifier) -> (file: CaseFile, at: Int64)? { files[caseID] }

  /// - Parameter isFresh: whether the case's folder was just seen to be so.
  mutating func keep(_ file: CaseFile, isFresh: Bool = true) {
    _ = remove(file.id)
    records += file.state.entries.count
    if records > Self.maximumRecords {
      files = [:]
      records = file.state.entries.count
    }
    files[file.id] = (file, isFresh ? cp_boot_time_ns() : .min)
  }

  /// Gives a case to somebody who will change it.
  mutating func remove(_ caseID: Identifier) -> (file: CaseFile, at: Int64)? {
    guard let known = files.removeValue(forKey: caseID) else { return nil }
    records -= known.file.state.entries.count
    return known
  }
}

extension Conversation {
  /// All cases, for the folders of a mount.
  func visitAll(known: Int?) throws -> Reply {
    let vault = try openedOrRefused()
    try agent.freshen()
    agent.settleAll()
    let index = try vault.index(freshAtMost: agent.rowAge)
    try enterListing(nil)
    let stamp = index.stamp
    return stamp == known ? .unchanged : .folder(index.all, stamp: stamp)
  }

  /// The cases with a reference, for a mount that looks for one folder.
  func locate(_ typed: String) throws -> Reply {
    let vault = try openedOrRefused()
    try agent.freshen()
    agent.settleAll()
    let index = try vault.index(freshAtMost: agent.rowAge)
    try enterListing(nil)
    guard case .whole(let reference) = Reference.read(typed) else { return .rows([]) }
    return .rows(index.rows(with: reference))
  }

  /// One case, for its folder or its summary in a mount.
  func visit(
    _ caseID: Identifier, known: Int?, next: [Identifier], isOpened: Bool
  ) throws -> Reply {
    let file = try fresh(caseID)
    if isOpened { try enter(file) } else { try enterListing(file) }
    agent.foresee(next)
    return file.stamp == known ? .unchanged : .caseFolder(CaseView(file), stamp: file.stamp)
  }

  /// One entry a window for the folder of all cases, and for each case's.
  private func enterListing(_ file: CaseFile?) throws {
    try enter(file, isListing: true)
  }

  /// One record, as a program opens it.
  func lend(_ record: Identifier, of caseID: Identifier, known: [UInt8]) throws -> Reply {
    let vault = try openedOrRefused()
    var file = try fresh(caseID)
    if file.state.entry(of: record) == nil {
      // It may have come a moment ago.
      _ = agent.freshCases.remove(caseID)
      file = try fresh(caseID)
    }
    guard let entry = file.state.entry(of: record) else {
      try enter(file, outcome: .damaged)
      throw VaultError(.notFound, "no record \(record.text.prefix(10)) in this case")
    }
    do {
      let read = try RecordReader.contentKey(of: entry.record.name, file.key, in: vault.vault)
      guard read.record.signature == entry.record.signature else {
        throw VaultError(.damaged, "the record changed while it was read")
      }
      try enter(file, record: record)
      return read.record.signature == known ? .key(read.key) : .record(entry, read.key)
    } catch let error as VaultError where error.code == .damaged {
      try enter(file, record: record, outcome: .damaged)
      throw error
    }
  }

  /// A case that was looked at a moment ago, or is looked at now; folded anew only where its
  /// folder has changed.
  private func fresh(_ caseID: Identifier) throws -> CaseFile {
    let vault = try openedOrRefused()
    try agent.freshen()
    if let known = agent.freshCases[caseID] {
      if agent.isFresh(since: known.at) { return known.file }
      if try vault.isCurrent(known.file) {
        agent.freshCases.keep(known.file)
        return known.file
      }
    }
    let file = try vault.caseFile(caseID)
    agent.freshCases.keep(file)
    return file
  }

  /// Which cases changed since this conversation asked last; at first none.
  func changes() throws -> Reply {
    let vault = try openedOrRefused()
    try agent.freshen()
    let now = try vault.index(freshAtMost: agent.rowAge).states
    defer { watched = now }
    guard let watched else { return .changed([]) }
    return .changed(now.filter { watched[$0.key] != $0.value }.map(\.key))
  }

  /// A save that was cut short: what it is of, and its key, after the entry of its reading.
  func resume(_ name: String) throws -> Reply {
    let vault = try openedOrRefused()
    let spool = try agent.membership.spool(name)
    var description = spool.description
    var file = try description.caseID.map { try vault.caseFile($0) }
    if let folder = description.folder {
      try agent.freshen()
      agent.settleAll()
      let cases = try vault.cases(fromFolder: folder, since: description.began)
      guard cases.count <= 1 else {
        throw VaultError(
          .refused, "several cases were opened under the name of its folder; it could be of each")
      }
      file = cases.first
      if let file {
        description.caseID = file.id
        description.folder = nil
      }
    }
    try enter(file)
    return .spool(description, spool.key)
  }
}

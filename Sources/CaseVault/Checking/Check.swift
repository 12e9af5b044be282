internal import Sealing
internal import Storage
internal import VaultFormat

/// Looks through a whole vault for damage, strangers and gaps.
package struct Check {
  /// What was looked at and what was found.
  package struct Report: Sendable {
    package fileprivate(set) var cases = 0
    package fileprivate(set) var records = 0
    /// Stored bytes of the records looked at.
    package fileprivate(set) var bytes = 0
    package var findings: [Finding] = []
    /// Index rows written anew by a repair.
    package fileprivate(set) var repaired = 0

    /// Whether the vault is worse off for anything found.
    package var hasDamage: Bool { findings.contains(where: \.isDamage) }

    package init(
      cases: Int = 0, records: Int = 0, bytes: Int = 0, repaired: Int = 0,
      findings: [Finding] = []
    ) {
      self.cases = cases
      self.records = records
      self.bytes = bytes
      self.repaired = repaired
      self.findings = findings
    }
  }

  private let vault: OpenVault
  private let isDeep: Bool
  private let progress: (Int) -> Void
  private var report = Report()
  private var stale: [CaseFile] = []

  /// - Parameters:
  ///   - isDeep: verify every record to its last chunk.
  ///   - progress: called with the number of cases done.
  ///   - settle: writes the rows of what was filed here a moment ago, and gives others time to write
  ///     theirs; called with how often it was called before.
  package static func run(
    _ vault: OpenVault, isDeep: Bool, repair: Bool, progress: @escaping (Int) -> Void = { _ in },
    settle: (Int) -> Void = { _ in }
  ) throws -> Report {
    var check = Check(vault: vault, isDeep: isDeep, progress: progress)
    try check.look()
    for attempt in 0..<tries where (1...filedMeanwhile).contains(check.stale.count) {
      settle(attempt)
      try check.lookAgain()
    }
    if repair {
      try check.rebuildIndex()
      try check.sweepDrafts()
    }
    check.report.findings = Self.ordered(check.report.findings + vault.findings)
    return check.report
  }

  private init(vault: OpenVault, isDeep: Bool, progress: @escaping (Int) -> Void) {
    self.vault = vault
    self.isDeep = isDeep
    self.progress = progress
  }

  private mutating func look() throws {
    try lookAtTop()
    try lookAtShare()
    let (requests, findings) = try vault.vault.requests()
    report.findings += findings
    let waiting = vault.roster.pending.map(\.keys.id)
    try lookAtChains(ofThoseWhoAsk: Set(requests.map(\.device)).union(waiting))
    report.findings += try vault.vault.shownLess()
    try lookAtLog()
    let index = try vault.storedIndex()
    for (number, caseID) in vault.keyring.caseIDs.sorted().enumerated() {
      try look(at: caseID, index[caseID])
      progress(number + 1)
    }
    try lookForStrangers()
    try lookAtShred()
    try lookAtEnquiries()
  }

  /// One case: its key, its records, its row.
  private mutating func look(at caseID: Identifier, _ row: IndexRow?) throws {
    let file: CaseFile
    do {
      file = try vault.caseFile(caseID, isReadingAll: true)
    } catch let error as VaultError where error.code == .damaged {
      report.findings.append(Finding(.damaged, CaseKey.folder(of: caseID), error.message))
      return
    }
    report.cases += 1
    report.records += file.state.entries.count
    let names = file.state.entries.count + file.damaged.count
    if let row, row.recordCount > names {
      report.findings.append(
        Finding(
          .missing, file.key.folder,
          "the index knew of \(row.recordCount) records and \(names) are here: "
            + "some have vanished, or a row is false"))
    }
    guard file.state.opened != nil else {
      let isEmpty = names == 0 && row == nil
      report.findings.append(
        Finding(
          isEmpty ? .unfinished : .missing, file.key.folder,
          isEmpty ? "a key without records: opening it was cut off" : "the record of its opening"))
      return
    }
    // As it is stored: strings that do not fit are left out.
    if !Self.fits(row, file) {
      stale.append(file)
      report.findings.append(
        Finding(.stale, file.key.folder, "the index does not say what the records say"))
    }
    for entry in file.state.entries { look(at: entry.record, in: file) }
  }

  private mutating func look(at record: Record, in file: CaseFile) {
    let path = "\(file.key.folder)/\(record.name.text)"
    report.bytes += (try? RecordLayout(length: record.manifest.length))?.fileSize ?? 0
    if record.manifest.recorded > vault.clock.now {
      report.findings.append(
        Finding(
          .ahead, path, "recorded after this computer's clock: \(record.manifest.recorded.text)"))
    }
    guard isDeep else { return }
    do {
      try vault.reader(of: record, in: file).verifyContent()
    } catch let error as VaultError {
      report.findings.append(Finding(.damaged, path, error.message))
    } catch {
      report.findings.append(Finding(.damaged, path, "cannot be read"))
    }
  }

  /// How often a case whose row does not fit is looked at again.
  private static let tries = 4
  /// Of how many cases the rows may be missing because others file meanwhile; where it is more, the
  /// index is old, and to look at all of them again would only take long.
  private static let filedMeanwhile = 100

  /// Others file meanwhile: what was stale may have its row by now, or that of a later state, which
  /// need not be the state that is read after it.
  private mutating func lookAgain() throws {
    let index = try vault.storedIndex()
    for old in stale {
      guard let file = try? vault.caseFile(old.id) else { continue }
      let row = index[file.id]
      guard Self.fits(row, file) || Self.isBetween(old, row, file) else { continue }
      stale.removeAll { $0.id == file.id }
      report.findings.removeAll { $0.kind == .stale && $0.path == file.key.folder }
    }
  }

  private mutating func rebuildIndex() throws {
    // One segment for many rows, and never more than fit into memory at ease.
    for start in stride(from: 0, to: stale.count, by: 1_000) {
      let files = Array(stale[start..<min(start + 1_000, stale.count)])
      do {
        try vault.publishRows(of: files, replacingAll: true)
      } catch let error as StorageError {
        throw VaultError(error, while: "writing the index")
      }
    }
    let index = try vault.storedIndex()
    for file in stale where Self.fits(index[file.id], file) {
      report.repaired += 1
      report.findings.removeAll { $0.kind == .stale && $0.path == file.key.folder }
    }
  }

  /// Whether a row says what the records say, as far as it has room.
  private static func fits(_ row: IndexRow?, _ file: CaseFile) -> Bool {
    (try? file.row.map { try IndexRow($0.bytes) }) == row
  }

  /// Whether a row counts more records than one state of its case and no more than a later one.
  private static func isBetween(_ old: CaseFile, _ row: IndexRow?, _ new: CaseFile) -> Bool {
    guard let row else { return false }
    return row.recordCount > old.records.count && row.recordCount <= new.recordCount
  }

  /// Drafts that nobody has written to for a week.
  private mutating func sweepDrafts() throws {
    let moment = vault.clock.now.seconds - 7 * 86_400
    do throws(StorageError) {
      guard try vault.folder.sweepDrafts(lastWrittenBefore: Int64(moment)) > 0 else { return }
    } catch {
      throw VaultError(error, while: "removing half-written files")
    }
    report.findings.removeAll { $0.path == Folder.drafts }
    try lookAtDrafts()
  }

  private static func ordered(_ findings: [Finding]) -> [Finding] {
    Set(findings).sorted { ($0.path, $0.reason) < ($1.path, $1.reason) }
  }
}

extension Check {
  /// What belongs in the vault's root.
  private static let top: [String: Listing.Kind] = [
    "casevault.json": .file, "README.txt": .file, "requests": .folder, "roster": .folder,
    "devices": .folder, "keyring": .folder, "cases": .folder, "index": .folder,
    "log": .folder, "shred": .folder, "enquiries": .folder, "tmp": .folder,
  ]

  private mutating func lookAtTop() throws {
    for entry in try vault.folder.listing(of: "").entries {
      if let name = entry.name, Self.top[name] == entry.kind { continue }
      report.findings.append(Finding(.stranger, entry.shown, "not a file of the vault"))
    }
    try lookAtDrafts()
  }

  /// Drafts that nobody has written to for an hour; others may be filing just now.
  private mutating func lookAtDrafts() throws {
    let moment = vault.clock.now.seconds - 3_600
    let drafts: Int
    do throws(StorageError) {
      drafts = try vault.folder.countDrafts(lastWrittenBefore: Int64(moment))
    } catch {
      throw VaultError(error, while: "looking at half-written files")
    }
    guard drafts > 0 else { return }
    report.findings.append(
      Finding(
        .unfinished, Folder.drafts, "\(drafts) half-written files of runs that did not finish"))
  }

  /// Every device's chain of unlock keys, from its first key (FORMAT §6.3).
  private mutating func lookAtChains(ofThoseWhoAsk newcomers: Set<Identifier>) throws {
    let devices = vault.roster.devices
    for entry in try vault.folder.listing(of: "devices").entries {
      if entry.kind == .folder, let id = entry.name.flatMap({ Identifier($0) }),
        devices[id] != nil || newcomers.contains(id)
      {
        continue
      }
      report.findings.append(
        Finding(.stranger, "devices/\(entry.shown)", "of no device on the roster"))
    }
    for (device, standing) in devices {
      let chain = DeviceChain.read(
        of: device, standing.keys, vault: vault.vault.id, of: vault.folder, vault.vault.copies,
        isComparing: true)
      report.findings += chain.findings
    }
  }

  /// What the folder shows, whatever this computer has seen: a copy in the home
  /// must not hide what is damaged for everybody else.
  private mutating func lookAtShare() throws {
    guard vault.vault.copies != nil else { return }
    do {
      let shown = try vault.vault.asTheFolderShowsIt()
      report.findings += shown.findings
      report.findings += try KeyringReading.read(shown, vault.identity).findings
      report.findings += try IndexReading.read(shown).findings
    } catch let error as VaultError where error.code == .damaged {
      report.findings.append(Finding(.damaged, "roster", error.message))
    }
  }

  /// The access log, as far as it is open to everybody (FORMAT §10.4).
  private mutating func lookAtLog() throws {
    do {
      report.findings += try LogStreams.read(vault.vault, home: vault.home).findings
    } catch let error as VaultError where error.code == .damaged {
      report.findings.append(Finding(.damaged, "log", error.message))
      report.findings += try LogStreams.read(vault.vault).findings
    }
  }

  /// Whatever lies in `shred` is a stranger's: a vault with anything there that
  /// a member signed was refused (FORMAT §5.2).
  private mutating func lookAtShred() throws {
    for plan in try vault.folder.listing(of: "shred").entries {
      let path = "shred/\(plan.shown)"
      guard plan.kind == .folder, let name = plan.name else {
        report.findings.append(Finding(.stranger, path, "not a file of the vault"))
        continue
      }
      for entry in try vault.folder.listing(of: "shred/\(name)").entries {
        report.findings.append(
          Finding(.stranger, "\(path)/\(entry.shown)", "signed by nobody on the roster"))
      }
    }
  }

  /// Enquiries, which a later program reads.
  private mutating func lookAtEnquiries() throws {
    for entry in try vault.folder.listing(of: "enquiries").entries {
      let isNamed = entry.kind == .file && entry.name.flatMap { Identifier($0) } != nil
      report.findings.append(
        Finding(
          .stranger, "enquiries/\(entry.shown)",
          isNamed ? "of a later casevault, if it is of one at all" : "not a file of the vault"))
    }
  }

  /// Case folders that the keyring knows nothing of.
  private mutating func lookForStrangers() throws {
    for shelf in try vault.folder.listing(of: "cases").entries {
      guard shelf.kind == .folder, let name = shelf.name, name.utf8.count == 2 else {
        report.findings.append(
          Finding(.stranger, "cases/\(shelf.shown)", "not a file of the vault"))
        continue
      }
      for entry in try vault.folder.listing(of: "cases/\(name)").entries {
        let path = "cases/\(name)/\(entry.shown)"
        guard entry.kind == .folder, let id = entry.name.flatMap({ Identifier($0) }),
          id.text.hasPrefix(name)
        else {
          report.findings.append(Finding(.stranger, path, "not a file of the vault"))
          continue
        }
        guard !vault.keyring.holds(id) else { continue }
        report.findings.append(Finding(.missing, path, "the keyring has no key for this case"))
      }
    }
  }
}

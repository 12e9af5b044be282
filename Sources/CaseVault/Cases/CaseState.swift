package import VaultFormat

/// A case as its records make it (design/vault.md §4): a fold, the same on
/// every machine that has the same records and roster.
package struct CaseState: Sendable {
  /// A record and what later ones did to it.
  package struct Entry: Sendable {
    package let record: Record
    package var replacedBy: [Identifier] = []
    package var withdrawnBy: [Identifier] = []
    /// Neither amended nor withdrawn.
    package var isCurrent: Bool { replacedBy.isEmpty && withdrawnBy.isEmpty }
    /// The day, where the record is work; known where the case was folded.
    fileprivate let workDay: CivilDate?

    fileprivate init(_ record: Record, workDay: CivilDate?) {
      self.record = record
      self.workDay = workDay
    }

    /// An entry as it was told.
    package init(record: Record, replacedBy: [Identifier], withdrawnBy: [Identifier]) {
      self.record = record
      self.replacedBy = replacedBy
      self.withdrawnBy = withdrawnBy
      workDay = nil
    }
  }

  package let caseID: Identifier
  package fileprivate(set) var details = CaseDetails([:])
  /// In order: parents first, then by work date, then by id.
  package fileprivate(set) var entries: [Entry] = []
  package fileprivate(set) var opened: CivilDate?
  package fileprivate(set) var lastWork: CivilDate?
  package fileprivate(set) var expires: CivilDate?
  package fileprivate(set) var findings: [Finding] = []

  package var isOpen: Bool { true }
  package var closed: CivilDate? { nil }

  /// The records that no other names as a parent, ascending.
  package var heads: [Identifier] { open.sorted() }

  /// A record and what later ones did to it; nil where it is not here.
  package func entry(of record: Identifier) -> Entry? { positions[record].map { entries[$0] } }

  /// The signatures of records that are here, in the order given.
  func signatures(of records: [Identifier]) -> [[UInt8]] {
    records.compactMap { record in positions[record].map { entries[$0].record.signature } }
  }

  private var open: Set<Identifier> = []
  private var positions: [Identifier: Int] = [:]
  private let policy: Policy
  private let vanished: Set<Identifier>
}

extension CaseState {
  /// Folds a case.
  ///
  /// - Parameters:
  ///   - records: verified ones, in any order.
  ///   - contents: of the openings and updates among them.
  ///   - policy: what counts as work, and for how long a case is kept.
  ///   - vanished: records that were seen and are gone; they change nothing but
  ///     what is said of them.
  package init(
    caseID: Identifier, records: [Record], contents: [Identifier: CaseDetails], policy: Policy,
    vanished: Set<Identifier> = []
  ) {
    self.caseID = caseID
    self.policy = policy
    self.vanished = vanished
    let known = Set(records.map(\.id))
    for record in Self.ordered(records, known) {
      place(record)
    }
    for index in entries.indices {
      let record = entries[index].record
      note(parentsOf: record, at: index)
      apply(record, contents[record.id])
    }
    foldWork()
  }

  /// Takes in a record that was made on top of everything here: it comes last.
  mutating func append(_ record: Record, content: CaseDetails?) {
    place(record)
    apply(record, content)
    foldWork()
  }

  private mutating func place(_ record: Record) {
    positions[record.id] = entries.count
    entries.append(Entry(record, workDay: workDay(of: record)))
    open.insert(record.id)
    open.subtract(record.manifest.parents)
  }

  /// What a record does to earlier ones and to what is known of the case.
  private mutating func apply(_ record: Record, _ content: CaseDetails?) {
    for target in record.manifest.replaces {
      guard let position = positions[target], entries[position].record.canBeReplaced
      else { continue }
      switch record.manifest.kind {
      case RecordKind.withdrawal: entries[position].withdrawnBy.append(record.id)
      case RecordKind.note, RecordKind.mail, RecordKind.scan:
        entries[position].replacedBy.append(record.id)
      // Nothing is folded from a kind that is not known (FORMAT §4.6).
      default: break
      }
    }
    if let content { take(content, from: record) }
  }

  private mutating func take(_ content: CaseDetails, from record: Record) {
    switch record.manifest.kind {
    case RecordKind.opening where opened == nil:
      opened = record.manifest.worked
      details = content
    case RecordKind.update: details.merge(content.withoutReference)
    default:
      findings.append(
        Finding(.forged, record.path, "opens a case that was open already; ignored"))
    }
  }

  /// The day of a record that is work, unless it lies after its recording.
  ///
  /// To amend is no work: what was amended still counts, on its own day.
  private mutating func workDay(of record: Record) -> CivilDate? {
    guard record.isWork(policy), record.manifest.replaces.isEmpty else { return nil }
    guard let recorded = try? record.manifest.recorded.day(in: policy.timeZone),
      record.manifest.worked <= recorded
    else {
      findings.append(
        Finding(.forged, record.path, "dated after it was recorded; not counted"))
      return nil
    }
    return record.manifest.worked
  }

  private mutating func foldWork() {
    lastWork = nil
    // By their places: a case may have thousands, and each filing comes by here.
    for index in entries.indices where entries[index].withdrawnBy.isEmpty {
      guard let day = entries[index].workDay, lastWork.map({ $0 < day }) ?? true else { continue }
      lastWork = day
    }
    expires = lastWork.map(policy.expires(lastWork:))
  }

  private mutating func note(parentsOf record: Record, at index: Int) {
    let parents = record.manifest.parents.compactMap { parent in
      positions[parent].map { entries[$0].record.signature }
    }
    if parents.count == record.manifest.parents.count, let seen = record.manifest.seen,
      seen != seenHash(parents)
    {
      findings.append(
        Finding(
          .forged, record.path,
          "was written on top of a record that its author has replaced since"))
    }
    for parent in record.manifest.parents {
      if positions[parent] == nil {
        findings.append(absence(of: parent, named: record))
      } else if let position = positions[parent], position >= index {
        findings.append(Finding(.forged, record.path, "names a later record as its parent"))
      }
    }
  }

  /// What was seen has vanished; what never was may be on its way.
  private func absence(of parent: Identifier, named record: Record) -> Finding {
    vanished.contains(parent)
      ? Finding(
        .missing, record.path,
        "names record \(parent.text.prefix(10)), which has vanished")
      : Finding(
        .notYet, record.path,
        "names record \(parent.text.prefix(10)), which has not yet arrived")
  }

  /// Kahn's order: of those whose parents are all placed, the one with the
  /// earliest work date, then the lowest id.
  private static func ordered(_ records: [Record], _ known: Set<Identifier>) -> [Record] {
    var unplaced: [Identifier: Int] = [:]
    var children: [Identifier: [Record]] = [:]
    var ready: [Record] = []
    for record in records {
      let parents = record.manifest.parents.filter(known.contains)
      unplaced[record.id] = parents.count
      if parents.isEmpty { ready.append(record) }
      for parent in parents { children[parent, default: []].append(record) }
    }
    // Kept in descending order, so that the next one is taken from the end.
    func precedes(_ left: Record, _ right: Record) -> Bool {
      (left.manifest.worked, left.id) > (right.manifest.worked, right.id)
    }
    ready.sort(by: precedes)
    var order: [Record] = []
    while let next = ready.popLast() {
      order.append(next)
      for child in children[next.id] ?? [] {
        unplaced[child.id, default: 1] -= 1
        guard unplaced[child.id] == 0 else { continue }
        let place = ready.firstIndex { precedes(child, $0) } ?? ready.endIndex
        ready.insert(child, at: place)
      }
    }
    guard order.count < records.count else { return order }
    return order + broken(records, placed: Set(order.map(\.id)), known)
  }

  /// The records that a circle of parents holds up, which only a forger makes.
  ///
  /// Of those that remain when the ones that no other names are taken off again
  /// and again, the first is folded as if its parents were; then the order goes
  /// on. So what honest members built on a circle keeps its order (FORMAT §4.7).
  private static func broken(
    _ records: [Record], placed: Set<Identifier>, _ known: Set<Identifier>
  ) -> [Record] {
    let left = records.filter { !placed.contains($0.id) }
    var core = left
    while true {
      let named = Set(core.flatMap(\.manifest.parents))
      let rest = core.filter { named.contains($0.id) }
      if rest.count == core.count { break }
      core = rest
    }
    let first = core.min {
      ($0.manifest.worked, $0.id) < ($1.manifest.worked, $1.id)
    }
    guard let first else { return left.sorted { $0.id < $1.id } }
    let others = left.filter { $0.id != first.id }
    return [first] + ordered(others, known.subtracting(placed).subtracting([first.id]))
  }
}

extension Record {
  /// Openings and updates are changed by later updates, withdrawals by nothing.
  package var canBeReplaced: Bool {
    ![RecordKind.opening, RecordKind.update, RecordKind.withdrawal].contains(manifest.kind)
  }

  /// Whether the record is work in the policy's sense (design/vault.md §8).
  package func isWork(_ policy: Policy) -> Bool {
    guard author.role.holdsMasterKey else { return false }
    let kind =
      manifest.kind == RecordKind.mail
      ? "mail-\(manifest.details["direction"]?.string ?? "")" : manifest.kind
    return policy.work.contains(kind)
  }
}

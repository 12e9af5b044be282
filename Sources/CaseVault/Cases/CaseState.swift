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
  package var heads: [Identifier] {
    let parents = Set(entries.flatMap(\.record.manifest.parents))
    return entries.map(\.record.id).filter { !parents.contains($0) }.sorted()
  }
}

extension CaseState {
  /// Folds a case.
  ///
  /// - Parameters:
  ///   - records: verified ones, in any order.
  ///   - contents: of the openings and updates among them.
  ///   - policy: what counts as work, and for how long a case is kept.
  package init(
    caseID: Identifier, records: [Record], contents: [Identifier: CaseDetails], policy: Policy
  ) {
    self.caseID = caseID
    let known = Set(records.map(\.id))
    entries = Self.ordered(records, known).map { Entry(record: $0) }
    let positions = Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { ($1.record.id, $0) })
    for index in entries.indices {
      let record = entries[index].record
      note(missingParentsOf: record, known)
      for target in record.manifest.replaces {
        guard let position = positions[target] else { continue }
        if record.manifest.kind == RecordKind.withdrawal {
          entries[position].withdrawnBy.append(record.id)
        } else {
          entries[position].replacedBy.append(record.id)
        }
      }
      if let content = contents[record.id] { take(content, from: record) }
    }
    foldWork(policy)
  }

  private mutating func take(_ content: CaseDetails, from record: Record) {
    switch record.manifest.kind {
    case RecordKind.opening where opened == nil:
      opened = record.manifest.worked
      details = content
    case RecordKind.update: details.merge(content)
    default:
      findings.append(
        Finding(.forged, path(of: record), "opens a case that was open already; ignored"))
    }
  }

  private mutating func foldWork(_ policy: Policy) {
    for entry in entries where entry.isCurrent && entry.record.isWork(policy) {
      let worked = entry.record.manifest.worked
      guard let recorded = try? entry.record.manifest.recorded.day(in: policy.timeZone),
        worked <= recorded
      else {
        findings.append(
          Finding(.forged, path(of: entry.record), "dated after it was recorded; not counted"))
        continue
      }
      lastWork = max(lastWork ?? worked, worked)
    }
    expires = lastWork.map(policy.expires(lastWork:))
  }

  private mutating func note(missingParentsOf record: Record, _ known: Set<Identifier>) {
    for parent in record.manifest.parents where !known.contains(parent) {
      findings.append(
        Finding(
          .missing, path(of: record),
          "names record \(parent.text.prefix(10)), which is not here"))
    }
  }

  private func path(of record: Record) -> String {
    "\(CaseKey.folder(of: caseID))/\(record.name.text)"
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
    return order
  }
}

/// The kinds of record that this program folds (FORMAT §4.6).
package enum RecordKind {
  package static let opening = "opening"
  package static let update = "update"
  package static let note = "note"
  package static let mail = "mail"
  package static let scan = "scan"
  package static let withdrawal = "withdrawal"
}

extension Record {
  /// Whether the record is work in the policy's sense (design/vault.md §8).
  package func isWork(_ policy: Policy) -> Bool {
    guard author.role.holdsMasterKey else { return false }
    let kind =
      manifest.kind == RecordKind.mail
      ? "mail-\(manifest.details["direction"]?.string ?? "")" : manifest.kind
    return policy.work.contains(kind)
  }
}

internal import VaultFormat

/// The index as it is in memory: the opened rows of each segment, so that the
/// next look reads only the segments that are new.
struct LoadedIndex {
  /// With the cases that no row covers.
  var index = Index()
  /// When it was last brought up to date, in seconds since 1970; nil before the first time.
  var readAt: Int?
  /// This device's segments that no later one replaces.
  var own: [Identifier: IndexSegment] = [:]
  /// By segment, its device and the rows whose case has no key yet.
  private var waiting: [Identifier: (device: Identifier, rows: [SealedRow])] = [:]
  private var rows: [Identifier: [(caseID: Identifier, entry: Index.Entry)]] = [:]
  /// By device, the segments that need not be read again.
  private(set) var known: [Identifier: Set<Identifier>] = [:]
  private var union: Index?

  /// Takes in a segment; its rows are opened later.
  mutating func take(_ id: Identifier, _ segment: IndexSegment) {
    known[segment.device, default: []].insert(id)
    waiting[id] = (segment.device, segment.rows)
  }

  /// Opens the rows whose case has a key by now.
  mutating func openWaiting(
    _ holds: (Identifier) -> Bool, _ open: (SealedRow, Identifier) -> IndexRow?
  ) {
    for (id, (device, sealed)) in waiting {
      let later = sealed.filter { !holds($0.caseID) }
      waiting[id] = later.isEmpty ? nil : (device, later)
      let entries = sealed.compactMap { row -> (caseID: Identifier, entry: Index.Entry)? in
        guard holds(row.caseID), let opened = open(row, device) else { return nil }
        return (row.caseID, Index.Entry(opened))
      }
      rows[id, default: []] += entries
      for (caseID, entry) in entries { union?.take(entry, of: caseID) }
    }
  }

  /// Lets the rows of segments go that their own device has replaced.
  mutating func drop(_ ids: Set<Identifier>, of device: Identifier) {
    known[device, default: []].formUnion(ids)
    for id in ids where rows[id] != nil || own[id] != nil || waiting[id] != nil {
      // A list that names another device's is without effect.
      guard known.allSatisfy({ $0 == device || !$1.contains(id) }) else { continue }
      own[id] = nil
      waiting[id] = nil
      if rows.removeValue(forKey: id) != nil { union = nil }
    }
  }

  /// Puts a segment that this device just published in the place of those that it
  /// replaces, without opening their rows again.
  mutating func put(
    _ id: Identifier, _ segment: IndexSegment, of fresh: [(caseID: Identifier, entry: Index.Entry)]
  ) {
    known[segment.device, default: []].insert(id)
    let settled = Set(fresh.map(\.caseID))
    rows[id] =
      fresh
      + segment.replaced.flatMap { rows[$0] ?? [] }.filter { !settled.contains($0.caseID) }
    let later = segment.replaced.flatMap { waiting[$0]?.rows ?? [] }
    if !later.isEmpty { waiting[id] = (segment.device, later) }
    drop(Set(segment.replaced), of: segment.device)
    own[id] = segment
    union = nil
    for (caseID, entry) in fresh { index.take(entry, of: caseID) }
  }

  /// The rows that say most, by case.
  var stored: Index {
    mutating get {
      if let union { return union }
      var fresh = Index()
      for (caseID, entry) in rows.values.joined() { fresh.take(entry, of: caseID) }
      union = fresh
      return fresh
    }
  }
}

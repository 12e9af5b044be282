internal import CaseVault
internal import VaultFormat

/// The names of the records that stand in one folder of a case.
enum NameTable {
  /// Names for records, each once, whatever capitals are worth.
  ///
  /// Of records that would be called the same, the one that was filed first keeps the name.
  ///
  /// - Parameter entries: those that count today.
  static func names(
    of entries: [CaseState.Entry], in view: CaseView
  ) -> [(name: String, entry: CaseState.Entry)] {
    var taken: Set<String> = []
    let origins = origins(in: view)
    let places = Dictionary(
      view.entries.enumerated().map { ($1.record.id, $0) }
    ) { first, _ in first }
    let branches = branches(in: view, places)
    func branch(_ entry: CaseState.Entry) -> Identifier {
      branches[entry.record.id] ?? entry.record.id
    }
    // Of two in one second, the one that the other was filed upon.
    func place(_ entry: CaseState.Entry) -> (Int, Int, Int) {
      let origin = origins[entry.record.id]
      return (
        origin?.at ?? 0, origin.flatMap { places[$0.record] } ?? 0, places[branch(entry)] ?? 0
      )
    }
    let ordered = entries.sorted { place($0) < place($1) }
    return ordered.map { entry in
      let plain = FileNames.name(of: entry.record.manifest)
      var name = plain
      var letters = 4
      while !taken.insert(FileNames.folded(name)).inserted {
        // Versions made apart have one origin: what began each of them tells them apart.
        name = FileNames.marked(plain, String(branch(entry).text.prefix(letters)))
        letters += 2
      }
      return (name, entry)
    }
  }

  /// For each record, what began its branch: where a version was changed twice apart, the one that came
  /// second. Whoever goes on with one of them finds it under the name that it had.
  private static func branches(
    in view: CaseView, _ places: [Identifier: Int]
  ) -> [Identifier: Identifier] {
    var branches: [Identifier: Identifier] = [:]
    var continued: Set<Identifier> = []
    for record in view.entries.map(\.record) where record.manifest.kind != RecordKind.withdrawal {
      let open = record.manifest.replaces.filter { !continued.contains($0) }
        .compactMap { branches[$0] }
      branches[record.id] = open.min { places[$0] ?? 0 < places[$1] ?? 0 } ?? record.id
      continued.formUnion(record.manifest.replaces)
    }
    return branches
  }

  /// For each record, the first version of what it is a version of, and when that was recorded.
  private static func origins(
    in view: CaseView
  ) -> [Identifier: (record: Identifier, at: Int)] {
    var origins: [Identifier: (record: Identifier, at: Int)] = [:]
    // Parents come first, and what a record replaces is among what it was built upon.
    for entry in view.entries {
      let record = entry.record
      let own = (record: record.id, at: record.manifest.recorded.seconds)
      origins[record.id] =
        record.manifest.replaces.compactMap { origins[$0] }.min { $0.at < $1.at } ?? own
    }
    return origins
  }

  /// The versions of records that do not count any more, the newest first, with their names.
  ///
  /// Of several that one open file made, the last is listed.
  static func versions(
    of kind: String, in view: CaseView
  ) -> [(name: String, entry: CaseState.Entry)] {
    let bySitting = Dictionary(
      view.entries.compactMap { entry in sitting(of: entry).map { (entry.record.id, $0) } }
    ) { first, _ in first }
    let old = view.entries.filter { entry in
      guard entry.record.manifest.kind == kind, !entry.isCurrent else { return false }
      guard let sitting = sitting(of: entry) else { return true }
      return !entry.replacedBy.contains { bySitting[$0] == sitting }
    }
    return old.reversed().map { entry in
      let time = entry.record.manifest.recorded.text.prefix(19)
        .replacing("T", with: " ").replacing(":", with: ".")
      let mark = "\(time) \(entry.record.id.text.prefix(4))"
      return (FileNames.marked(FileNames.name(of: entry.record.manifest), mark), entry)
    }
  }

  private static func sitting(of entry: CaseState.Entry) -> String? {
    entry.record.manifest.details["sitting"]?.string
  }
}

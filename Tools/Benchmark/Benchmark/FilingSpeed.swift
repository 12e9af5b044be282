internal import CaseVault
internal import Exchange
internal import VaultFormat

/// Files a whole corpus in one process, through the functions that the commands
/// call, each content read from its file as the commands read it.
struct FilingSpeed {
  private let corpus: Corpus
  private let path: String

  init(_ corpus: Corpus, at path: String) {
    self.corpus = corpus
    self.path = path
  }

  /// Counts from the open identity to the last sync. The passphrase's derivation
  /// is apart, and so is the founding, which is there once in a vault's life.
  func measure() throws {
    let office = try Office.make(at: path)
    let cases = try corpus.cases()
    var tally = Tally()
    var times = Times()
    try times.measure { try file(cases, in: office, &tally) }
    report("filing.seconds", times.best)
    report("filing.records", Double(tally.records))
    report("filing.commits", Double(tally.commits))
    report("filing.in_commit_seconds", tally.inCommit)
    report("filing.mb_per_s", Double(tally.bytes) / 1e6 / times.best)
    report("overhead.plain_bytes", Double(tally.bytes))
    report("overhead.record_percent", percent(tally.stored, over: tally.bytes))
    report("overhead.scan_percent", percent(tally.scanStored, over: tally.scanBytes))
    report("overhead.scan_mean_percent", tally.scanPercents / Double(max(tally.scans, 1)))
  }

  private struct Tally {
    var records = 0
    var commits = 0
    var inCommit = 0.0
    var bytes = 0
    var stored = 0
    var scans = 0
    var scanBytes = 0
    var scanStored = 0
    var scanPercents = 0.0
  }

  private func file(_ cases: [String], in office: Office, _ tally: inout Tally) throws {
    let filing = Filing(in: office.vault)
    let today = try office.vault.today()
    for (number, folder) in cases.enumerated() {
      let opening = try filing.open(office.details(number), worked: today).opening
      tally.stored += try RecordLayout(length: opening.manifest.length).fileSize
      tally.records += 1
      for kind in Corpus.Kind.allCases {
        for index in 0..<kind.count {
          let source = try SourceFile("\(folder)/\(kind.rawValue)-\(index)")
          let record = try filing.add(record(kind, source, today), to: opening.caseID)
          try count(record, kind, &tally)
          if filing.isFull { try commit(filing, &tally) }
        }
      }
    }
    try commit(filing, &tally)
  }

  private func commit(_ filing: Filing, _ tally: inout Tally) throws {
    var times = Times()
    try times.measure { try filing.commit() }
    tally.inCommit += times.best
    tally.commits += 1
  }

  private func record(_ kind: Corpus.Kind, _ source: SourceFile, _ day: CivilDate) -> NewRecord {
    NewRecord(
      kind: kind.rawValue, title: source.name,
      mediaType: kind == .scan ? "application/pdf" : "text/plain",
      details: kind == .mail ? ["direction": "sent"] : [:], worked: day,
      content: source.content())
  }

  private func count(_ record: Record, _ kind: Corpus.Kind, _ tally: inout Tally) throws {
    let layout = try RecordLayout(length: record.manifest.length)
    tally.records += 1
    tally.bytes += layout.length
    tally.stored += layout.fileSize
    guard kind == .scan else { return }
    tally.scans += 1
    tally.scanBytes += layout.length
    tally.scanStored += layout.fileSize
    tally.scanPercents += percent(layout.fileSize, over: layout.length)
  }

  private func percent(_ stored: Int, over plain: Int) -> Double {
    (Double(stored) / Double(max(plain, 1)) - 1) * 100
  }
}

/// Verifies every record of a vault to its last chunk.
func measureCheck(at path: String) throws {
  let office = try Office(openedAt: path)
  var bytes = 0
  var times = Times()
  try times.measure {
    let checked = try Check.run(office.vault, isDeep: true, repair: false)
    bytes = checked.bytes
    if !checked.findings.isEmpty { print("check.findings", checked.findings.count) }
  }
  report("check.seconds", times.best)
  report("check.mb_per_s", bytes, in: times)
}

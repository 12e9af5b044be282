import CaseVault
import Sealing
import Storage
import SystemPackage
import TestSupport
import Testing
import VaultFormat

/// The first change to the file system fails, then the second, … until a run
/// is clean. After each run everything acknowledged before is there and
/// verifies, nothing half-done counts, and doing it again succeeds.
@Suite struct FaultLoopTests {
  enum Fault: String, CaseIterable {
    case full, broken, torn, crash

    func plan(_ nth: Int) -> Faults.Plan {
      switch self {
      case .full: .fail(nth: nth, .noSpace)
      case .broken: .fail(nth: nth, .ioError)
      case .torn: .tornWrite(nth: nth)
      case .crash: .crash(after: nth)
      }
    }
  }

  /// Runs until the fault no longer strikes; the first run must be struck.
  ///
  /// - Parameter step: more than 1 leaves some out, other ones for each fault.
  private func untilClean(
    _ fault: Fault, step: Int = 1, _ run: (Faults) throws -> Void
  ) throws {
    let offset = (Fault.allCases.firstIndex(of: fault) ?? 0) % step
    for nth in stride(from: 1 + offset, through: 900, by: step) {
      let faults = Faults(fault.plan(nth))
      try run(faults)
      if !faults.struck {
        #expect(nth > 1)
        return
      }
    }
    Issue.record("no run was clean")
  }

  /// What was acknowledged, and how to see that it is there.
  private struct Ledger {
    var records: [(record: Record, content: [UInt8])] = []
    var cases: [Identifier] = []
  }

  /// Opens the vault as the next command does, and looks at all of it.
  private func expectWhole(
    _ office: Office, _ ledger: Ledger, _ comment: Comment, isLast: Bool = false,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let vault = try office.open()
    vault.completeFilings()
    let index = try vault.index()
    for id in ledger.cases {
      #expect(index[id] != nil, comment, sourceLocation: location)
    }
    // The deep check looks at all; contents are compared for the last.
    for (record, content) in ledger.records.suffix(isLast ? .max : 4) {
      let file = try vault.caseFile(record.caseID)
      #expect(
        try vault.reader(of: record, in: file).content(atMost: 1 << 24) == content, comment,
        sourceLocation: location)
    }
    let report = try Check.run(office.open(), isDeep: true, repair: false)
    // A key whose case never came, drafts, nothing else.
    #expect(
      report.findings.allSatisfy { $0.kind == .unfinished }, "\(comment): \(report.findings)",
      sourceLocation: location)
  }

  @Test(arguments: Fault.allCases)
  func vaultIsMadeWholeOrNotAtAll(fault: Fault) throws {
    let founding = Founding(
      service: "Advice Place", manager: "Mara",
      cost: try PassphraseCost(passes: 1, memory: 8 << 20),
      time: Timestamp(Office.noon)!)
    try untilClean(fault) { faults in
      let folder = try TemporaryFolder()
      let share = folder.share("vault")
      try folder.share().makeFolder("home")
      let opened = try Folder(folder.share("home").path)
      let home = Home(identities: opened, state: opened)
      let made = Result {
        try founding.makeVault(
          at: share.path, home: home, passphrase: try Office.passphrase(), faults: faults)
      }
      if case .success(let id) = made {
        // Acknowledged: it opens.
        #expect(try Self.check(share, home, id).findings.isEmpty)
      } else {
        #expect(faults.struck)
        if case .failure(let error) = made { #expect((error as? VaultError)?.code == .failed) }
        if share.exists("casevault.json") {
          let id = try Vault(Folder(share.path)).id
          #expect(try Self.check(share, home, id).findings.isEmpty)
        } else {
          #expect(!share.exists(""))
          let id = try founding.makeVault(
            at: share.path, home: home, passphrase: try Office.passphrase())
          #expect(try Self.check(share, home, id).findings.isEmpty)
        }
        // Without a crash nothing is left beside it.
        if !faults.crashed {
          #expect(folder.share().names().filter { $0.hasPrefix(".") }.isEmpty)
        }
      }
    }
  }

  private static func check(
    _ share: Share, _ home: Home, _ id: Identifier
  ) throws -> Check.Report {
    let identity = try Identity.open(
      home.identityFile(of: id), with: try Office.passphrase())
    let vault = try OpenVault(
      Vault(Folder(share.path)), identity: identity, home: home)
    return try Check.run(vault, isDeep: true, repair: false)
  }

  @Test(arguments: Fault.allCases)
  func vaultWhoseHomeFailsIsNotMade(fault: Fault) throws {
    let founding = Founding(
      service: "Advice Place", manager: "Mara",
      cost: try PassphraseCost(passes: 1, memory: 8 << 20),
      time: Timestamp(Office.noon)!)
    try untilClean(fault) { faults in
      let folder = try TemporaryFolder()
      let share = folder.share("vault")
      try folder.share().makeFolder("home")
      let failing = try Folder(folder.share("home").path, faults: faults)
      let good = try Folder(folder.share("home").path)
      let made = Result {
        try founding.makeVault(
          at: share.path, home: Home(identities: failing, state: failing),
          passphrase: try Office.passphrase())
      }
      let home = Home(identities: good, state: good)
      if case .failure = made {
        #expect(faults.struck)
        #expect(!share.exists(""))
        let id = try founding.makeVault(
          at: share.path, home: home, passphrase: try Office.passphrase())
        #expect(try Self.check(share, home, id).findings.isEmpty)
      } else {
        let id = try made.get()
        #expect(try Self.check(share, home, id).findings.isEmpty)
      }
    }
  }

  @Test(arguments: Fault.allCases)
  func caseIsOpenedWholeOrNotAtAll(fault: Fault) throws {
    let office = try Office()
    var ledger = Ledger()
    try untilClean(fault) { faults in
      let vault = try office.open(faults: faults)
      if let id = try? office.openCase(in: vault) {
        ledger.cases.append(id)
      } else {
        #expect(faults.struck)
      }
      try expectWhole(office, ledger, "\(faults.trace.last ?? "")")
      ledger.cases.append(try office.openCase())
    }
    try expectWhole(office, ledger, "at the end", isLast: true)
  }

  @Test(arguments: Fault.allCases)
  func noteIsFiledWholeOrNotAtAll(fault: Fault) throws {
    let office = try Office()
    let caseID = try office.openCase()
    var ledger = Ledger(cases: [caseID])
    try untilClean(fault) { faults in
      let content = pattern(4_000 + ledger.records.count)
      let vault = try office.open(faults: faults)
      if let record = try? office.note(content, in: caseID, vault: vault) {
        ledger.records.append((record, content))
      } else {
        #expect(faults.struck)
      }
      try expectWhole(office, ledger, "\(faults.trace.last ?? "")")
      ledger.records.append((try office.note(content, in: caseID), content))
      // The row counts what is there, acknowledged or not.
      let after = try office.open()
      #expect(
        try after.index()[caseID]?.recordCount == after.caseFile(caseID).state.entries.count)
    }
    try expectWhole(office, ledger, "at the end", isLast: true)
  }

  /// Two cases and twenty records in one filing.
  private func fileBulk(_ vault: OpenVault) throws -> Ledger {
    var ledger = Ledger()
    let filing = Filing(in: vault)
    let cases = try (0..<2).map { _ in
      try filing.open(Office.details(), worked: vault.today()).opening.caseID
    }
    for number in 0..<20 {
      let content = pattern(number * 100)
      let record = try filing.add(
        NewRecord(
          kind: RecordKind.note, title: "\(number)", mediaType: "text/plain",
          worked: vault.today(), content: .bytes(content)), to: cases[number % 2])
      ledger.records.append((record, content))
    }
    try filing.commit()
    ledger.cases = cases
    return ledger
  }

  @Test(arguments: Fault.allCases)
  func bulkIsFiledWholeRecordByRecord(fault: Fault) throws {
    // Some two hundred calls; each run makes a vault of its own.
    try untilClean(fault, step: fault == .torn ? 1 : 9) { faults in
      let office = try Office()
      let before = try office.openCase()
      var ledger = Ledger(cases: [before])
      let vault = try office.open(faults: faults)
      if let filed = try? fileBulk(vault) {
        ledger.cases += filed.cases
        ledger.records += filed.records
      } else {
        #expect(faults.struck)
      }
      try expectWhole(office, ledger, "\(faults.trace.last ?? "")")
      guard faults.count % 5 == 0 else { return }
      let again = try fileBulk(office.open())
      ledger.cases += again.cases
      ledger.records += again.records
      try expectWhole(office, ledger, "again after \(faults.trace.last ?? "")", isLast: true)
    }
  }

  @Test(arguments: Fault.allCases)
  func homeThatFailsLosesNothing(fault: Fault) throws {
    let office = try Office()
    let caseID = try office.openCase()
    var ledger = Ledger(cases: [caseID])
    try untilClean(fault) { faults in
      let content = pattern(100 + ledger.records.count)
      // The program ends: whoever opens the home while it runs shares its log.
      func file() throws -> Record? {
        let home = try office.home("home", faults: faults)
        return try? office.note(content, in: caseID, vault: office.open(home: home))
      }
      if let record = try file() {
        ledger.records.append((record, content))
      } else {
        #expect(faults.struck)
      }
      try expectWhole(office, ledger, "\(faults.trace.last ?? "")")
      ledger.records.append((try office.note(content, in: caseID), content))
    }
    try expectWhole(office, ledger, "at the end", isLast: true)
  }

  @Test(arguments: Fault.allCases)
  func indexIsRepairedOnTheSecondTry(fault: Fault) throws {
    try untilClean(fault) { faults in
      let office = try Office()
      var ledger = Ledger()
      for _ in 0..<3 { ledger.cases.append(try office.openCase()) }
      try office.share.remove("index")
      _ = try? Check.run(office.open(faults: faults), isDeep: false, repair: true)
      #expect(try office.open().index().all.count == 3)
      _ = try Check.run(office.open(), isDeep: false, repair: true)
      #expect(try office.findings(.stale).isEmpty)
      for id in ledger.cases {
        #expect(try office.open().index()[id]?.recordCount == 1)
      }
      #expect(try office.deepFindings().allSatisfy { $0.kind == .unfinished })
    }
  }

  @Test(arguments: Fault.allCases)
  func mergingSegmentsLosesNoKeyAndNoRow(fault: Fault) throws {
    let office = try Office()
    var ledger = Ledger()
    for _ in 0..<5 { ledger.cases.append(try office.openCase()) }
    for nth in 1...600 {
      let faults = Faults(fault.plan(nth))
      let vault = try office.open(faults: faults)
      // Several in one process: its own segments are merged as it goes.
      for _ in 0..<2 {
        if let id = try? office.openCase(in: vault) { ledger.cases.append(id) }
      }
      if nth % 8 == 0 || !faults.struck {
        try expectWhole(office, ledger, "\(faults.trace.last ?? "")")
      }
      if !faults.struck { return }
    }
    Issue.record("no run was clean")
  }
}

import Storage
import SystemPackage
import Testing

/// The first call fails, then the second, … until a run is clean. After each run every file is there
/// whole or not at all, and running again finishes.
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
  private func untilClean(
    _ fault: Fault, _ missing: Set<Faults.Ability>,
    _ run: (_ scratch: Scratch, _ faults: Faults) throws -> Void
  ) throws {
    for nth in 1...1000 {
      let faults = Faults(fault.plan(nth), missing: missing)
      try run(Scratch(inMemory: true), faults)
      if !faults.struck {
        #expect(nth > 1)
        return
      }
    }
    Issue.record("no run was clean")
  }

  private let batch = (0..<10).map { number in
    (
      text: String(repeating: "\(number)", count: 10 + number),
      path: "cases/\(number % 3)/\(number)"
    )
  }

  @Test(arguments: Fault.allCases, worlds)
  func batchIsPublishedWholeOrNotAtAll(fault: Fault, missing: Set<Faults.Ability>) throws {
    try untilClean(fault, missing) { scratch, faults in
      let outcome = Result {
        let folder = try scratch.folder(faults)
        try folder.publish(batch.map { (try folder.draft(holding: bytes($0.text)), $0.path) })
      }
      for (text, path) in batch {
        let there = scratch.text(path)
        #expect(there == text || (there == nil && faults.struck))
      }
      #expect(faults.struck || (try? outcome.get()) != nil)
      if !faults.crashed && missing.isEmpty {
        #expect(scratch.names("tmp").count <= 1)
      }

      let again = try scratch.folder()
      for (text, path) in batch { try again.publish(bytes(text), at: path) }
      for (text, path) in batch { #expect(scratch.text(path) == text) }
    }
  }

  @Test(arguments: Fault.allCases, worlds)
  func fileIsPublishedWholeOrNotAtAll(fault: Fault, missing: Set<Faults.Ability>) throws {
    try untilClean(fault, missing) { scratch, faults in
      let outcome = Result {
        try scratch.folder(faults).publish(bytes("statement"), at: "roster/name")
      }
      let there = scratch.text("roster/name")
      #expect(there == "statement" || there == nil)
      if case .success = outcome { #expect(there == "statement") }
      try scratch.folder().publish(bytes("statement"), at: "roster/name")
      #expect(scratch.text("roster/name") == "statement")
    }
  }

  @Test(arguments: Fault.allCases)
  func replacedFileIsTheOldOrTheNew(fault: Fault) throws {
    try untilClean(fault, []) { scratch, faults in
      try scratch.folder().replace(bytes("old"), at: "home/state")
      let outcome = Result {
        try scratch.folder(faults).replace(bytes("new"), at: "home/state")
      }
      let there = scratch.text("home/state")
      #expect(there == "new" || there == "old")
      if case .success = outcome { #expect(there == "new") }
      try scratch.folder().replace(bytes("new"), at: "home/state")
      #expect(scratch.text("home/state") == "new")
    }
  }

  @Test(arguments: Fault.allCases)
  func folderIsBuiltWholeOrNotAtAll(fault: Fault) throws {
    func build(_ scratch: Scratch, _ faults: Faults?) throws {
      try Folder.build(at: scratch.at("vault"), faults: faults) { folder in
        try folder.makeFolder("cases")
        try folder.publish(bytes("{}"), at: "casevault.json")
        try folder.publish(bytes("first"), at: "roster/first")
      }
    }
    try untilClean(fault, []) { scratch, faults in
      let outcome = Result { try build(scratch, faults) }
      let whole = scratch.text("vault/roster/first") == "first"
      #expect(whole || !scratch.names().contains("vault"))
      if case .success = outcome { #expect(whole) }
      if !whole { try build(scratch, nil) }
      #expect(scratch.names("vault") == ["cases", "casevault.json", "roster", "tmp"])
    }
  }

  @Test(arguments: Fault.allCases)
  func outputIsThereWholeOrNotAtAll(fault: Fault) throws {
    func put(_ scratch: Scratch, _ faults: Faults?) throws {
      let file = try OutputFile(scratch.at("letter.pdf"), faults: faults)
      try file.append(bytes("first half, "))
      try file.append(bytes("second half"))
      try file.commit()
    }
    try untilClean(fault, []) { scratch, faults in
      let outcome = Result { try put(scratch, faults) }
      let there = scratch.text("letter.pdf")
      #expect(there == nil || there == "first half, second half")
      if case .success = outcome { #expect(there != nil) }
      if there == nil { try put(scratch, nil) }
      #expect(scratch.text("letter.pdf") == "first half, second half")
    }
  }

  @Test(arguments: Fault.allCases.filter { $0 != .torn })
  func foldersAreMadeOnTheSecondTry(fault: Fault) throws {
    try untilClean(fault, []) { scratch, faults in
      _ = try? scratch.folder(faults).makeFolder("a/b/c")
      try scratch.folder().makeFolder("a/b/c")
      #expect(scratch.names("a/b") == ["c"])
    }
  }

  @Test func afterCrashNothingMoreHappens() throws {
    let scratch = try Scratch()
    let faults = Faults(.crash(after: 4))
    let folder = try scratch.folder(faults)
    let draft = try folder.draft(holding: [1])
    expect(.crashed) { try folder.publish([(draft, "file")]) }
    draft.discard()
    expect(.crashed) { try folder.makeFolder("later") }
    #expect(scratch.names() == ["tmp"])
    #expect(scratch.names("tmp").count == 1)
  }
}

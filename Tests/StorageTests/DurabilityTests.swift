import Storage
import SystemPackage
import Testing

/// What is asked of the file system, in which order (FORMAT.md §13).
@Suite struct DurabilityTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func bytesAreDurableBeforeNamesAndNamesBeforeTheAnswer() throws {
    let faults = Faults(.none)
    let folder = try scratch.folder(faults)
    let drafts = try ["a", "b"].map { (try folder.draft(holding: bytes($0)), "cases/ab/\($0)") }
    let begun = faults.trace.count
    try folder.publish(drafts)
    let steps = faults.trace.dropFirst(begun).map {
      // The drafts' names are random.
      $0.hasPrefix("sync tmp/") ? "sync draft" : $0.hasPrefix("close tmp/") ? "close draft" : $0
    }
    #expect(
      steps == [
        "makeFolder cases", "makeFolder cases/ab",
        "sync draft", "close draft", "sync draft", "close draft",
        "rename cases/ab/a", "rename cases/ab/b",
        "sync cases/ab", "sync ", "sync cases",
      ])
  }

  @Test func madeFoldersAreDurable() throws {
    let faults = Faults(.none)
    try scratch.folder(faults).makeFolder("a/b")
    #expect(faults.trace == ["makeFolder a", "makeFolder a/b", "sync ", "sync a"])
  }

  @Test func fileThatReadsBackOtherwiseLosesItsName() throws {
    let folder = try scratch.folder()
    let draft = try folder.draft(holding: bytes("written"))
    let name = try #require(scratch.names("tmp").first)
    try scratch.plant("damaged", at: "tmp/\(name)")
    expect(.changed) { try folder.publish([(draft, "file")]) }
    #expect(scratch.names() == ["tmp"])
  }

  @Test func headsAreReadBackToo() throws {
    let folder = try scratch.folder()
    let draft = try folder.draft(readBack: .head(4))
    try draft.append(bytes("written"))
    let name = try #require(scratch.names("tmp").first)
    try scratch.plant("wriXten", at: "tmp/\(name)")
    expect(.changed) { try folder.publish([(draft, "file")]) }
    #expect(!folder.exists("file"))
  }

  @Test func draftThatLostBytesGetsNoName() throws {
    let folder = try scratch.folder()
    let draft = try folder.draft(readBack: .head(0))
    try draft.append(bytes("written"))
    let name = try #require(scratch.names("tmp").first)
    try scratch.plant("writ", at: "tmp/\(name)")
    let error = #expect(throws: StorageError.self) { try folder.publish([(draft, "file")]) }
    #expect(error?.reason == .changed)
    #expect(error?.operation == .sync)
    #expect(!folder.exists("file"))
  }

  @Test func fileThatGrowsOnceNamedIsNotAcknowledged() throws {
    let faults = Faults(.none) { [scratch] step in
      guard step == "sync ", scratch.text("file") == "written" else { return }
      try? scratch.plant("written and more", at: "file")
    }
    let folder = try scratch.folder(faults)
    expect(.changed) { try folder.publish(bytes("written"), at: "file") }
    #expect(!folder.exists("file"))
  }

  @Test func afterFailedSyncTheFileIsWrittenAnew() throws {
    let sync = try step { $0.hasPrefix("sync tmp/") }
    let faults = Faults(.fail(nth: sync, .ioError))
    try scratch.folder(faults).publish([1, 2, 3], at: "file")
    #expect(faults.struck)
    #expect(try scratch.folder().read("file", atMost: 3) == [1, 2, 3])
    let syncs = faults.trace.filter { $0.hasPrefix("sync tmp/") }
    #expect(syncs.count == 2)
    #expect(Set(syncs).count == 2)
    #expect(scratch.names("tmp") == [])
  }

  @Test(arguments: [Errno.invalidArgument, .notSupported, .badFileDescriptor, .permissionDenied])
  func shareThatCannotSyncFoldersIsPutUpWith(errno: Errno) throws {
    let sync = try step { $0 == "sync " }
    let faults = Faults(.fail(nth: sync, errno))
    try scratch.folder(faults).publish([1], at: "file")
    #expect(faults.struck)
    #expect(faults.trace[sync - 1] == "sync ")
  }

  @Test func folderThatFailsToSyncIsNotPutUpWith() throws {
    let faults = Faults(.fail(nth: try step { $0 == "sync " }, .noSpace))
    let folder = try scratch.folder(faults)
    let error = #expect(throws: StorageError.self) { try folder.publish([1], at: "file") }
    #expect(error?.operation == .sync)
    #expect(error?.isOutOfSpace == true)
  }

  /// The number, from 1, of a step when one file is published in the root.
  private func step(where matches: (String) -> Bool) throws -> Int {
    try scratch.folder().makeFolder("tmp")
    let clean = Faults(.none)
    try scratch.folder(clean).publish([1], at: "clean")
    let index = clean.trace.firstIndex(where: matches)
    return try #require(index) + 1
  }
}

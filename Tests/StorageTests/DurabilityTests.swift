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
    let taken = Array(steps(faults).dropFirst(begun))
    #expect(
      taken.dropLast(3) == [
        "makeFolder cases", "makeFolder cases/ab",
        "sync tmp/*", "close tmp/*", "sync tmp/*", "close tmp/*",
        "rename cases/ab/a", "rename cases/ab/b",
      ])
    // The folders side by side.
    #expect(taken.suffix(3).sorted() == ["sync ", "sync cases", "sync cases/ab"])
  }

  @Test func replacedFileIsDurable() throws {
    let faults = Faults(.none)
    try scratch.folder(faults).replace([1], at: "state")
    #expect(
      steps(faults) == [
        "create .casevault-*", "write .casevault-*", "sync .casevault-*", "close .casevault-*",
        "rename state", "sync ",
      ])
  }

  @Test func removalsAreDurable() throws {
    try scratch.plant("x", at: "a/file")
    let faults = Faults(.none)
    let folder = try scratch.folder(faults)
    try folder.remove("a/file")
    try folder.removeFolder("a")
    #expect(faults.trace == ["remove a/file", "sync a", "remove a", "sync "])
  }

  @Test func builtFolderIsDurable() throws {
    let faults = Faults(.none)
    try Folder.build(at: scratch.at("vault"), faults: faults) { _ in }
    #expect(
      steps(faults) == [
        "makeFolder @/.casevault-*", "sync ", "rename @/vault", "sync @",
      ])
  }

  @Test func outputIsDurable() throws {
    let faults = Faults(.none)
    let file = try OutputFile(scratch.at("letter"), faults: faults)
    try file.append([1])
    try file.commit()
    #expect(
      steps(faults) == [
        "create @/.letter.casevault-*", "write @/.letter.casevault-*",
        "sync @/.letter.casevault-*", "close @/.letter.casevault-*", "rename @/letter", "sync @",
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

  /// What was asked, with "*" for random names and "@" for the scratch folder.
  private func steps(_ faults: Faults) -> [String] {
    faults.trace.map {
      $0.replacing(scratch.path, with: "@").replacing(/[a-z2-7]{26}/, with: "*")
    }
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

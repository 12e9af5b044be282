import Storage
import SystemPackage
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite struct PublishTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: worlds)
  func batchIsThereWhole(missing: Set<Faults.Ability>) throws {
    let folder = try scratch.folder(Faults(.none, missing: missing))
    let texts = (0..<20).map { String(repeating: "\($0) ", count: 1 + $0 * 1000) }
    try folder.publish(
      texts.enumerated().map { number, text in
        (try folder.draft(holding: bytes(text)), "cases/\(number % 3)/file\(number)")
      })
    for (number, text) in texts.enumerated() {
      #expect(scratch.text("cases/\(number % 3)/file\(number)") == text)
    }
    #expect(scratch.names("tmp") == [])
  }

  @Test(arguments: worlds)
  func nothingIsReplaced(missing: Set<Faults.Ability>) throws {
    try scratch.plant("first", at: "cases/ab/file")
    let folder = try scratch.folder(Faults(.none, missing: missing))
    expect(.alreadyExists) { try folder.publish(bytes("other"), at: "cases/ab/file") }
    expect(.alreadyExists) {
      try folder.publish([(folder.draft(holding: bytes("other")), "cases/ab/file")])
    }
    #expect(scratch.text("cases/ab/file") == "first")
    #expect(scratch.names("tmp") == [])
  }

  @Test(arguments: worlds)
  func sameBytesAgainAreSuccess(missing: Set<Faults.Ability>) throws {
    let folder = try scratch.folder(Faults(.none, missing: missing))
    try folder.publish(bytes("statement"), at: "roster/name")
    try folder.publish(bytes("statement"), at: "roster/name")
    expect(.alreadyExists) { try folder.publish(bytes("statement, longer"), at: "roster/name") }
    #expect(scratch.text("roster/name") == "statement")
  }

  @Test func draftsThatAreLetGoLeaveNothing() throws {
    let folder = try scratch.folder()
    var draft: Draft? = try folder.draft()
    try draft?.append(bytes("half"))
    #expect(scratch.names("tmp").count == 1)
    draft = nil
    #expect(scratch.names("tmp") == [])
    let other = try folder.draft()
    other.discard()
    other.discard()
    #expect(scratch.names("tmp") == [])
    #expect(throws: StorageError.self) { try other.append([1]) }
  }

  @Test func bytesMayBeWrittenInAnyOrder() throws {
    let folder = try scratch.folder()
    for readBack in [Draft.ReadBack.whole, .head(0), .head(3), .head(7), .head(100)] {
      let draft = try folder.draft(readBack: readBack)
      try draft.append(bytes("....body"))
      try bytes("tail").withUnsafeBytes { try draft.write($0, at: 10) }
      try bytes("head").withUnsafeBytes { try draft.write($0, at: 0) }
      #expect(draft.size == 14)
      try folder.publish([(draft, "file")])
      #expect(scratch.text("file") == "headbody\0\0tail")
      try folder.remove("file")
    }
  }

  @Test func draftsFolderIsMadeAnew() throws {
    let folder = try scratch.folder()
    try folder.publish([1], at: "a")
    try folder.removeFolder("tmp")
    try folder.publish([2], at: "b")
    #expect(scratch.names() == ["a", "b", "tmp"])
  }

  @Test func draftsMayBeWrittenFromManyThreads() async throws {
    let folder = try scratch.folder()
    let drafts = try await withThrowingTaskGroup(of: (Int, Draft).self) { group in
      for number in 0..<50 {
        group.addTask { (number, try folder.draft(holding: bytes("draft \(number)"))) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    try folder.publish(drafts.map { ($0.1, "cases/\($0.0)") })
    for number in 0..<50 { #expect(scratch.text("cases/\(number)") == "draft \(number)") }
  }

  @Test(.enabled(if: geteuid() != 0, "root may list every folder"))
  func letterBoxThatCannotBeListedTakesFiles() throws {
    try scratch.plantFolder("requests")
    try scratch.setMode(0o300, of: "requests")
    defer { try? scratch.setMode(0o700, of: "requests") }
    let folder = try scratch.folder()
    #expect(throws: StorageError.self) { _ = try folder.list("requests") }
    try folder.publish(bytes("request"), at: "requests/one")
    #expect(try folder.read("requests/one", atMost: 10) == bytes("request"))
  }

  @Test func oldDraftsAreSweptAndNothingElse() throws {
    let folder = try scratch.folder()
    let draft = try folder.draft(holding: [1])
    try scratch.plant("theirs", at: "tmp/notes.txt")
    #expect(try folder.countDrafts(lastWrittenBefore: 1) == 1)
    #expect(try folder.countDrafts(lastWrittenBefore: Int64.max) == 2)
    #expect(try folder.sweepDrafts(lastWrittenBefore: 1) == 0)
    #expect(try folder.sweepDrafts(lastWrittenBefore: Int64.max) == 1)
    #expect(scratch.names("tmp") == ["notes.txt"])
    withExtendedLifetime(draft) {}
  }
}

import Storage
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite struct HostileShareTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// With openat2 and without.
  private static let openings: [Set<Faults.Ability>] = [[], [.openBeneath]]

  @Test(arguments: openings)
  func onlyRegularFilesAreOpened(missing: Set<Faults.Ability>) throws {
    try scratch.plant("outside", at: "outside")
    try scratch.plantFolder("vault/folder")
    try scratch.plantLink("vault/link", to: "../outside")
    try scratch.plantLink("vault/dangling", to: "nowhere")
    try scratch.plantPipe("vault/pipe")
    try scratch.plantLink("vault/folderlink", to: ".")
    try scratch.plant("inside", at: "vault/inside")
    let folder = try Folder(scratch.at("vault"), faults: Faults(.none, missing: missing))
    for name in ["folder", "link", "dangling", "pipe", "folderlink/inside", "inside/deeper"] {
      expect(.notRegular) { _ = try folder.open(name) }
      expect(.notRegular) { _ = try folder.read(name, atMost: 100) }
    }
    #expect(try folder.read("inside", atMost: 100) == bytes("inside"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root makes devices"), arguments: openings)
  func devicesAndSocketsAreNotOpened(missing: Set<Faults.Ability>) throws {
    let folder = try scratch.folder(Faults(.none, missing: missing))
    try #require(mknod(scratch.at("zero"), S_IFCHR | 0o666, dev_t(1 << 8 | 5)) == 0)
    try #require(mknod(scratch.at("socket"), S_IFSOCK | 0o666, 0) == 0)
    expect(.notRegular) { _ = try folder.open("zero") }
    expect(.notRegular) { _ = try folder.open("socket") }
  }

  @Test(arguments: openings)
  func noPathLeadsOut(missing: Set<Faults.Ability>) throws {
    try scratch.plant("outside", at: "outside")
    try scratch.plantFolder("vault")
    let folder = try Folder(scratch.at("vault"), faults: Faults(.none, missing: missing))
    let paths = [
      "../outside", "..", ".", "a/../../outside", "/etc/passwd", "a//b", "a/", "", "a\0b",
      // A slash with an accent is one Character, but still a slash.
      "../\u{301}outside", String(repeating: "x", count: 256),
    ]
    for path in paths {
      expect(.badName) { _ = try folder.open(path) }
      // The empty path is the root, which is there.
      if !path.isEmpty { expect(.badName) { try folder.makeFolder(path) } }
      expect(.badName) { try folder.remove(path) }
      expect(.badName) { try folder.publish([1], at: path) }
      #expect(!folder.exists(path))
    }
    #expect(scratch.names() == ["outside", "vault"])
  }

  @Test func giantFilesTakeNoMemory() throws {
    try scratch.plantSparse("giant", size: 1 << 40)
    try scratch.plantSparse("fits", size: 4096)
    let folder = try scratch.folder()
    expect(.tooLarge(limit: 4096)) { _ = try folder.read("giant", atMost: 4096) }
    expect(.tooLarge(limit: 4095)) { _ = try folder.read("fits", atMost: 4095) }
    #expect(try folder.read("fits", atMost: 4096).count == 4096)
  }

  @Test func emptyFilesReadAsNothing() throws {
    try scratch.plant("", at: "empty")
    #expect(try scratch.folder().read("empty", atMost: 0) == [])
  }

  @Test func missingFilesAreSaidToBeMissing() throws {
    let folder = try scratch.folder()
    let error = #expect(throws: StorageError.self) { _ = try folder.open("cases/ab/c") }
    #expect(error?.isMissing == true)
  }

  @Test(arguments: openings)
  func nothingIsWrittenThroughPlantedLinks(missing: Set<Faults.Ability>) throws {
    try scratch.plantFolder("outside")
    try scratch.plant("theirs", at: "outside/file")
    try scratch.plantFolder("vault")
    try scratch.plantLink("vault/cases", to: "../outside")
    try scratch.plantLink("vault/name", to: "../outside/file")
    try scratch.plant("a file", at: "vault/roster")
    let folder = try Folder(scratch.at("vault"), faults: Faults(.none, missing: missing))
    expect(.notRegular) { try folder.publish([1], at: "cases/new") }
    expect(.notRegular) { try folder.makeFolder("cases/ab") }
    expect(.notRegular) { try folder.makeFolder("cases") }
    expect(.notRegular) { try folder.publish([1], at: "roster/new") }
    expect(.alreadyExists) { try folder.publish([1], at: "name") }
    expect(.notRegular) { try folder.remove("cases/file") }
    #expect(scratch.names("outside") == ["file"])
    #expect(scratch.text("outside/file") == "theirs")
    try folder.remove("name")
    #expect(scratch.text("outside/file") == "theirs")
  }

  @Test func draftsAreNotBegunThroughPlantedLink() throws {
    try scratch.plantFolder("outside")
    try scratch.plantFolder("vault")
    try scratch.plantLink("vault/tmp", to: "../outside")
    let folder = try Folder(scratch.at("vault"))
    expect(.notRegular) { _ = try folder.draft() }
    #expect(scratch.names("outside") == [])
  }

  @Test func rootMayBeNamedThroughLink() throws {
    try scratch.plant("inside", at: "vault/inside")
    try scratch.plantLink("shortcut", to: "vault")
    #expect(try Folder(scratch.at("shortcut")).read("inside", atMost: 10) == bytes("inside"))
    expect(.notRegular) { _ = try Folder(scratch.at("vault/inside")) }
  }
}

import Storage
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite struct ListingTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func kindsAreToldApart() throws {
    try scratch.plant("x", at: "file")
    try scratch.plantFolder("folder")
    try scratch.plantLink("link", to: "file")
    try scratch.plantLink("folderlink", to: "folder")
    try scratch.plantPipe("pipe")
    let listing = try scratch.folder().list("")
    let kinds = Dictionary(uniqueKeysWithValues: listing.entries.map { ($0.name, $0.kind) })
    #expect(
      kinds == [
        "file": .file, "folder": .folder, "link": .other, "folderlink": .other, "pipe": .other,
      ])
    #expect(!listing.truncated)
  }

  @Test func missingFoldersListAsEmpty() throws {
    #expect(try scratch.folder().list("cases/ab").entries.isEmpty)
  }

  @Test func linksAndFilesAreNotListed() throws {
    try scratch.plant("x", at: "folder/file")
    try scratch.plantLink("link", to: "folder")
    let folder = try scratch.folder()
    expect(.notRegular) { _ = try folder.list("link") }
    expect(.notRegular) { _ = try folder.list("folder/file") }
    expect(.badName) { _ = try folder.list("..") }
  }

  @Test func plantedThousandsAreListedUpToTheLimit() throws {
    try scratch.plantFolder("cases")
    for number in 0..<20_000 {
      let file = open(scratch.at("cases/planted-\(number)"), O_WRONLY | O_CREAT, 0o600)
      try #require(file >= 0)
      close(file)
    }
    let folder = try scratch.folder()
    let all = try folder.list("cases")
    #expect(Set(all.entries.compactMap(\.name)).count == 20_000)
    #expect(!all.truncated)
    let some = try folder.list("cases", limit: 150)
    #expect(some.entries.count == 150)
    #expect(some.truncated)
    #expect(try !folder.list("cases", limit: 20_000).truncated)
  }

  #if os(Linux)
    @Test func namesThatAreNotTextSurvive() throws {
      let raw: [UInt8] = [0x61, 0xff, 0xfe, 0x1b, 0x5b]
      let path = bytes(scratch.path) + [UInt8(ascii: "/")] + raw + [0]
      let file = path.withUnsafeBytes {
        open($0.assumingMemoryBound(to: CChar.self).baseAddress!, O_WRONLY | O_CREAT, 0o600)
      }
      try #require(file >= 0)
      close(file)
      let entry = try #require(scratch.folder().list("").entries.first)
      #expect(entry.name == nil)
      #expect(entry.raw == raw)
      #expect(entry.kind == .file)
      #expect(entry.shown == "a\u{FFFD}\u{FFFD}\u{FFFD}[")
    }
  #endif

  @Test func listingTwiceGivesTheSame() throws {
    try scratch.plant("x", at: "a")
    let folder = try scratch.folder()
    #expect(try folder.list("").entries.count == 1)
    #expect(try folder.list("").entries.count == 1)
  }
}
